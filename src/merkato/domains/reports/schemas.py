"""What may be asked of reports, and what they say."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field

from merkato.kit import clock
from merkato.kit.errors import Invalid
from merkato.kit.fields import View

DAYS_MAX: Final = 366
DAYS: Final = 30
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31), examples=["2026-01-31"])]
T = TypeVar("T")


class Within(NamedTuple):
    """From a moment on, and before another."""

    since: datetime
    before: datetime


class Period(BaseModel):
    """The days of a report, in UTC."""

    since: Day | None = Field(None, description="The first day. Absent: 29 days before the last.")
    until: Day | None = Field(None, description="The last day, itself included. Absent: today.")

    def within(self) -> Within:
        """Its bounds. Raises Invalid for a period that ends before it begins, or is longer than a leap year."""
        last = self.until or clock.now().date()
        first = self.since or last - timedelta(days=DAYS - 1)
        if not first <= last < first + timedelta(days=DAYS_MAX):
            raise Invalid.field(
                "/until", "period", f"must be at most {DAYS_MAX} days, the last not before the first", place="query"
            )
        bounds = (datetime.combine(each, time(), UTC) for each in (first, last + timedelta(days=1)))
        return Within(*bounds)


class Report(BaseModel, Generic[T]):
    """All rows of a report."""

    data: list[T]
    next: None = None


class SalesDay(View):
    """What was sold on one day in one currency, in minor units, as the books have it. A day without anything is left out."""

    day: date
    currency: str
    orders: int = Field(description="Placed on that day, whatever became of them.")
    sales: int = Field(description="Goods, without tax, before discounts.")
    discounts: int
    shipping: int = Field(description="Without tax.")
    tax: int
    total: int = Field(description="What customers owed for all of that.")
    credited: int = Field(description="What they no longer owed from that day on: cancellations and refunds.")
    captured: int = Field(description="Money that was taken.")
    refunded: int = Field(description="Money that was given back.")


class ProductSales(View):
    """What was sold of one product in one currency: in orders placed in the period and not cancelled."""

    product_id: UUID
    title: str
    currency: str
    orders: int
    units: int
    total: int = Field(description="At the prices of the orders, before discounts, in minor units.")


class CustomersDay(View):
    """Who came on one day. A day without anybody is left out."""

    day: date
    registered: int = Field(description="New accounts.")
    buyers: int = Field(description="Different e-mail addresses with an order placed on that day.")
    guests: int = Field(description="Those of them whose order belongs to no account.")


class StockLine(View):
    """The stock of one variant at this moment."""

    variant_id: UUID
    product_id: UUID
    title: str
    sku: str
    on_hand: int
    reserved: int
    available: int
