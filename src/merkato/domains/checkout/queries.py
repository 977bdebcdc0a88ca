"""How checkouts are found."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, false, null, or_, select, update
from sqlalchemy.orm import selectinload

from merkato.domains.checkout.models import OPEN, PAYING, Checkout, CheckoutStatus
from merkato.domains.identity.models import Actor
from merkato.kit.database import Session
from merkato.kit.rows import among

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


async def empty_of(session: Session, account_id: UUID) -> list[UUID]:
    """Close and empty the checkouts of an account, but for those whose payment is under way; which they were."""
    return await _empty(session, Checkout.account_id == account_id)


async def empty(session: Session, checkout_ids: Sequence[UUID]) -> list[UUID]:
    """Close and empty these, with the same exception; which they were."""
    return await _empty(session, among(Checkout.id, checkout_ids))


async def empty_abandoned(session: Session, before: datetime, limit: int) -> list[UUID]:
    """Empty checkouts that were given up before, whosever they were."""
    old = select(Checkout.id).where(Checkout.status == CheckoutStatus.CANCELED, Checkout.updated_at < before, _filled())
    return await _empty(session, Checkout.id.in_(old.limit(limit).scalar_subquery()))


def _filled() -> ColumnElement[bool]:
    told = (Checkout.email, Checkout.shipping_address, Checkout.billing_address, Checkout.payment_message)
    return or_(*(column.is_not(None) for column in (*told, Checkout.token_hash)))


async def _empty(session: Session, bound: ColumnElement[bool]) -> list[UUID]:
    emptied = update(Checkout).where(bound, Checkout.status.not_in(PAYING), or_(_filled(), Checkout.status.in_(OPEN)))
    ended = case((Checkout.status.in_(OPEN), CheckoutStatus.CANCELED.value), else_=Checkout.status)
    values: dict[str, Any] = {"status": ended, "codes": [], "updated_at": Checkout.updated_at}
    values |= dict.fromkeys(("email", "token_hash"))
    values |= dict.fromkeys(("shipping_address", "billing_address", "payment_message", "next_action"), null())
    emptied = emptied.values(values).returning(Checkout.id)
    return list(await session.scalars(emptied.execution_options(synchronize_session=False)))


async def expired(session: Session, moment: datetime) -> list[Checkout]:
    """Open checkouts whose time is over, locked."""
    found = _checkouts(lock=False).where(Checkout.status.in_(OPEN), Checkout.expires_at <= moment)
    return list(await session.scalars(found.limit(SWEPT_AT_ONCE).with_for_update(of=Checkout, skip_locked=True)))
