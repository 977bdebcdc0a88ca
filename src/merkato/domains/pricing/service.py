"""What happens to variants and their prices, inside the caller's transaction."""

from collections.abc import Collection, Sequence
from uuid import UUID

from merkato.domains.catalog import service as catalog
from merkato.domains.catalog.models import Product, Variant
from merkato.domains.catalog.schemas import VariantView
from merkato.domains.catalog.service import NewProduct, Shown
from merkato.domains.inventory import service as inventory
from merkato.domains.pricing import queries
from merkato.domains.pricing.errors import NotPriced
from merkato.domains.pricing.models import Price
from merkato.domains.pricing.schemas import PricedVariantChange, PricedVariantDraft
from merkato.kit import audit
from merkato.kit.database import Session
from merkato.kit.money import Money


async def add_variant(
    session: Session, product_id: UUID, draft: PricedVariantDraft, *, shown: bool = True
) -> tuple[Product, Variant]:
    """A new variant with its price and, if it is tracked, a stock of none.

    Raises NotFound, SkuTaken, VariantExists, TooManyVariants, Invalid. Who adds many at once says `shown=False` and calls `show` at the end.
    """
    product = await catalog.edited(session, product_id)
    variant = await catalog.add_variant(session, product, draft)
    if draft.track_stock:
        await inventory.open_stock(session, variant.id)
    await queries.set_price(session, variant.id, draft.price.currency, draft.price.amount)
    if draft.compare_at_price is not None:
        await queries.set_compare_at(session, variant.id, draft.price.currency, draft.compare_at_price.amount)
    if shown:
        await show(session, [product_id])
    return product, variant


async def add_products(session: Session, products: Sequence[NewProduct], *, currency: str, reason: str) -> None:
    """Many new products with their variants, prices and stock, shown in the end; their variants' drafts are priced ones.

    All or nothing, as `catalog.add_products` says. `currency` is the store's own, `reason` stands at the first movement of stock.
    """
    await catalog.add_products(session, products)
    variants = [each for product in products for each in product.variants]
    await inventory.open_many(
        session, {each.id: each.on_hand for each in variants if each.draft.track_stock}, reason=reason
    )
    prices = {
        each.id: (each.draft.price, each.draft.compare_at_price)
        for each in variants
        if isinstance(each.draft, PricedVariantDraft)
    }
    if prices:
        await queries.insert_prices(session, prices)
    await show(session, [product.id for product in products], currency=currency)


async def change_variant(
    session: Session, variant_id: UUID, change: PricedVariantChange, *, if_match: str | None = None, shown: bool = True
) -> tuple[Product, Variant]:
    """Some of a variant. Raises NotFound, PreconditionFailed, SkuTaken, VariantExists, NotPriced, Invalid."""
    said = change.sent()
    if "track_stock" in said:
        # Whoever buys locks stock before products; so does this.
        await inventory.lock(session, variant_id)
    product, variant = await catalog.edited_variant(session, variant_id, if_match=if_match)
    tracked = variant.track_stock
    await catalog.change_variant(session, product, variant, change)
    if variant.track_stock is not tracked:
        await (inventory.close_stock if tracked else inventory.open_stock)(session, variant_id)
        await catalog.show_availability(session, {variant_id: tracked})
    priced = await queries.prices_of(session, variant_id) if audit.attended() else {}
    if "price" in said:
        await queries.set_price(session, variant_id, change.price.currency, change.price.amount)
    if "compare_at_price" in said:
        await _compare(session, variant_id, change.compare_at_price, said.get("price"))
    if audit.attended():
        audit.note(session, Price, variant_id, before=priced, after=await queries.prices_of(session, variant_id))
    if shown:
        await show(session, [product.id])
    return product, variant


async def _compare(session: Session, variant_id: UUID, compare_at: Money | None, price: Money | None) -> None:
    said = compare_at or price
    amount = compare_at.amount if compare_at else None
    if not await queries.set_compare_at(session, variant_id, said.currency if said else None, amount) and compare_at:
        raise NotPriced


async def remove_variant(session: Session, variant_id: UUID) -> None:
    """Take a variant out of the shop. Raises NotFound."""
    product, variant = await catalog.edited_variant(session, variant_id)
    await catalog.remove_variant(session, variant)
    await show(session, [product.id])


async def show(session: Session, product_ids: Collection[UUID], *, currency: str | None = None) -> None:
    """Bring what lists and pages show of these products up to date, with their prices.

    `currency` is the store's own; products that were added with `shown=False` and have no price yet are listed in it.
    """
    await catalog.lock(session, product_ids)
    first: dict[str, dict[UUID, Shown]] = {currency: {}} if currency else {}
    shown: dict[UUID, dict[str, dict[UUID, Shown]]] = {product_id: {**first} for product_id in product_ids}
    for product_id, variant_id, in_currency, amount, compare_at in await queries.prices(session, product_ids):
        shown[product_id][in_currency] = shown[product_id].get(in_currency, {}) | {
            variant_id: Shown(amount, compare_at)
        }
    await catalog.show_prices(session, shown)


async def described(session: Session, product: Product, variant: Variant, currency: str) -> VariantView:
    """A variant with its price in this currency."""
    offer = (await queries.offers(session, [variant.id], currency)).get(variant.id)
    price = None if offer is None or offer.unit_price is None else Shown(offer.unit_price, offer.compare_at)
    return catalog.variant_view(product, variant, price, currency)
