"""Many new products in few statements, for imports."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from merkato.domains.catalog import queries
from merkato.domains.catalog.errors import TooManyMedia, TooManyVariants
from merkato.domains.catalog.models import MEDIA_MAX, VARIANTS_MAX, Fulfilment, Product, options_key
from merkato.domains.catalog.schemas import MediaDraft, ProductDraft, VariantDraft
from merkato.domains.catalog.service.naming import free_skus
from merkato.domains.catalog.service.variants import demand_choice
from merkato.kit import clock
from merkato.kit.database import Session


@dataclass(frozen=True, slots=True)
class NewVariant:
    """A variant with the id that it will have; `on_hand` counts if its stock is tracked."""

    id: UUID
    draft: VariantDraft
    on_hand: int = 0


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product with all that belongs to it. Its draft names a slug."""

    id: UUID
    draft: ProductDraft
    variants: Sequence[NewVariant]
    media: Sequence[MediaDraft]


async def add_products(session: Session, products: Sequence[NewProduct]) -> None:
    """Write them all, not shown yet: pricing does that when their prices are there.

    All or nothing: a slug or SKU that is taken breaks a constraint. Raises TooManyVariants, TooManyMedia, Invalid.
    """
    for product in products:
        if len(product.variants) > VARIANTS_MAX:
            raise TooManyVariants
        if len(product.media) > MEDIA_MAX:
            raise TooManyMedia
    # Nobody renames or moves a category between here and the projection that shows it.
    await queries.lock_categories(session, shared=True)
    await queries.insert_products(session, [_row(product) for product in products])
    skus = await free_skus(
        session,
        [
            (product.draft.slug or "", each.draft.options, each.draft.sku)
            for product in products
            for each in product.variants
        ],
    )
    variants = [row for product in products for row in _variant_rows(product, skus)]
    if variants:
        await queries.insert_variants(session, variants)
    media = [row for product in products for row in _media_rows(product)]
    if media:
        await queries.insert_media(session, media)


def _row(product: NewProduct) -> dict[str, Any]:
    moment = clock.now()
    return product.draft.model_dump(mode="json", exclude={"category_id"}) | {
        "id": product.id,
        "category_id": product.draft.category_id,
        "rating_average": 0.0,
        "rating_count": 0,
        "created_at": moment,
        "updated_at": moment,
    }


def _variant_rows(product: NewProduct, skus: Iterator[str]) -> Iterator[Mapping[str, Any]]:
    like = Product(options=[option.model_dump() for option in product.draft.options])
    moment = clock.now()
    for each in product.variants:
        demand_choice(like, each.draft.options)
        ships = each.draft.requires_shipping
        yield each.draft.model_dump(include=set(VariantDraft.model_fields) - {"sku"}) | {
            "id": each.id,
            "product_id": product.id,
            "sku": next(skus),
            "options_key": options_key(each.draft.options),
            "requires_shipping": product.draft.fulfilment == Fulfilment.SHIPPING if ships is None else ships,
            "available": not each.draft.track_stock or each.on_hand > 0,
            "created_at": moment,
            "updated_at": moment,
        }


def _media_rows(product: NewProduct) -> Iterator[Mapping[str, Any]]:
    moment = clock.now()
    for position, draft in enumerate(product.media):
        at = position if draft.position is None else draft.position
        yield {"product_id": product.id, "url": draft.url, "alt": draft.alt, "position": at, "created_at": moment}
