"""The arithmetic of a cart, checkout or order: pure, in integer minor units, and its parts always sum to the total.

Tax is rounded per line, after the line's share of the discount, half away from zero; shipping is a line of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from merkato.kit.money import rounded, shared

SUBTOTAL: Final = "subtotal"
TOTAL: Final = "total"


@dataclass(frozen=True, slots=True)
class TaxRule:
    """One rate for everything. `included`: prices already hold the tax."""

    name: str
    rate: Decimal
    included: bool

    def tax(self, amount: int) -> int:
        """The tax on (or in) an amount."""
        rate = Fraction(self.rate)
        return rounded(amount * rate / (1 + rate)) if self.included else rounded(amount * rate)


@dataclass(frozen=True, slots=True)
class LineAmount:
    """What one line costs before discounts and tax."""

    unit_price: int
    quantity: int

    @property
    def total(self) -> int:
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class LineTotals:
    """What one line comes to: `total` is unit price times quantity, `tax` is on (or in) what is left after the discount."""

    total: int
    discount: int
    tax: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums, as they are shown and charged."""

    subtotal: int
    discount: int
    fulfillment: int | None
    tax: int
    total: int
    lines: tuple[LineTotals, ...]
    taxes: tuple[dict[str, Any], ...] = field(default=())

    def entries(self) -> list[dict[str, Any]]:
        """As the API says them: parts that sum to the total. Zero discounts are left out, and tax that is in the prices."""
        entries = [{"type": SUBTOTAL, "amount": self.subtotal}]
        if self.discount:
            entries.append({"type": "discount", "amount": -self.discount})
        if self.fulfillment is not None:
            entries.append({"type": "fulfillment", "amount": self.fulfillment})
        added = sum(tax["amount"] for tax in self.taxes if not tax["included"])
        if added:
            entries.append({"type": "tax", "amount": added})
        return [*entries, {"type": TOTAL, "amount": self.total}]


def totals(amounts: Sequence[LineAmount], rule: TaxRule, *, shipping: int | None = None, discount: int = 0) -> Totals:
    """Sum up lines. `shipping` is None while no option is chosen; `discount` is shared among the lines by their amounts."""
    sums = [amount.total for amount in amounts]
    subtotal = sum(sums)
    discount = min(discount, subtotal)
    shares = shared(discount, sums)
    lines = tuple(LineTotals(each, share, rule.tax(each - share)) for each, share in zip(sums, shares, strict=True))
    tax = sum(line.tax for line in lines) + rule.tax(shipping or 0)
    before = subtotal - discount + (shipping or 0)
    total = before if rule.included else before + tax
    return Totals(subtotal, discount, shipping, tax, total, lines, _explained(rule, tax, total - tax))


def _explained(rule: TaxRule, tax: int, base: int) -> tuple[dict[str, Any], ...]:
    if not rule.rate:
        return ()
    named = {"name": rule.name, "rate": f"{rule.rate.normalize():f}", "base": base, "amount": tax}
    return (named | {"included": rule.included},)
