"""Money: exact, whatever the amounts are."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import TypeAdapter, ValidationError

from merkato.kit import money
from merkato.kit.money import Money

amounts = some.integers(min_value=-(10**12), max_value=10**12)
weights = some.lists(some.integers(min_value=0, max_value=10**9), min_size=1, max_size=50)


@given(total=amounts, by=weights)
def test_parts_sum_to_the_whole(total: int, by: list[int]) -> None:
    parts = money.shared(total, by)
    assert sum(parts) == total
    assert len(parts) == len(by)


@given(total=some.integers(min_value=0, max_value=10**12), by=weights)
def test_no_part_is_more_than_a_unit_from_its_share(total: int, by: list[int]) -> None:
    whole = sum(by)
    for part, weight in zip(money.shared(total, by), by, strict=True):
        if whole:
            assert abs(Fraction(total * weight, whole) - part) < 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [(Fraction(1, 2), 1), (Fraction(-1, 2), -1), (Fraction(5, 2), 3), (Fraction(49, 100), 0), (Fraction(-7, 2), -4)],
)
def test_half_is_rounded_away_from_zero(value: Fraction, expected: int) -> None:
    assert money.rounded(value) == expected


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("9.99", "EUR", 999), ("500", "EUR", 50_000), ("1200", "JPY", 1200), ("1.234", "KWD", 1234), (" 0 ", "USD", 0)],
)
def test_amounts_are_read_exactly(text: str, currency: str, minor: int) -> None:
    assert money.parse(text, currency) == minor


@pytest.mark.parametrize("text", ["", "ten", "1.999", "-1", "NaN", "Infinity", "1e40", "1,50"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        money.parse(text, "EUR")


@given(minor=some.integers(min_value=0, max_value=10**12), currency=some.sampled_from(["EUR", "JPY", "KWD"]))
def test_reading_what_was_written_gives_it_back(minor: int, currency: str) -> None:
    text, _, code = money.written(minor, currency).partition(" ")
    assert code == currency
    assert money.parse(text, currency) == minor
    assert Decimal(text).as_tuple().exponent == -money.decimals(currency)


@pytest.mark.parametrize(
    "said",
    [
        {"amount": 1.5, "currency": "EUR"},
        {"amount": "1", "currency": "EUR"},
        {"amount": True, "currency": "EUR"},
        {"amount": -1, "currency": "EUR"},
        {"amount": 1, "currency": "EURO"},
        {"amount": 1, "currency": "XXY"},
        {"amount": 10**13, "currency": "EUR"},
    ],
)
def test_money_takes_only_whole_minor_units(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Money).validate_python(said)
