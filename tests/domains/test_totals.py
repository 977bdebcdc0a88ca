"""The arithmetic of totals: its parts sum to the whole, for any prices and rates."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as some

from merkato.domains.pricing.totals import LineAmount, TaxRule, totals
from merkato.kit.money import rounded

lines = some.lists(
    some.builds(
        LineAmount,
        unit_price=some.integers(min_value=0, max_value=10**9),
        quantity=some.integers(min_value=1, max_value=10_000),
    ),
    min_size=0,
    max_size=20,
)
rates = some.decimals(min_value=0, max_value=Decimal("0.99"), places=4)
rules = some.builds(TaxRule, name=some.just("VAT"), rate=rates, included=some.booleans())
shipping = some.none() | some.integers(min_value=0, max_value=10**6)
discounts = some.integers(min_value=0, max_value=10**7)


@given(amounts=lines, rule=rules, shipping=shipping, discount=discounts)
def test_the_parts_sum_to_the_total(
    amounts: list[LineAmount], rule: TaxRule, shipping: int | None, discount: int
) -> None:
    entries = totals(amounts, rule, shipping=shipping, discount=discount).entries()
    by_type = {entry["type"]: entry["amount"] for entry in entries}
    assert len(by_type) == len(entries)
    assert sum(entry["amount"] for entry in entries if entry["type"] != "total") == by_type["total"]
    assert by_type["subtotal"] == sum(amount.unit_price * amount.quantity for amount in amounts)
    assert by_type["total"] >= 0
    assert by_type.get("discount", -1) < 0


@given(amounts=lines, rule=rules, shipping=shipping, discount=discounts)
def test_the_tax_explains_itself(amounts: list[LineAmount], rule: TaxRule, shipping: int | None, discount: int) -> None:
    sums = totals(amounts, rule, shipping=shipping, discount=discount)
    for tax in sums.taxes:
        assert tax["base"] + tax["amount"] == sums.total
        assert tax["amount"] == sum(line.tax for line in sums.lines) + rule.tax(shipping or 0)
    for line in sums.lines:
        left = line.total - line.discount
        rate = Fraction(rule.rate)
        exact = left * rate / (1 + rate) if rule.included else left * rate
        assert line.tax == rounded(exact)


def test_german_prices_hold_their_tax() -> None:
    sums = totals([LineAmount(1190, 2)], TaxRule("VAT", Decimal("0.19"), included=True), shipping=595)
    assert sums.entries() == [
        {"type": "subtotal", "amount": 2380},
        {"type": "fulfillment", "amount": 595},
        {"type": "total", "amount": 2975},
    ]
    assert sums.taxes == ({"name": "VAT", "rate": "0.19", "base": 2500, "amount": 475, "included": True},)


def test_american_prices_get_it_added() -> None:
    sums = totals([LineAmount(1999, 1)], TaxRule("Sales tax", Decimal("0.0825"), included=False), shipping=500)
    assert sums.entries() == [
        {"type": "subtotal", "amount": 1999},
        {"type": "fulfillment", "amount": 500},
        {"type": "tax", "amount": 165 + 41},
        {"type": "total", "amount": 2705},
    ]
