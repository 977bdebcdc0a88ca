"""What may be said about a cart and a wishlist."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from merkato.kit.fields import Quantity, Said, View
from merkato.kit.money import Currency, Money


class LineDraft(Said):
    """Something to put into the cart."""

    variant_id: UUID
    quantity: Quantity = 1
    currency: Currency | None = Field(None, description="Of a new cart; the store's own when left out.")


class LineChange(Said):
    """Another quantity."""

    quantity: Quantity


class Merge(Said):
    """The token of a guest's cart."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CartProductView(View):
    """The product of a line."""

    id: UUID
    slug: str
    title: str
    image: str | None
    availability: Literal["in_stock", "out_of_stock"]


class LineView(View):
    """A line at its present price, in the currency of its cart or checkout."""

    id: UUID
    variant_id: UUID
    product: CartProductView
    sku: str
    options: dict[str, str]
    quantity: int
    unit_price: int
    total: int


class CartLineView(LineView):
    """A line of the cart."""

    added_at: datetime


class CartTotalView(View):
    """One part of the total, or the total."""

    type: Literal["subtotal", "discount", "fulfillment", "tax", "total"]
    amount: int


class CartView(View):
    """A cart. The total is before shipping, and before tax where prices do not include it; the checkout has all of it."""

    id: UUID | None = Field(description="Null while nothing has been put in.")
    token: str | None = Field(None, description="Of a guest's new cart: shown once, sent as `Cart-Token` from then on.")
    currency: str
    lines: list[CartLineView]
    totals: list[CartTotalView]


class WishedProductView(CartProductView):
    """A product that is wished for, at its present price."""

    price_from: Money | None


class WishView(View):
    """One product of a wishlist."""

    product: WishedProductView
    added_at: datetime


class WishMove(Said):
    """Which variant of the product is put into the cart."""

    variant_id: UUID
