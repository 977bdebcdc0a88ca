"""What happens to carts and wishlists, inside the caller's transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from merkato.domains.cart import queries
from merkato.domains.cart.errors import CartFull, WishlistFull
from merkato.domains.cart.models import Cart, CartLine
from merkato.domains.cart.schemas import CartLineView, CartProductView, CartTotalView, CartView, LineDraft
from merkato.domains.catalog import queries as catalog
from merkato.domains.catalog.models import ProductStatus
from merkato.domains.identity import service as identity
from merkato.domains.identity.models import Actor
from merkato.domains.inventory.errors import OutOfStock
from merkato.domains.pricing import queries as pricing
from merkato.domains.pricing.errors import NotPriced
from merkato.domains.pricing.models import Offer
from merkato.kit import ids
from merkato.kit.database import Session
from merkato.kit.errors import Invalid, NotFound
from merkato.kit.security import token_hash

LINES_MAX: Final = 100
WISHES_MAX: Final = 200
QUANTITY_MAX: Final = 10_000
FORGOTTEN_AT_ONCE: Final = 2_000


async def read(session: Session, actor: Actor, *, currency: str) -> CartView:
    """The caller's cart; an empty one for a newcomer. Raises NotFound for a token that opens nothing."""
    cart = await queries.cart(session, actor) if _may_have_one(actor) else None
    if cart is None:
        _refuse_wrong_token(actor)
        return CartView(id=None, currency=currency, lines=[], totals=_totals(0))
    return await view(session, cart)


async def add(session: Session, actor: Actor, draft: LineDraft, *, currency: str) -> CartView:
    """Put something in; the same variant adds up. A guest's first line makes the cart and its token.

    Raises NotFound, OutOfStock, NotPriced, CartFull.
    """
    token = chosen = None
    cart = await queries.cart(session, actor, lock=True) if _may_have_one(actor) else None
    if cart is None:
        _refuse_wrong_token(actor)
        token = None if actor.account_id else ids.token()
        hashed = token_hash(token) if token else None
        chosen = await _currency_for(session, draft, currency)
        await queries.make_cart(session, chosen, account_id=actor.account_id, token_hash=hashed)
        cart = await queries.cart(session, replace(actor, cart_token=hashed), lock=True)
    if cart is None:
        raise NotFound
    present = {line.variant_id: line.quantity for line in await queries.lines(session, cart.id)}
    if not present and chosen is None:
        # An emptied cart is as good as a new one: its first line fixes the currency again.
        cart.currency = await _currency_for(session, draft, cart.currency)
    if len(present) >= LINES_MAX and draft.variant_id not in present:
        raise CartFull
    await _put(session, cart, draft.variant_id, present.get(draft.variant_id, 0) + draft.quantity)
    shown = await view(session, cart)
    shown.token = token
    return shown


async def change(session: Session, actor: Actor, line_id: UUID, quantity: int) -> CartView:
    """Another quantity of a line. Raises NotFound, OutOfStock, NotPriced."""
    line, cart = await _own_line(session, actor, line_id)
    await _put(session, cart, line.variant_id, quantity)
    return await view(session, cart)


async def remove(session: Session, actor: Actor, line_id: UUID) -> None:
    """Take a line out. Raises NotFound."""
    line, _cart = await _own_line(session, actor, line_id)
    await queries.remove_line(session, line.id)


async def throw_away(session: Session, actor: Actor) -> None:
    """The cart with all that is in it. Raises NotFound for a token that opens nothing."""
    if not _may_have_one(actor):
        return
    if not await queries.delete_cart(session, actor):
        _refuse_wrong_token(actor)


async def _own_line(session: Session, actor: Actor, line_id: UUID) -> tuple[CartLine, Cart]:
    """Raises NotFound for anybody else's."""
    found = await queries.line(session, actor, line_id) if _may_have_one(actor) else None
    if found is None:
        raise NotFound
    return found


async def merge(session: Session, actor: Actor, guest_token: bytes) -> Cart | None:
    """Put a guest's cart into the account's, once; a repeat changes nothing. None if the token opens no cart.

    Quantities add up as far as stock goes; what is not sold in the account's currency stays behind.
    """
    guest = await queries.cart_by_token(session, guest_token)
    if guest is None:
        return None
    if guest.merged_into is not None:
        own = await queries.cart(session, actor)
        return own if own is not None and own.id == guest.merged_into else None
    await queries.make_cart(session, guest.currency, account_id=actor.id, token_hash=None)
    own = await queries.cart(session, actor, lock=True)
    if own is None:
        return None
    present = {line.variant_id: line.quantity for line in await queries.lines(session, own.id)}
    if not present:
        own.currency = guest.currency
    guests = await queries.lines(session, guest.id)
    offers = await pricing.offers(session, [line.variant_id for line in guests], own.currency)
    for line in guests:
        offer = offers.get(line.variant_id)
        if offer is None or not offer.sold or offer.unit_price is None:
            continue
        wanted = min(present.get(line.variant_id, 0) + line.quantity, QUANTITY_MAX)
        quantity = wanted if offer.available is None else min(wanted, max(offer.available, 0))
        if quantity > 0 and (line.variant_id in present or len(present) < LINES_MAX):
            present[line.variant_id] = quantity
            await queries.put_line(session, own.id, line.variant_id, quantity, offer.unit_price)
    await queries.empty(session, guest.id)
    guest.merged_into = own.id
    return own


async def merge_named(session: Session, actor: Actor, guest_token: bytes) -> CartView:
    """As `merge`, for a client that asks for it. Raises NotFound."""
    cart = await merge(session, actor, guest_token)
    if cart is None:
        raise NotFound("This token opens no cart.")
    return await view(session, cart)


async def merge_at_log_in(session: Session, actor: Actor) -> None:
    """What the cart does when somebody logs in with a `Cart-Token`; a token that is no good does not spoil the log-in."""
    if actor.cart_token is not None:
        await merge(session, actor, actor.cart_token)


async def take_out(session: Session, cart_id: UUID, bought: Mapping[UUID, int]) -> None:
    """What was ordered is no longer in the cart."""
    await queries.take_out(session, cart_id, bought)


async def forget(session: Session, account_id: UUID) -> None:
    """Delete the cart and the wishlist of somebody who is erased."""
    await queries.delete_of(session, account_id)


async def forget_abandoned(session: Session, before: datetime) -> int:
    """Delete guests' carts that nobody has touched since; how many. Some thousands at once at most."""
    return await queries.delete_abandoned(session, before, FORGOTTEN_AT_ONCE)


async def wish(session: Session, actor: Actor, product_id: UUID) -> None:
    """Put a product on the wishlist; what is there stays as it is. Raises NotFound, WishlistFull."""
    product = await catalog.product(session, product_id)
    if product is None or product.status != ProductStatus.PUBLISHED:
        raise NotFound
    await identity.lock(session, actor.id)
    added = await queries.insert_wish(session, actor.id, product_id)
    if added and await queries.count_wishes(session, actor.id) > WISHES_MAX:
        raise WishlistFull


async def unwish(session: Session, actor: Actor, product_id: UUID) -> None:
    """Take a product off the wishlist. Raises NotFound."""
    if not await queries.delete_wish(session, actor.id, product_id):
        raise NotFound


async def move_to_cart(
    session: Session, actor: Actor, product_id: UUID, variant_id: UUID, *, currency: str
) -> CartView:
    """Put one piece of what is wished for into the cart, in the place of the wish.

    Raises NotFound, Invalid for a variant of something else, OutOfStock, NotPriced, CartFull: the wish stays.
    """
    await unwish(session, actor, product_id)
    variant = await catalog.variant(session, variant_id)
    if variant is None or variant.product_id != product_id:
        raise Invalid.field("/variant_id", "unknown", "is no variant of this product")
    return await add(session, actor, LineDraft(variant_id=variant_id), currency=currency)


async def view(session: Session, cart: Cart) -> CartView:
    """The cart at present prices. A line that is not sold any more keeps the price that it was put in with."""
    await session.flush()
    rows = await queries.lines(session, cart.id)
    offers = await pricing.offers(session, [row.variant_id for row in rows], cart.currency)
    lines = [_line(row, offers[row.variant_id]) for row in rows if row.variant_id in offers]
    return CartView(id=cart.id, currency=cart.currency, lines=lines, totals=_totals(sum(line.total for line in lines)))


async def _put(session: Session, cart: Cart, variant_id: UUID, quantity: int) -> None:
    offer = (await pricing.offers(session, [variant_id], cart.currency)).get(variant_id)
    if offer is None or not offer.sold:
        raise NotFound("There is no such variant.")
    if quantity > QUANTITY_MAX:
        raise Invalid.field("/quantity", "too-many", f"a line holds at most {QUANTITY_MAX}")
    if offer.available is not None and offer.available < quantity:
        raise OutOfStock(
            variants=[{"variant_id": str(variant_id), "requested": quantity, "available": max(offer.available, 0)}]
        )
    if offer.unit_price is None:
        raise NotPriced
    await queries.put_line(session, cart.id, variant_id, quantity, offer.unit_price)


async def _currency_for(session: Session, draft: LineDraft, default: str) -> str:
    """The currency of a cart by its first line: the one asked for, else the store's, else the only one that it is sold in."""
    if draft.currency is not None:
        return draft.currency
    sold_in = await pricing.currencies(session, draft.variant_id)
    return default if default in sold_in or not sold_in else sold_in[0]


def _may_have_one(actor: Actor) -> bool:
    return actor.account_id is not None or actor.cart_token is not None


def _refuse_wrong_token(actor: Actor) -> None:
    if actor.account_id is None and actor.cart_token is not None:
        raise NotFound("This token opens no cart.")


def _line(row: CartLine, offer: Offer) -> CartLineView:
    price = row.unit_price_minor if offer.unit_price is None else offer.unit_price
    product = CartProductView(
        id=offer.product_id,
        slug=offer.slug,
        title=offer.title,
        image=offer.image,
        availability="in_stock" if offer.sold and offer.available != 0 else "out_of_stock",
    )
    return CartLineView(
        id=row.id,
        variant_id=row.variant_id,
        product=product,
        sku=offer.sku,
        options=offer.options,
        quantity=row.quantity,
        unit_price=price,
        total=price * row.quantity,
        added_at=row.added_at,
    )


def _totals(amount: int) -> list[CartTotalView]:
    return [CartTotalView(type="subtotal", amount=amount), CartTotalView(type="total", amount=amount)]
