"""What may be said about a checkout. Shape and words are those of the Universal Commerce Protocol."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from merkato.domains.addresses.schemas import PostalAddress, PostalAddressView
from merkato.domains.cart.schemas import LineView
from merkato.domains.checkout.models import CheckoutStatus
from merkato.domains.identity.schemas import Email
from merkato.domains.orders.schemas import ShippingOptionView, TaxView, TotalView
from merkato.domains.payments.schemas import PaymentDraft
from merkato.kit.fields import Quantity, Said, View, Word
from merkato.kit.money import Currency


class BuyLine(Said):
    """Something to buy now."""

    variant_id: UUID
    quantity: Quantity = 1


class CheckoutChange(Said):
    """What is known of the buyer and the way of shipping."""

    lines: list[BuyLine] | None = Field(None, min_length=1, max_length=100, description="Instead of what is there.")
    email: Email | None = None
    shipping_address: PostalAddress | None = None
    shipping_address_id: UUID | None = Field(None, description="One of the buyer's own addresses.")
    billing_address: PostalAddress | None = Field(None, description="The shipping address when left out.")
    billing_address_id: UUID | None = None
    shipping_option_id: Word | None = None
    codes: list[Word] | None = Field(None, max_length=10, description="Discount codes.")


class CheckoutDraft(CheckoutChange):
    """A checkout of the cart, or of `lines` to buy now."""

    currency: Currency | None = Field(None, description="For `lines`; the store's own when left out.")


class Completion(Said):
    """The buyer's word: pay so much, in this way."""

    payment: PaymentDraft | None = Field(None, description="Needed unless the total is zero.")
    expected_total: int = Field(
        strict=True, ge=0, description="The total that the buyer has agreed to.", examples=[3089]
    )


class CheckoutMessageView(View):
    """What stands between the checkout and an order, or is good to know."""

    type: Literal["error", "warning", "info"]
    code: str = Field(examples=["missing"])
    path: str | None = Field(None, examples=["$.email"])
    content: str
    severity: Literal["recoverable", "requires_buyer_input"] | None = None


class CheckoutOrderView(View):
    """The order that it became."""

    id: UUID
    number: int


class CheckoutView(View):
    """A checkout: what is bought, what it comes to, and what is still missing."""

    id: UUID
    token: str | None = Field(None, description="For a guest, shown once: sent as `Checkout-Token` from then on.")
    status: CheckoutStatus
    currency: str
    email: str | None
    lines: list[LineView]
    totals: list[TotalView]
    taxes: list[TaxView]
    shipping_options: list[ShippingOptionView]
    shipping_option_id: str | None
    shipping_address: PostalAddressView | None
    billing_address: PostalAddressView | None
    codes: list[str]
    messages: list[CheckoutMessageView]
    links: list[dict[str, str]]
    next_action: dict[str, Any] | None = Field(None, description="What the buyer must do to go on with the payment.")
    continue_url: str | None = Field(None, description="Where the buyer goes on with the payment.")
    order: CheckoutOrderView | None
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
