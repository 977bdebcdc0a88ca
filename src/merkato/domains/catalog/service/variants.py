"""Variants of a product. Who calls brings the projection up to date afterwards."""

from collections.abc import Mapping
from uuid import UUID

from merkato.domains.catalog import queries
from merkato.domains.catalog.errors import TooManyVariants
from merkato.domains.catalog.models import VARIANTS_MAX, Fulfilment, Product, Variant, options_key
from merkato.domains.catalog.schemas import VariantChange, VariantDraft
from merkato.domains.catalog.service.naming import insert_with_sku
from merkato.domains.catalog.service.products import edited
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.errors import FieldError, Invalid, NotFound


async def edited_variant(session: Session, variant_id: UUID, *, if_match: str | None = None) -> tuple[Product, Variant]:
    """A variant to be changed, with its product, which is locked. Raises NotFound, PreconditionFailed."""
    found = await queries.variant(session, variant_id)
    if found is None:
        raise NotFound
    product = await edited(session, found.product_id, if_match=if_match)
    variant = await queries.variant(session, variant_id)
    if variant is None:
        raise NotFound
    return product, variant


async def add_variant(session: Session, product: Product, draft: VariantDraft) -> Variant:
    """A new variant of a locked product; out of stock if it is tracked. Raises SkuTaken, VariantExists, TooManyVariants, Invalid."""
    demand_choice(product, draft.options)
    if len(await queries.variants(session, product.id)) >= VARIANTS_MAX:
        raise TooManyVariants
    variant_id, moment = ids.new(), clock.now()
    ships = draft.requires_shipping
    values = draft.model_dump(exclude={"sku", "price", "compare_at_price"}) | {
        "id": variant_id,
        "product_id": product.id,
        "options": {option["name"]: draft.options[option["name"]] for option in product.options},
        "options_key": options_key(draft.options),
        "requires_shipping": product.fulfilment == Fulfilment.SHIPPING if ships is None else ships,
        "available": not draft.track_stock,
        "created_at": moment,
        "updated_at": moment,
    }
    await insert_with_sku(session, values, slug=product.slug, sku=draft.sku)
    variant = await queries.variant(session, variant_id)
    assert variant is not None  # noqa: S101 - it was written a moment ago.
    return variant


async def change_variant(session: Session, product: Product, variant: Variant, change: VariantChange) -> Variant:
    """Some of a variant of a locked product. Raises SkuTaken, VariantExists, Invalid."""
    said = {name: value for name, value in change.sent().items() if name in VariantChange.model_fields}
    if "options" in said:
        demand_choice(product, change.options)
        said["options_key"] = options_key(change.options)
    for name, value in said.items():
        setattr(variant, name, value)
    await session.flush()
    return variant


async def remove_variant(session: Session, variant: Variant) -> None:
    """Take a variant out of the shop. Its row stays for what refers to it; its SKU is free again."""
    variant.deleted_at = clock.now()
    await session.flush()


def demand_choice(product: Product, choice: Mapping[str, str]) -> None:
    """Raises Invalid, naming each field, unless the choice names exactly the product's options with values of theirs."""
    values = {option["name"]: option["values"] for option in product.options}
    errors = [
        FieldError(_pointer(name), "missing", "is an option of this product; say which value this variant has")
        for name in values
        if name not in choice
    ]
    for name, value in choice.items():
        if name not in values:
            errors.append(FieldError(_pointer(name), "unknown", "is no option of this product"))
        elif value not in values[name]:
            errors.append(FieldError(_pointer(name), "unknown", "is no value of this option of the product"))
    if errors:
        raise Invalid("The options do not fit the product's.", errors=errors)


def _pointer(name: str) -> str:
    return "/options/" + name.replace("~", "~0").replace("/", "~1")
