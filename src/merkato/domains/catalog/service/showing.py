"""The projection: what lists and pages show, written with each change of what they show."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Row as ResultRow

from merkato.domains.catalog import queries
from merkato.domains.catalog.models import UNPRICED_FALLING, UNPRICED_RISING, ProductStatus
from merkato.domains.catalog.queries import Place
from merkato.domains.catalog.schemas import (
    Availability,
    CategoryLink,
    MediaView,
    ProductCard,
    ProductView,
    Rating,
    VariantView,
    plain,
)
from merkato.kit import words
from merkato.kit.database import Session
from merkato.kit.money import Money

AT_ONCE: Final = 500
_CARD: Final = set(ProductCard.model_fields)


class Shown(NamedTuple):
    """A price as the projection shows it, in minor units."""

    amount: int
    compare_at: int | None = None


Prices = Mapping[str, Mapping[UUID, Shown]]
"""By currency and variant."""


async def lock(session: Session, product_ids: Collection[UUID]) -> None:
    """Hold these products still, for who reads what is to be shown of them."""
    await queries.lock_products(session, product_ids)


async def refresh(session: Session, product_ids: Collection[UUID]) -> None:
    """Bring the projection of these products up to date, few statements for many of them. Deleted ones are passed over."""
    for batch in _batches(product_ids):
        await _rebuild(session, batch, None)


async def show_prices(session: Session, prices: Mapping[UUID, Prices]) -> None:
    """Show all prices of these products; those not named are no longer there. For pricing."""
    for batch in _batches(prices):
        await _rebuild(session, batch, prices)


async def show_availability(session: Session, available: Mapping[UUID, bool]) -> None:
    """Show by variant whether it can be had. For inventory, when it flips; the caller holds locks on the stock already."""
    product_ids = await queries.products_of(session, available)
    if product_ids:
        await queries.lock_products(session, product_ids)
        for state in (True, False):
            changed = [variant_id for variant_id, flag in available.items() if flag is state]
            if changed:
                await queries.set_availability(session, changed, available=state)
        await refresh(session, product_ids)


async def show_rating(session: Session, product_id: UUID, average: float, count: int) -> None:
    """Show what the reviews of a product say. For reviews."""
    await queries.lock_products(session, [product_id])
    await queries.set_rating(session, product_id, average, count)
    await refresh(session, [product_id])


def _batches(product_ids: Collection[UUID]) -> Iterator[list[UUID]]:
    ordered = sorted(product_ids)
    return (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))


async def _rebuild(session: Session, product_ids: Sequence[UUID], prices: Mapping[UUID, Prices] | None) -> None:
    await session.flush()
    # The locks come first: what is read after them is what the last writer left, and nobody writes in between.
    products = await queries.lock_products(session, product_ids)
    if not products:
        return
    held = await queries.shown_prices(session, product_ids)
    lines = await queries.lineages(session, {row.category_id for row in products if row.category_id})
    variants, media = defaultdict(list), defaultdict(list)
    for row in await queries.shown_variants(session, product_ids):
        variants[row.product_id].append(row)
    for row in await queries.shown_media(session, product_ids):
        media[row.product_id].append(row)
    written, gone = [], []
    for product in products:
        before = held.get(product.id, {})
        now = before if prices is None else _stored(prices[product.id], before)
        gone += [(product.id, currency) for currency in before if currency not in now]
        line = lines.get(product.category_id, [])
        of_product = variants[product.id], media[product.id]
        written += [_listing(product, line, *of_product, currency, shown) for currency, shown in now.items()]
    if gone:
        await queries.delete_listings(session, gone)
    if written:
        await queries.write_listings(session, written)


def _stored(prices: Prices, before: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Prices as a row keeps them. Without any, the product keeps the rows that it has or is given, so that it can be seen."""
    stored = {
        currency: {str(variant_id): list(shown) for variant_id, shown in by_variant.items()}
        for currency, by_variant in prices.items()
        if by_variant
    }
    none: dict[str, dict[str, Any]] = {currency: {} for currency in before or prices}
    return stored or none


def _listing(
    product: ResultRow[Any],
    line: Sequence[Place],
    variants: Sequence[ResultRow[Any]],
    media: Sequence[ResultRow[Any]],
    currency: str,
    prices: Mapping[str, Any],
) -> dict[str, Any]:
    shown = {row.id: Shown(*prices[key]) for row in variants if (key := str(row.id)) in prices}
    lowest = min(shown.values(), key=lambda price: price.amount, default=None)
    highest = max((price.amount for price in shown.values()), default=None)
    available = any(row.available for row in variants)
    image = media[0].url if media else None
    view = ProductView(
        id=product.id,
        slug=product.slug,
        title=product.title,
        image=image,
        price_from=_money(lowest and lowest.amount, currency),
        compare_at_price=_money(lowest and lowest.compare_at, currency),
        rating=Rating(average=product.rating_average, count=product.rating_count),
        availability=_availability(available),
        variants_count=len(variants),
        description=product.description,
        status=product.status,
        category_id=product.category_id,
        category_path=[CategoryLink.model_validate(place) for place in line],
        options=product.options,
        attributes=product.attributes,
        fulfilment=product.fulfilment,
        variants=[variant_view(product, row, shown.get(row.id), currency) for row in variants],
        media=[MediaView.model_validate(row) for row in media],
        currency=currency,
        price_to=_money(highest, currency),
        created_at=product.created_at,
        updated_at=product.updated_at,
    )
    return {
        "product_id": product.id,
        "currency": currency,
        "slug": product.slug,
        "listed": product.status == ProductStatus.PUBLISHED,
        "title": product.title,
        "image": image,
        "card": view.model_dump_json(include=_CARD),
        "page": view.model_dump_json(),
        "prices": prices,
        "category_ids": [place.id for place in line],
        "attributes": product.attributes,
        "document": _document(product, line, variants),
        "available": available,
        "price_from_minor": lowest and lowest.amount,
        "price_to_minor": highest,
        "price_rising": lowest.amount if lowest else UNPRICED_RISING,
        "price_falling": lowest.amount if lowest else UNPRICED_FALLING,
        "rating_average": product.rating_average,
        "rating_count": product.rating_count,
        "name_key": words.folded(product.title),
        "created_at": product.created_at,
    }


def _document(product: ResultRow[Any], line: Sequence[Place], variants: Sequence[ResultRow[Any]]) -> str:
    named = [place.name for place in line] + list(product.attributes.values()) + [row.sku for row in variants]
    for option in product.options:
        named += option["values"]
    return words.vector((product.title, "A"), (" ".join(named), "B"), (plain(product.description or ""), "C"))


def variant_view(product: Any, row: Any, price: Shown | None, currency: str) -> VariantView:  # noqa: ANN401 - rows or entities.
    """What is said of a variant, its options in the product's order."""
    return VariantView(
        id=row.id,
        sku=row.sku,
        options={option["name"]: row.options[option["name"]] for option in product.options},
        price=_money(price and price.amount, currency),
        compare_at_price=_money(price and price.compare_at, currency),
        weight_grams=row.weight_grams,
        requires_shipping=row.requires_shipping,
        tax_class=row.tax_class,
        track_stock=row.track_stock,
        availability=_availability(row.available),
    )


def _money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount=amount, currency=currency)


def _availability(available: bool) -> Availability:  # noqa: FBT001 - it is the whole question.
    return "in_stock" if available else "out_of_stock"
