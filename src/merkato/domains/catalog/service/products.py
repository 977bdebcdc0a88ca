"""Products: made, changed, and taken out of the shop."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from merkato.domains.catalog import queries
from merkato.domains.catalog.errors import OptionsInUse
from merkato.domains.catalog.models import ATTRIBUTES_MAX, Product
from merkato.domains.catalog.schemas import ProductChange, ProductDraft
from merkato.domains.catalog.service.categories import demand_category
from merkato.domains.catalog.service.naming import insert_with_slug
from merkato.domains.catalog.service.showing import refresh, show_prices
from merkato.kit import clock, etags, ids
from merkato.kit.database import Session
from merkato.kit.errors import Invalid, NotFound


async def edited(session: Session, product_id: UUID, *, if_match: str | None = None) -> Product:
    """A product, locked, to be changed. Raises NotFound, and PreconditionFailed if it is no longer what was read."""
    product = await queries.product(session, product_id, lock=True)
    if product is None:
        raise NotFound
    if if_match is not None:
        pages = await queries.pages(session, product_id)
        etags.demand(if_match, [etags.etag(page.encode()) for page in pages])
    return product


async def add_product(session: Session, draft: ProductDraft, *, currency: str, shown: bool = True) -> Product:
    """A new product without variants, listed in the store's own currency. Raises SlugTaken, and Invalid for an unknown category.

    Who adds many at once says `shown=False` and has pricing show them at the end.
    """
    await _demand_category(session, draft.category_id)
    product_id, moment = ids.new(), clock.now()
    values = draft.model_dump(mode="json", exclude={"slug", "category_id"}) | {
        "id": product_id,
        "category_id": draft.category_id,
        "rating_average": 0.0,
        "rating_count": 0,
        "created_at": moment,
        "updated_at": moment,
    }
    await insert_with_slug(session, "product", values, name=draft.title, slug=draft.slug)
    if shown:
        await show_prices(session, {product_id: {currency: {}}})
    return await edited(session, product_id)


async def change_product(session: Session, product: Product, change: ProductChange, *, shown: bool = True) -> Product:
    """Some of a locked product. Raises SlugTaken, OptionsInUse, and Invalid for what does not fit."""
    said, slug = change.sent(), product.slug
    if "category_id" in said:
        await _demand_category(session, change.category_id)
    if "options" in said:
        said["options"] = [option.model_dump() for option in change.options]
        await _demand_fit(session, product.id, said["options"])
    if "attributes" in said:
        said["attributes"] = _merged(product.attributes, change.attributes)
    for name, value in said.items():
        setattr(product, name, value)
    await session.flush()
    if product.slug != slug:
        await queries.remember_slug(session, "product", slug, product.id)
    if shown:
        await refresh(session, [product.id])
    return product


async def remove_product(session: Session, product: Product) -> None:
    """Take a locked product and its variants out of the shop. The rows stay for what refers to them; the slug is free again."""
    product.deleted_at = clock.now()
    product.category_id = None
    await session.flush()
    await queries.delete_variants(session, product.id)
    await queries.delete_listings_of(session, product.id)


async def _demand_category(session: Session, category_id: UUID | None) -> None:
    if category_id is not None:
        # Nobody renames or moves a category between here and the projection that shows it.
        await queries.lock_categories(session, shared=True)
        await demand_category(session, category_id, "/category_id")


async def _demand_fit(session: Session, product_id: UUID, options: Sequence[Mapping[str, Any]]) -> None:
    values = {option["name"]: set(option["values"]) for option in options}
    for variant in await queries.variants(session, product_id):
        if variant.options.keys() != values.keys():
            raise OptionsInUse
        if any(value not in values[name] for name, value in variant.options.items()):
            raise OptionsInUse


def _merged(before: Mapping[str, str], said: Mapping[str, str | None]) -> dict[str, str]:
    merged = {name: value for name, value in ({**before, **said}).items() if value is not None}
    if len(merged) > ATTRIBUTES_MAX:
        raise Invalid.field("/attributes", "too-many", f"there may be at most {ATTRIBUTES_MAX}")
    return merged
