"""How checkouts are found."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, or_, select, update
from sqlalchemy.orm import selectinload

from merkato.domains.checkout.models import OPEN, PAYING, Checkout
from merkato.domains.identity.models import Actor
from merkato.kit.database import Session

SWEPT_AT_ONCE = 50


def _owned_by(actor: Actor) -> ColumnElement[bool]:
    """The one bound of what a caller may see: an account's own, and the one whose token is sent."""
    own: list[ColumnElement[bool]] = []
    if actor.account_id is not None:
        own.append(Checkout.account_id == actor.account_id)
    if actor.checkout_token is not None:
        own.append(Checkout.token_hash == actor.checkout_token)
    return or_(*own) if own else false()


def _checkouts(*, lock: bool) -> Select[Checkout]:
    found = select(Checkout).options(selectinload(Checkout.lines)).execution_options(populate_existing=True)
    return found.with_for_update(of=Checkout) if lock else found


async def owned(session: Session, actor: Actor, checkout_id: UUID, *, lock: bool = False) -> Checkout | None:
    """One of the caller's own."""
    return await session.scalar(_checkouts(lock=lock).where(Checkout.id == checkout_id, _owned_by(actor)))


async def checkout(session: Session, checkout_id: UUID, *, lock: bool = False) -> Checkout | None:
    """Anybody's: for flows that have seen to the caller, and for the sweep."""
    return await session.scalar(_checkouts(lock=lock).where(Checkout.id == checkout_id))


async def paying(session: Session, checkout_id: UUID) -> bool:
    """Whether this is a checkout whose payment is under way."""
    found = select(Checkout.id).where(Checkout.id == checkout_id, Checkout.status.in_(PAYING))
    return await session.scalar(found) is not None


async def open_of_cart(session: Session, cart_id: UUID) -> Checkout | None:
    """The one checkout of a cart that has not ended, locked."""
    alive = Checkout.status.in_([*OPEN, *PAYING])
    return await session.scalar(_checkouts(lock=True).where(Checkout.cart_id == cart_id, alive))


async def lease_abandoned(session: Session, moment: datetime, lease: timedelta) -> list[UUID]:
    """Checkouts that somebody was completing and that nobody looks after now; they are ours for the lease."""
    abandoned = (
        select(Checkout.id)
        .where(Checkout.status.in_(PAYING), Checkout.leased_until <= moment)
        .order_by(Checkout.leased_until)
        .limit(SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    taken = update(Checkout).where(Checkout.id.in_(abandoned.scalar_subquery())).values(leased_until=moment + lease)
    return list(await session.scalars(taken.returning(Checkout.id)))


async def expired(session: Session, moment: datetime) -> list[Checkout]:
    """Open checkouts whose time is over, locked."""
    found = _checkouts(lock=False).where(Checkout.status.in_(OPEN), Checkout.expires_at <= moment)
    return list(await session.scalars(found.limit(SWEPT_AT_ONCE).with_for_update(of=Checkout, skip_locked=True)))
