"""What may be said about orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, Strict, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from merkato.domains.addresses.schemas import PostalAddressView
from merkato.domains.catalog.models import Fulfilment
from merkato.domains.orders.models import FulfilmentStatus, OrderStatus, PaymentStatus
from merkato.domains.payments.schemas import PaymentDraft
from merkato.domains.pricing.models import Offer
from merkato.domains.pricing.totals import Totals
from merkato.kit.fields import Note, Quantity, Said, View, Word, unsent
from merkato.kit.money import SUM_MAX


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """A line that was bought: what was offered, and how many of it."""

    offer: Offer
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """Everything that an order copies when it is placed."""

    email: str
    account_id: UUID | None
    guest_token: bytes | None
    checkout_id: UUID | None
    currency: str
    lines: Sequence[OrderedLine]
    totals: Totals
    shipping_address: dict[str, Any] | None
    billing_address: dict[str, Any] | None
    shipping_option: dict[str, Any] | None
    payment_status: PaymentStatus


class WantedLine(Said):
    """So many of one variant, named by its id or its SKU."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["variant_id"]}, {"required": ["sku"]}]})

    variant_id: UUID = unsent()
    sku: Word = unsent()
    quantity: Quantity = 1

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        named = self.model_fields_set & {"variant_id", "sku"}
        if len(named) != 1:
            fault = PydanticCustomError("one-of", "name either the variant_id or the sku")
            place = InitErrorDetails(type=fault, loc=("sku" if named else "variant_id",), input=None)
            raise ValidationError.from_exception_data("WantedLine", [place], hide_input=True)
        return self


class WantedLines(Said):
    """What is ordered now and paid for later, at the store's own prices."""

    lines: list[WantedLine] = Field(
        min_length=1,
        max_length=100,
        description="Lines of the same variant become one, and add up.",
        examples=[[{"sku": "MUG", "quantity": 2}]],
    )


class OrderPayment(Said):
    """How an order is paid."""

    payment: PaymentDraft | None = Field(None, description="Needed unless the total is zero.")


class TotalView(View):
    """One part of the total, or the total."""

    type: Literal["subtotal", "items_discount", "discount", "fulfillment", "tax", "fee", "total"]
    amount: int


class TaxView(View):
    """One tax: `base` is net; `included` says whether the prices hold it."""

    name: str
    rate: str = Field(examples=["0.19"])
    base: int
    amount: int
    included: bool


class ShippingOptionView(View):
    """A way of shipping, and what it costs."""

    id: str
    title: str
    amount: int


class LineProductView(View):
    """The product as it was when it was bought."""

    id: UUID
    slug: str
    title: str
    image: str | None
    fulfilment: Fulfilment = Field(Fulfilment.SHIPPING, description="How it reached its buyer when it was bought.")


class OrderLineView(View):
    """One position of an order."""

    id: UUID
    product: LineProductView
    variant_id: UUID
    sku: str
    title: str
    options: dict[str, str]
    unit_price: Annotated[int, Field(validation_alias="unit_price_minor")]
    quantity: int
    quantity_cancelled: int
    quantity_fulfilled: int
    quantity_returned: int
    quantity_refunded: int
    total: Annotated[int, Field(validation_alias="total_minor")]


class OrderView(View):
    """An order, as its owner and staff see it."""

    id: UUID
    number: int
    checkout_id: UUID | None
    email: str
    status: OrderStatus
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    currency: str
    lines: list[OrderLineView]
    totals: list[TotalView]
    taxes: list[TaxView]
    shipping_address: PostalAddressView | None
    billing_address: PostalAddressView | None
    shipping_option: ShippingOptionView | None
    pay_by: datetime | None
    placed_at: datetime | None
    cancelled_at: datetime | None
    version: int = Field(description="Grows with each change.")
    created_at: datetime
    updated_at: datetime


class PayingOrderView(OrderView):
    """An order whose payment is still open."""

    next_action: dict[str, Any] | None = Field(None, description="What the buyer must do to go on with the payment.")
    continue_url: str | None = Field(None, description="Where the buyer goes on with the payment.")


class OrderEventView(View):
    """One thing that happened to an order."""

    id: UUID
    name: str = Field(examples=["order.placed"])
    account_id: UUID | None = Field(description="Who did it; null for a guest or the server itself.")
    request_id: str | None
    details: dict[str, Any]
    at: datetime


class LineQuantity(Said):
    """So many pieces of a line of the order."""

    line_id: UUID
    quantity: Quantity


class RefundDraft(Said):
    """Money to be given back: what was paid for some pieces, or an amount."""

    model_config = ConfigDict(json_schema_extra={"example": {"amount": 500, "reason": "arrived late"}})

    lines: list[LineQuantity] | None = Field(
        None, min_length=1, max_length=200, description="What was paid for these, after discounts and with tax."
    )
    amount: Annotated[int, Strict(), Field(ge=1, le=SUM_MAX)] | None = Field(
        None, description="In the order's currency; shipping can be given back in this way."
    )
    reason: Note = Field("", description="For the customer and the books.")
    restock: bool = Field(
        default=False,
        strict=True,
        description="With `lines`: whether the pieces can be sold again. What has not been dispatched will not be.",
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.lines is None) == (self.amount is None):
            raise ValueError("say either lines or amount")
        if self.restock and self.lines is None:
            raise ValueError("restock needs lines")
        return self


class CaptureDraft(Said):
    """How much of the reserved money to take."""

    amount: Annotated[int, Strict(), Field(ge=1, le=SUM_MAX, examples=[1490])] | None = Field(
        None, description="In the order's currency, all of it when left out. The rest is let go."
    )


class OrderFilters(BaseModel):
    """Which orders to list."""

    status: list[OrderStatus] = Field(default_factory=list, description="Any of these.")
    cancelled: bool | None = Field(None, description="Only cancelled ones, or only others; both when left out.")
    created_after: AwareDatetime | None = None
    created_before: AwareDatetime | None = None
    customer: UUID | Literal["all"] | None = Field(
        None, description="`all` or an account's id, with the scope `orders:read`."
    )
