"""The columns of a product file, under the names of Shopify's exports or of its newer template."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from merkato.transfer.shopify.failure import Unreadable

REQUIRED: Final = ("Handle", "Title")

_KNOWN: Final = (
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Product Category",
    "Type",
    "Tags",
    "Published",
    "Status",
    "Gift Card",
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Inventory Policy",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Requires Shipping",
    "Variant Taxable",
    "Variant Image",
    "Image Src",
    "Image Position",
    "Image Alt Text",
)
_ALSO: Final = {
    "url handle": "Handle",
    "description": "Body (HTML)",
    "custom product type": "Type",
    "standardized product type": "Product Category",
    "published on online store": "Published",
    "sku": "Variant SKU",
    "weight value (grams)": "Variant Grams",
    "inventory tracker": "Variant Inventory Tracker",
    "inventory quantity": "Variant Inventory Qty",
    "continue selling when out of stock": "Variant Inventory Policy",
    "price": "Variant Price",
    "compare-at price": "Variant Compare At Price",
    "requires shipping": "Variant Requires Shipping",
    "charge tax": "Variant Taxable",
    "variant image url": "Variant Image",
    "product image url": "Image Src",
}
_OPTION: Final = re.compile(r"option(\d{1,2}) (name|value)")
_METAFIELD: Final = re.compile(r"\((product\.metafields\.[\w.-]+)\)$")
_NAMES: Final = {name.casefold(): name for name in _KNOWN} | _ALSO


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each column that means something to us stands, and how the file itself calls it."""

    places: dict[str, int]
    written: dict[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.places

    def called(self, name: str) -> str:
        return self.written.get(name, name)


def columns_of(header: Sequence[str]) -> Columns:
    """The columns of a header line; unknown ones are passed over. Raises Unreadable when a required one is missing."""
    places: dict[str, int] = {}
    for index, written in enumerate(header):
        name = _meaning(written.strip())
        if name is not None:
            places.setdefault(name, index)
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        hint = " Its columns seem to be separated by semicolons; save it with commas." if ";" in "".join(header) else ""
        raise Unreadable(
            f"This is no product file of Shopify's: the column {' and the column '.join(missing)} is missing.{hint}"
        )
    return Columns(places, {name: header[index].strip() for name, index in places.items()})


def _meaning(written: str) -> str | None:
    folded = written.casefold()
    if option := _OPTION.fullmatch(folded):
        return f"Option{option[1]} {option[2].capitalize()}"
    if metafield := _METAFIELD.search(written):
        return metafield[1]
    return _NAMES.get(folded)
