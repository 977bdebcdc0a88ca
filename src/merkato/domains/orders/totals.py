"""The arithmetic of an order that exists: what its pieces come to, so that parts of a line always sum to the line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from merkato.domains.orders.models import Order, OrderLine
from merkato.kit.money import rounded, shared


@dataclass(frozen=True, slots=True)
class Parts:
    """What a sale, or a part of one, consists of, in minor units. Sales and shipping are net when tax is in the prices."""

    sales: int = 0
    shipping: int = 0
    tax: int = 0
    discounts: int = 0

    @property
    def total(self) -> int:
        """What the customer owes for it."""
        return self.sales + self.shipping + self.tax - self.discounts

    def __add__(self, other: "Parts") -> "Parts":
        return Parts(
            self.sales + other.sales,
            self.shipping + other.shipping,
            self.tax + other.tax,
            self.discounts + other.discounts,
        )

    def __sub__(self, other: "Parts") -> "Parts":
        return self + Parts(-other.sales, -other.shipping, -other.tax, -other.discounts)

    def holds(self, other: "Parts") -> bool:
        """Whether the other is a part of this one, in each respect."""
        left = self - other
        return min(left.sales, left.shipping, left.tax, left.discounts) >= 0

    def portion(self, amount: int) -> "Parts":
        """A proportional part that comes to an amount, which is at most the total. The whole amount is the whole."""
        if amount == 0:
            return Parts()
        discounts = rounded(Fraction(self.discounts * amount, self.total))
        sales, shipping, tax = shared(amount + discounts, [self.sales, self.shipping, self.tax])
        return Parts(sales, shipping, tax, discounts)


def sale(
    subtotal: int,
    discount: int,
    line_tax: int,
    entries: Sequence[Mapping[str, Any]],
    taxes: Sequence[Mapping[str, Any]],
) -> Parts:
    """What an order consists of, by the sums of its lines (`line_tax` is the tax of these) and what it shows as totals and taxes."""
    shipping = sum(entry["amount"] for entry in entries if entry["type"] == "fulfillment")
    tax = sum(each["amount"] for each in taxes)
    if all(each["included"] for each in taxes):
        return Parts(subtotal - line_tax, shipping - (tax - line_tax), tax, discount)
    return Parts(subtotal, shipping, tax, discount)


def refunded(order: Order, line: OrderLine, count: int) -> Parts:
    """What was paid for the next so many pieces of a line that are not refunded yet."""
    return _first(order, line, line.quantity_refunded + count) - _first(order, line, line.quantity_refunded)


def _first(order: Order, line: OrderLine, count: int) -> Parts:
    """What the first so many pieces of a line come to. It is rounded for them together, so that the last piece completes the line."""
    share = Fraction(count, line.quantity)
    tax = rounded(line.tax_minor * share)
    gross = line.unit_price_minor * count
    return Parts(gross - tax if order.prices_include_tax else gross, 0, tax, rounded(line.discount_minor * share))
