"""What may be said about a variant and its price."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from merkato.domains.catalog.schemas import VariantChange, VariantDraft
from merkato.kit.fields import unsent
from merkato.kit.money import Money


def _same_currency(price: Money | None, compare_at: Money | None) -> None:
    if price is not None and compare_at is not None and price.currency != compare_at.currency:
        raise PydanticCustomError("currency", "price and compare_at_price must be in the same currency")


class PricedVariantDraft(VariantDraft):
    """A new variant. Prices in other currencies are added by changing it."""

    price: Money
    compare_at_price: Money | None = Field(None, description="What it cost before, or elsewhere.")

    @model_validator(mode="after")
    def _in_one_currency(self) -> Self:
        _same_currency(self.price, self.compare_at_price)
        return self


class PricedVariantChange(VariantChange):
    """Some of a variant. A price in another currency is added to those that are there.

    `compare_at_price` null clears it in the currency of `price`, or without a price in every currency.
    """

    price: Money = unsent()
    compare_at_price: Money | None = None

    @model_validator(mode="after")
    def _in_one_currency(self) -> Self:
        _same_currency(self.price, self.compare_at_price)
        return self
