"""Prices, and the offer: all that is needed of a variant to sell it."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Row, Updated


class Price(Row):
    """What a variant costs in one currency, and what it cost before or elsewhere."""

    __tablename__ = "pricing_prices"
    privacy: ClassVar[Privacy] = says(nothing="currency")

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_variants.id", ondelete="RESTRICT"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    compare_at_minor: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[Updated]

    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("compare_at_minor >= 0", name="compare_at"),
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """A variant as it can be bought at this moment in one currency."""

    variant_id: UUID
    product_id: UUID
    slug: str
    title: str
    sku: str
    options: dict[str, str]
    image: str | None
    unit_price: int | None
    """None: not priced in this currency."""
    compare_at: int | None
    weight_grams: int | None
    requires_shipping: bool
    tax_class: str | None
    fulfilment: str
    available: int | None
    """None: its stock is not tracked."""
    sold: bool
    """It is published, and neither it nor its product is deleted."""
