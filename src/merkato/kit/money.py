"""Money: integer minor units and a currency; rounding and sharing without losing a cent."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict
from sqlalchemy import BigInteger, String
from sqlalchemy.orm import mapped_column

from merkato.kit.privacy import CLASSIFIED, Says

AMOUNT_MAX: Final = 10**12
"""The largest price that is accepted. With lines and quantities limited too, no sum leaves a 64-bit integer."""

SUM_MAX: Final = 10**18
"""Beyond any sum of an order; it fits into a 64-bit integer."""

_CODES: Final = frozenset(
    # A list in quotes for every code would hide them.
    """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV
    WST XAF XCD XOF XPF YER ZAR ZMW ZWG""".split(),  # noqa: SIM905
)
_DECIMALS: Final = dict.fromkeys(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"],
    0,
) | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)


def _known(code: str) -> str:
    if code not in _CODES:
        raise ValueError("not a currency code of ISO 4217")
    return code


Currency = Annotated[
    str,
    Strict(),
    AfterValidator(_known),
    Field(examples=["EUR"], description="ISO 4217 code.", max_length=3, min_length=3),
    mapped_column(String(3), info={CLASSIFIED: Says.NOTHING}),
]
Amount = Annotated[int, Strict(), Field(ge=0, le=AMOUNT_MAX, examples=[2599]), mapped_column(BigInteger)]


class Money(BaseModel):
    """An amount in the currency's minor unit (cents for EUR, yen for JPY) and the currency."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"example": {"amount": 2599, "currency": "EUR"}}
    )

    amount: Amount
    currency: Currency


class Sum(Money):
    """What amounts come to: as money, but larger than any price may be."""

    amount: Annotated[int, Field(ge=0, le=SUM_MAX, examples=[2599])]


def decimals(currency: str) -> int:
    """How many digits of the currency stand behind the point (ISO 4217: 0, 2 or 3)."""
    return _DECIMALS.get(currency, 2)


def parse(written: str, currency: str) -> int:
    """Minor units of an amount such as "12.5". Raises ValueError for what is no exact, acceptable amount."""
    try:
        value = Decimal(written.strip()).scaleb(decimals(currency))
    except InvalidOperation as error:
        raise ValueError(f"{written!r} is not an amount") from error
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value <= AMOUNT_MAX:
        raise ValueError(f"{written!r} is not an amount in {currency}")
    return int(value)


def written(amount: int, currency: str) -> str:
    """The amount as people read it: "25.99 EUR", "1200 JPY"."""
    places = decimals(currency)
    return f"{Decimal(amount).scaleb(-places):.{places}f} {currency}"


def rounded(value: Fraction) -> int:
    """To the nearest integer, half away from zero, as invoices are rounded."""
    whole = (abs(value) * 2 + 1) // 2
    return int(whole if value >= 0 else -whole)


def shared(total: int, weights: Sequence[int]) -> list[int]:
    """Divide a total in proportion to weights by largest remainder; the parts sum to the total.

    Equal remainders are served from the front. All weights zero: everything to the first.
    """
    whole = sum(weights)
    if not weights:
        return []
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    sign = 1 if total >= 0 else -1
    parts, remainders = zip(*(divmod(abs(total) * weight, whole) for weight in weights), strict=True)
    result = list(parts)
    served = sorted(range(len(weights)), key=lambda index: -remainders[index])
    for index in served[: abs(total) - sum(parts)]:
        result[index] += 1
    return [sign * part for part in result]
