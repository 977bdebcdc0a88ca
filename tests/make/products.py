"""Products that can be bought."""

from typing import Any, Final
from uuid import UUID

from merkato.domains.catalog import service as catalog
from merkato.domains.catalog.schemas import CategoryDraft, MediaDraft, ProductDraft
from merkato.domains.inventory import service as inventory
from merkato.domains.pricing import service as pricing
from merkato.domains.pricing.schemas import PricedVariantDraft
from merkato.kit.database import Database
from merkato.kit.money import Money

DOT: Final = bytes.fromhex("47494638396101000100800000000000ffffff21f90400000000002c00000000010001000002024401003b")
"""A GIF of one pixel."""


async def product(
    database: Database,
    *,
    title: str = "Mug",
    price: int = 1200,
    stock: int | None = 10,
    currency: str = "EUR",
    image: str | None = None,
    variant: dict[str, Any] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """A published product with one variant; `stock` None leaves it untracked. Gives its ids, slug and SKU."""
    draft = ProductDraft.model_validate({"title": title, "status": "published"} | changes)
    said = {"options": {option.name: option.values[0] for option in draft.options}, "track_stock": stock is not None}
    priced = PricedVariantDraft.model_validate(
        {**said, "price": Money(amount=price, currency=currency), **(variant or {})}
    )
    async with database.transaction() as session:
        added = await catalog.add_product(session, draft, currency="EUR")
        if image:
            await catalog.add_media(session, added, MediaDraft(url=image))
        _, sold = await pricing.add_variant(session, added.id, priced)
        if stock:
            await inventory.set_on_hand(session, None, sold.id, stock, reason="made for a test")
    return {"product_id": added.id, "variant_id": sold.id, "slug": added.slug, "sku": sold.sku}


async def variant(
    database: Database, product_id: UUID, *, price: int = 1200, stock: int | None = 10, **changes: Any
) -> UUID:
    """One variant more of a product that has options."""
    said = {"price": Money(amount=price, currency="EUR"), "track_stock": stock is not None}
    async with database.transaction() as session:
        _, added = await pricing.add_variant(session, product_id, PricedVariantDraft.model_validate(said | changes))
        if stock:
            await inventory.set_on_hand(session, None, added.id, stock, reason="made for a test")
    return added.id


async def category(database: Database, name: str, parent_id: UUID | None = None) -> UUID:
    async with database.transaction() as session:
        return (await catalog.add_category(session, CategoryDraft(name=name, parent_id=parent_id))).id
