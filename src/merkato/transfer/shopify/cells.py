"""What one cell says: yes or no, a number, an amount of money. Each raises ValueError in words for the file's author."""

from decimal import Decimal, InvalidOperation
from typing import Final

from merkato.kit import money

QUANTITY_MAX: Final = 1_000_000_000
_YES: Final = {"true", "yes", "1"}
_NO: Final = {"false", "no", "0"}


def flag(written: str) -> bool:
    folded = written.casefold()
    if folded not in _YES | _NO:
        raise ValueError(f"{short(written)} is neither true nor false")
    return folded in _YES


def price(written: str, currency: str) -> int:
    """Minor units; a point divides, as in Shopify's files."""
    try:
        return money.parse(written, currency)
    except ValueError:
        raise ValueError(f"{short(written)} is not an amount in {currency}, such as 12.50") from None


def whole(written: str, *, most: int = QUANTITY_MAX) -> int:
    """A number without a fraction, zero or more; `3.0` is 3, as spreadsheets write it."""
    value = _number(written)
    if value != value.to_integral_value():
        raise ValueError(f"{short(written)} is not a whole number")
    return _between(value, written, most)


def grams(written: str) -> int:
    """A weight to the nearest gram."""
    return _between(_number(written).to_integral_value(), written, QUANTITY_MAX)


def short(written: str) -> str:
    """A cell as an error may quote it."""
    return repr(written if len(written) <= 40 else written[:40] + "…")


def _number(written: str) -> Decimal:
    try:
        value = Decimal(written)
    except InvalidOperation:
        raise ValueError(f"{short(written)} is not a number") from None
    if not value.is_finite():
        raise ValueError(f"{short(written)} is not a number")
    return value


def _between(value: Decimal, written: str, most: int) -> int:
    if value < 0:
        raise ValueError(f"{short(written)} is less than zero")
    if value > most:
        raise ValueError(f"{short(written)} is more than {most}")
    return int(value)
