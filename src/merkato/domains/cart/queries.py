"""How carts, their lines and wishlists are found and changed."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, false, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from merkato.domains.cart.models import Cart, CartLine, Wish
from merkato.domains.cart.schemas import WishedProductView, WishView
from merkato.domains.catalog.models import Listing
from merkato.domains.identity.models import Actor
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.money import Money
from merkato.kit.paging import Key, Paging


def _owned_by(actor: Actor) -> ColumnElement[bool]:
    """The one bound of every query here: an account's cart, else the one whose token a guest holds; a merged one is none."""
    if actor.account_id is not None:
        own = Cart.account_id == actor.account_id
    elif actor.cart_token is not None:
        own = Cart.token_hash == actor.cart_token
    else:
        # Without a token nobody owns anything: compared with nothing at all, the column would find every account's cart.
        return false()
    return and_(own, Cart.merged_into.is_(None))


async def cart(session: Session, actor: Actor, *, lock: bool = False) -> Cart | None:
    """The caller's own cart."""
    found = select(Cart).where(_owned_by(actor)).execution_options(populate_existing=True)
    return await session.scalar(found.with_for_update() if lock else found)


async def cart_by_token(session: Session, token_hash: bytes) -> Cart | None:
    """A guest's cart, locked, merged or not."""
    return await session.scalar(select(Cart).where(Cart.token_hash == token_hash).with_for_update())


async def make_cart(session: Session, currency: str, *, account_id: UUID | None, token_hash: bytes | None) -> None:
    """A new cart, unless a request beside this one has just made it."""
    moment = clock.now()
    values = {
        "id": ids.new(),
        "account_id": account_id,
        "token_hash": token_hash,
        "currency": currency,
        "created_at": moment,
        "updated_at": moment,
    }
    await session.execute(insert(Cart).values(values).on_conflict_do_nothing())


async def lines(session: Session, cart_id: UUID) -> list[CartLine]:
    """In the order in which they were put in."""
    found = select(CartLine).where(CartLine.cart_id == cart_id).order_by(CartLine.added_at, CartLine.id)
    return list(await session.scalars(found.execution_options(populate_existing=True)))


async def put_line(session: Session, cart_id: UUID, variant_id: UUID, quantity: int, unit_price: int) -> None:
    """Set the quantity of a variant in a cart."""
    line = insert(CartLine).values(
        id=ids.new(),
        cart_id=cart_id,
        variant_id=variant_id,
        quantity=quantity,
        unit_price_minor=unit_price,
        added_at=clock.now(),
    )
    line = line.on_conflict_do_update(
        index_elements=[CartLine.cart_id, CartLine.variant_id],
        set_={"quantity": quantity, "unit_price_minor": unit_price},
    )
    await session.execute(line)


async def line(session: Session, actor: Actor, line_id: UUID) -> tuple[CartLine, Cart] | None:
    """A line of the caller's own cart, both locked."""
    found = (
        select(CartLine, Cart)
        .join(Cart, Cart.id == CartLine.cart_id)
        .where(CartLine.id == line_id, _owned_by(actor))
        .with_for_update()
    )
    row = (await session.execute(found)).one_or_none()
    return None if row is None else (row[0], row[1])


async def remove_line(session: Session, line_id: UUID) -> None:
    await session.execute(delete(CartLine).where(CartLine.id == line_id))


async def empty(session: Session, cart_id: UUID) -> None:
    await session.execute(delete(CartLine).where(CartLine.cart_id == cart_id))


async def take_out(session: Session, cart_id: UUID, bought: Mapping[UUID, int]) -> None:
    """Take what was bought out of a cart: what was put in meanwhile stays."""
    for line in await session.scalars(
        select(CartLine).where(CartLine.cart_id == cart_id, CartLine.variant_id.in_(bought)).with_for_update()
    ):
        left = line.quantity - bought[line.variant_id]
        if left > 0:
            line.quantity = left
        else:
            await session.delete(line)


async def delete_cart(session: Session, actor: Actor) -> bool:
    """Whether there was one."""
    gone = delete(Cart).where(_owned_by(actor)).returning(Cart.id)
    return await session.scalar(gone) is not None


async def delete_of(session: Session, account_id: UUID) -> None:
    """An account's cart and wishlist."""
    await session.execute(delete(Cart).where(Cart.account_id == account_id))
    await session.execute(delete(Wish).where(Wish.account_id == account_id))


async def delete_abandoned(session: Session, before: datetime, limit: int) -> int:
    """Delete guests' carts that nobody has put anything into since; how many."""
    alive = exists().where(CartLine.cart_id == Cart.id, CartLine.added_at >= before)
    old = select(Cart.id).where(Cart.token_hash.is_not(None), Cart.updated_at < before, ~alive).limit(limit)
    gone = delete(Cart).where(Cart.id.in_(old.scalar_subquery())).returning(Cart.id)
    return len((await session.scalars(gone)).all())


async def wishes(
    session: Session, account_id: UUID, currency: str, paging: Paging
) -> tuple[list[WishView], str | None]:
    """What an account wishes for, newest first, with prices in a currency if there are any. What is not for sale is left out."""
    other = aliased(Listing)
    shown_in = (
        select(other.currency)
        .where(other.product_id == Wish.product_id)
        .order_by((other.currency == currency).desc(), other.currency)
        .limit(1)
        .scalar_subquery()
    )
    found = (
        select(
            Wish.added_at,
            Listing.product_id,
            Listing.slug,
            Listing.title,
            Listing.image,
            Listing.available,
            Listing.price_from_minor,
            Listing.currency,
        )
        .join(Listing, and_(Listing.product_id == Wish.product_id, Listing.currency == shown_in))
        .where(Wish.account_id == account_id, Listing.listed)
    )
    rows, cursor = await paging.fetch(
        session, found, Key(Wish.added_at, descending=True), Key(Wish.product_id, descending=True)
    )
    return [_wish(*row) for row in rows], cursor


def _wish(  # noqa: PLR0913 - a row's columns.
    added_at: datetime,
    product_id: UUID,
    slug: str,
    title: str,
    image: str | None,
    available: bool,  # noqa: FBT001 - as above.
    price_from: int | None,
    currency: str,
) -> WishView:
    product = WishedProductView(
        id=product_id,
        slug=slug,
        title=title,
        image=image,
        availability="in_stock" if available else "out_of_stock",
        price_from=None if price_from is None else Money(amount=price_from, currency=currency),
    )
    return WishView(product=product, added_at=added_at)


async def count_wishes(session: Session, account_id: UUID) -> int:
    return await session.scalar(select(func.count()).where(Wish.account_id == account_id)) or 0


async def insert_wish(session: Session, account_id: UUID, product_id: UUID) -> bool:
    """Whether it was written; not if it is wished for already."""
    wish = insert(Wish).values(account_id=account_id, product_id=product_id, added_at=clock.now())
    return await session.scalar(wish.on_conflict_do_nothing().returning(Wish.product_id)) is not None


async def delete_wish(session: Session, account_id: UUID, product_id: UUID) -> bool:
    """Whether there was one."""
    gone = delete(Wish).where(Wish.account_id == account_id, Wish.product_id == product_id)
    return await session.scalar(gone.returning(Wish.product_id)) is not None
