"""What a file says, in the catalogue's own words; what the catalogue would refuse becomes a fault of the file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from merkato.domains.catalog.schemas import MediaDraft, ProductChange, ProductDraft
from merkato.domains.imports.models import Fault
from merkato.domains.pricing.schemas import PricedVariantChange, PricedVariantDraft
from merkato.transfer.shopify.columns import Columns
from merkato.transfer.shopify.meaning import FULFILMENT, METAFIELD, PictureSaid, ProductSaid, VariantSaid, in_words

UNTAXED: Final = "zero"
"""The tax class of what Shopify calls not taxable."""
_COLUMNS: Final = {
    "title": "Title",
    "slug": "Handle",
    "description": "Body (HTML)",
    "status": "Status",
    "fulfilment": FULFILMENT,
    "options": "Option1 Name",
    "sku": "Variant SKU",
    "weight_grams": "Variant Grams",
    "url": "Image Src",
    "alt": "Image Alt Text",
    "vendor": "Vendor",
    "type": "Type",
    "tags": "Tags",
}
_VARIANT_FIELDS: Final = ("weight_grams", "requires_shipping", "track_stock")

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a product goes: the file's columns, the store's currency, the category, and the stock that the file named last."""

    columns: Columns
    currency: str
    category_id: UUID | None
    quantities: Mapping[str, int]


class Refused(Exception):  # noqa: N818 - it carries what was refused.
    """A product cannot go in; nothing of it does."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults


def new_product(said: ProductSaid, place: Place) -> ProductDraft:
    """Raises Refused."""
    values = {
        "title": said.title,
        "slug": said.slug,
        "status": "published",
        **said.said,
        "category_id": place.category_id,
        "options": _options(said, ()),
        "attributes": {name: value for name, value in said.attributes.items() if value},
    }
    return _drafted(ProductDraft, values, _faults_of(said, said.line, place.columns))


def changed_product(said: ProductSaid, place: Place, before: Sequence[Mapping[str, Any]]) -> ProductChange:
    """`before`: the options that the product has; their values stay, since variants that the file leaves out are kept. Raises Refused."""
    values: dict[str, Any] = {"title": said.title, **said.said} if said.title is not None else {}
    if place.category_id is not None:
        values["category_id"] = place.category_id
    if said.attributes:
        values["attributes"] = {name: value or None for name, value in said.attributes.items()}
    if said.variants:
        values["options"] = _options(said, before)
    return _drafted(ProductChange, values, _faults_of(said, said.line, place.columns))


def new_variant(said: ProductSaid, variant: VariantSaid, place: Place, names: Sequence[str]) -> PricedVariantDraft:
    """`names`: of the product's options. Raises Refused."""
    if variant.said.get("price") is None:
        column = place.columns.called("Variant Price")
        raise Refused(Fault(variant.line, said.handle, column, "is needed for a new variant"))
    values = _variant(said, variant, place, names)
    return _drafted(PricedVariantDraft, values, _faults_of(said, variant.line, place.columns))


def changed_variant(said: ProductSaid, variant: VariantSaid, place: Place, names: Sequence[str]) -> PricedVariantChange:
    """Raises Refused."""
    values = _variant(said, variant, place, names)
    return _drafted(PricedVariantChange, values, _faults_of(said, variant.line, place.columns))


def picture(said: ProductSaid, shown: PictureSaid, place: Place) -> MediaDraft:
    """Raises Refused."""
    values = {"url": shown.url, "alt": shown.alt}
    return _drafted(MediaDraft, values, _faults_of(said, shown.line, place.columns))


def named(said: ProductSaid, variant: VariantSaid, names: Sequence[str]) -> dict[str, str]:
    """The variant's option values by the names of the options. Raises Refused when there are not as many."""
    if len(variant.values) != len(names):
        reason = f"has {len(variant.values)} option values, but the product has {len(names)} options"
        raise Refused(Fault(variant.line, said.handle, "Option1 Value", reason))
    return dict(zip(names, variant.values, strict=True))


def _variant(said: ProductSaid, variant: VariantSaid, place: Place, names: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: variant.said[name] for name in _VARIANT_FIELDS if variant.said.get(name) is not None
    }
    for name in ("price", "compare_at_price"):
        if name in variant.said:
            amount = variant.said[name]
            values[name] = None if amount is None else {"amount": amount, "currency": place.currency}
    if "taxable" in variant.said:
        values["tax_class"] = None if variant.said["taxable"] else UNTAXED
    if variant.sku is not None:
        values["sku"] = variant.sku
    return values | {"options": named(said, variant, names)}


def _options(said: ProductSaid, before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each option with the values that the product has and that the file adds, in their order."""
    held = {option["name"]: list(option["values"]) for option in before}
    names = said.option_names if said.title is not None else tuple(held)
    values = {name: list(held.get(name, [])) for name in names}
    for variant in said.variants:
        for name, value in named(said, variant, names).items():
            if value not in values[name]:
                values[name].append(value)
    return [{"name": name, "values": given} for name, given in values.items()]


def _drafted(model: type[M], values: Mapping[str, Any], fault: Callable[[Sequence[int | str], str], Fault]) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise Refused(*(fault(each["loc"], each["msg"]) for each in found)) from None


def _faults_of(said: ProductSaid, line: int, columns: Columns) -> Callable[[Sequence[int | str], str], Fault]:
    """Says a validation error as a fault of the column that the value came from."""

    def fault(place: Sequence[int | str], message: str) -> Fault:
        first, last = str(place[0]), str(place[min(1, len(place) - 1)])
        column = _COLUMNS.get(first) or _COLUMNS.get(last)
        if column is None:
            found = (name for name in columns.places if name.startswith(METAFIELD))
            column = next((name for name in found if name.rsplit(".", 1)[-1].casefold() == last), first)
        return Fault(line, said.handle, columns.called(column), in_words(message))

    return fault
