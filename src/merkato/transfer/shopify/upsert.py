"""One product of a file, as a new product of the catalogue or as a change of the one that is there."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from merkato.domains.catalog import queries as catalog_queries
from merkato.domains.catalog import service as catalog
from merkato.domains.catalog.models import Product, Variant
from merkato.domains.catalog.service import NewProduct, NewVariant
from merkato.domains.imports.models import Fault
from merkato.domains.inventory import service as inventory
from merkato.domains.pricing import service as pricing
from merkato.kit import ids
from merkato.kit.database import Session
from merkato.kit.errors import Problem
from merkato.transfer.shopify import drafts
from merkato.transfer.shopify.drafts import Place, Refused
from merkato.transfer.shopify.meaning import ProductSaid, VariantSaid

REASON: Final = "import"


def whole(said: ProductSaid, place: Place) -> tuple[NewProduct, dict[str, int]]:
    """A new product with everything that belongs to it, and the stock that the file names, by variant. Raises Refused."""
    draft = drafts.new_product(said, place)
    names = [option.name for option in draft.options]
    variants: list[NewVariant] = []
    quantities: dict[str, int] = {}
    for variant in said.variants:
        made = NewVariant(ids.new(), drafts.new_variant(said, variant, place, names), variant.quantity or 0)
        variants.append(made)
        if variant.quantity is not None:
            quantities[str(made.id)] = variant.quantity
    media = [drafts.picture(said, shown, place) for shown in said.pictures]
    return NewProduct(ids.new(), draft, variants, media), quantities


async def add(session: Session, said: ProductSaid, place: Place) -> tuple[UUID, dict[str, int]]:
    """A new product: its id, and the stock that the file names, by variant. Raises Refused."""
    if said.title is None:
        raise Refused(Fault(said.line, said.handle, "Title", "is empty, and there is no product to add this to"))
    draft = drafts.new_product(said, place)
    with _told(said, said.line, "Handle"):
        product = await catalog.add_product(session, draft, currency=place.currency, shown=False)
    quantities: dict[str, int] = {}
    for variant in said.variants:
        quantities |= await _add_variant(session, product, said, variant, place)
    await _add_pictures(session, product, said, place)
    return product.id, quantities


async def change(session: Session, product_id: UUID, said: ProductSaid, place: Place) -> dict[str, int]:
    """Bring a product to what the file says; variants and pictures that the file leaves out stay. Raises Refused."""
    product = await catalog.edited(session, product_id)
    draft = drafts.changed_product(said, place, product.options)
    with _told(said, said.line, "Option1 Name"):
        await catalog.change_product(session, product, draft, shown=False)
    names = [option["name"] for option in product.options]
    present = await catalog_queries.variants(session, product_id)
    quantities: dict[str, int] = {}
    for variant in said.variants:
        found = _same(variant, drafts.named(said, variant, names), present)
        if found is None:
            quantities |= await _add_variant(session, product, said, variant, place)
        else:
            present.remove(found)
            quantities |= await _change_variant(session, found, names, said, variant, place)
    await _add_pictures(session, product, said, place)
    return quantities


def _same(variant: VariantSaid, options: Mapping[str, str], present: Sequence[Variant]) -> Variant | None:
    """The variant that a line means: the one with its SKU, else the one with its option values."""
    by_sku = (each for each in present if variant.sku is not None and each.sku == variant.sku)
    by_options = (each for each in present if each.options == options)
    return next(by_sku, None) or next(by_options, None)


async def _add_variant(
    session: Session, product: Product, said: ProductSaid, variant: VariantSaid, place: Place
) -> dict[str, int]:
    draft = drafts.new_variant(said, variant, place, [option["name"] for option in product.options])
    with _told(said, variant.line, place.columns.called("Variant SKU")):
        _, made = await pricing.add_variant(session, product.id, draft, shown=False)
    return await _count(session, made, said, variant, place)


async def _change_variant(
    session: Session, present: Variant, names: Sequence[str], said: ProductSaid, variant: VariantSaid, place: Place
) -> dict[str, int]:
    draft = drafts.changed_variant(said, variant, place, names)
    with _told(said, variant.line, place.columns.called("Variant SKU")):
        _, changed = await pricing.change_variant(session, present.id, draft, shown=False)
    return await _count(session, changed, said, variant, place)


async def _count(
    session: Session, present: Variant, said: ProductSaid, variant: VariantSaid, place: Place
) -> dict[str, int]:
    """Set the stock to what the file says, unless it said so before: what was sold since then is sold."""
    key, quantity = str(present.id), variant.quantity
    if quantity is None:
        return {}
    if present.track_stock and place.quantities.get(key) != quantity:
        with _told(said, variant.line, place.columns.called("Variant Inventory Qty")):
            await inventory.set_on_hand(session, None, present.id, quantity, reason=REASON)
    return {key: quantity}


async def _add_pictures(session: Session, product: Product, said: ProductSaid, place: Place) -> None:
    if not said.pictures:
        return
    present = {row.url for row in await catalog_queries.shown_media(session, [product.id])}
    for shown in said.pictures:
        draft = drafts.picture(said, shown, place)
        if draft.url not in present:
            with _told(said, shown.line, place.columns.called("Image Src")):
                await catalog.add_media(session, product, draft, shown=False)
            present.add(draft.url)


@contextmanager
def _told(said: ProductSaid, line: int, column: str) -> Iterator[None]:
    """What the catalogue refuses becomes a fault of this line."""
    try:
        yield
    except Problem as problem:
        details = [f"{error.pointer.lstrip('/')} {error.detail}" for error in problem.errors] or [problem.detail]
        raise Refused(*(Fault(line, said.handle, column, detail) for detail in details)) from None
