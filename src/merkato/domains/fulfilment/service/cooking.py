"""What the kitchen is to make of an order, in the kitchen's words."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from merkato.domains.fulfilment.models import Item, merged
from merkato.domains.orders.models import Order

_SIZE_OPTIONS: Final = {"size", "grösse", "groesse", "taille", "tamaño", "taglia", "maat"}
_SIZES: Final = {
    "small": {"s", "xs", "small", "klein", "petit", "petite", "pequeño", "piccolo"},
    "medium": {"m", "medium", "mittel", "moyen", "moyenne", "mediano", "medio", "regular"},
    "big": {"l", "xl", "large", "big", "gross", "grand", "grande"},
}
"""The kitchen knows three sizes; what is none of these words is medium. The words are case-folded, which makes ss of ß."""


def items(order: Order, quantities: Mapping[UUID, int]) -> list[dict[str, Any]]:
    """These pieces as the kitchen is told of them: sorted, each product and size once."""
    made = [
        Item(line.title, _size(line.options), quantities[line.id]) for line in order.lines if quantities.get(line.id)
    ]
    return [asdict(item) for item in merged(made)]


def _size(options: Mapping[str, str]) -> str:
    said = next((value for name, value in options.items() if name.casefold() in _SIZE_OPTIONS), "")
    return next((size for size, words in _SIZES.items() if said.casefold() in words), "medium")
