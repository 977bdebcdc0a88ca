"""Orders, their lines and history. The status is computed by the database from what has happened, and never set."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from merkato.kit.fields import Name, State, Text_, Word
from merkato.kit.money import Currency
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated


class OrderStatus(StrEnum):
    """Where an order stands, for people."""

    CREATED = "created"
    PAID = "paid"
    IN_PROGRESS = "in_progress"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


INITIAL: Final = OrderStatus.CREATED
TRANSITIONS: Final[dict[OrderStatus, frozenset[OrderStatus]]] = {
    OrderStatus.CREATED: frozenset({OrderStatus.PAID, OrderStatus.CANCELLED}),
    OrderStatus.PAID: frozenset(
        {OrderStatus.IN_PROGRESS, OrderStatus.DISPATCHED, OrderStatus.DELIVERED, OrderStatus.CANCELLED}
    ),
    OrderStatus.IN_PROGRESS: frozenset(
        {OrderStatus.PAID, OrderStatus.DISPATCHED, OrderStatus.DELIVERED, OrderStatus.CANCELLED}
    ),
    OrderStatus.DISPATCHED: frozenset({OrderStatus.DELIVERED}),
    OrderStatus.DELIVERED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}

OPEN: Final = (OrderStatus.CREATED, OrderStatus.PAID, OrderStatus.IN_PROGRESS)
"""Something is still to be done before such an order is on its way."""


class PaymentStatus(StrEnum):
    """Where an order's money stands."""

    UNPAID = "unpaid"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"


class FulfilmentStatus(StrEnum):
    """Where an order's goods stand."""

    UNFULFILLED = "unfulfilled"
    IN_PROGRESS = "in_progress"
    PARTIAL = "partial"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    RETURNED = "returned"


_STATUS: Final = """
CASE
    WHEN cancelled_at IS NOT NULL THEN 'cancelled'
    WHEN fulfilment_status IN ('delivered', 'returned') THEN 'delivered'
    WHEN fulfilment_status = 'dispatched' THEN 'dispatched'
    WHEN fulfilment_status IN ('in_progress', 'partial') THEN 'in_progress'
    WHEN payment_status IN ('unpaid', 'pending', 'voided') THEN 'created'
    ELSE 'paid'
END
"""


class Order(Row):
    """A sale. Prices, products and addresses are copies: whatever happens to the catalogue, the order stays as it was bought."""

    __tablename__ = "orders"
    privacy: ClassVar[Privacy] = says(
        personal="email email_key shipping_address billing_address",
        books="totals taxes shipping_option",
        nothing="status",
        sealed="guest_token",
    )

    id: Mapped[Key]
    number: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    account_id: Mapped[UUID | None]
    checkout_id: Mapped[UUID | None] = mapped_column(unique=True)
    guest_token: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    """The hash of the checkout's token, which opens the order too."""
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[Text_]
    """As identity compares addresses: by it a guest's orders are found when somebody proves that the address is theirs."""
    currency: Mapped[Currency]
    payment_status: Mapped[State]
    fulfilment_status: Mapped[State] = mapped_column(default=FulfilmentStatus.UNFULFILLED.value)
    status: Mapped[str] = mapped_column(String(32), Computed(_STATUS, persisted=True))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    totals: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    shipping_address: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    billing_address: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    shipping_option: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    pay_by: Mapped[datetime | None]
    """Of an order to be paid later: until then its stock is held."""
    sweep_at: Mapped[datetime | None]
    """When the sweep looks at it next: after `pay_by`, or sooner while a payment is under way. Null when nothing is waited for."""
    placed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, default=1, onupdate=literal_column("version") + 1)
    """Grows with each change, so that a receiver of webhooks can drop what is older than what it has."""
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy declares its type.

    lines: Mapped[list["OrderLine"]] = relationship(lazy="raise", order_by="OrderLine.position")

    __table_args__ = (
        CheckConstraint("total_minor >= 0", name="total_not_negative"),
        Index(None, "account_id", "created_at", "id"),
        Index(None, "created_at", "id"),
        Index(None, "placed_at"),
        Index("ix_orders_guests", "email_key", postgresql_where=text("account_id IS NULL")),
        Index("ix_orders_open", "status", postgresql_where=text("status IN ('created', 'paid', 'in_progress')")),
        Index("ix_orders_swept", "sweep_at", postgresql_where=text("sweep_at IS NOT NULL")),
    )

    @property
    def prices_include_tax(self) -> bool:
        """Whether the tax is in the lines' prices, or was added to them."""
        return all(tax["included"] for tax in self.taxes)

    @property
    def open(self) -> bool:
        """Whether it is still to be paid: neither placed nor cancelled."""
        return self.placed_at is None and self.cancelled_at is None

    def overdue(self, moment: datetime) -> bool:
        """Whether it should have been paid before this moment."""
        return self.open and self.pay_by is not None and self.pay_by <= moment

    @property
    def anonymised(self) -> bool:
        """Whether its buyer was erased: there is nobody left to write to."""
        return not self.email

    @property
    def payables(self) -> list[UUID]:
        """Under which ids this order's payments are kept."""
        return [self.id, *([self.checkout_id] if self.checkout_id else [])]


class OrderLine(Row):
    """One position of an order, in the order's currency."""

    __tablename__ = "orders_lines"
    privacy: ClassVar[Privacy] = says(books="product sku title options")

    id: Mapped[Key]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    variant_id: Mapped[UUID]
    product: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sku: Mapped[Word]
    title: Mapped[Name]
    options: Mapped[dict[str, str]] = mapped_column(JSONB)
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(Integer)
    quantity_cancelled: Mapped[int] = mapped_column(Integer, default=0)
    quantity_fulfilled: Mapped[int] = mapped_column(Integer, default=0)
    quantity_returned: Mapped[int] = mapped_column(Integer, default=0)
    quantity_refunded: Mapped[int] = mapped_column(Integer, default=0)
    discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("quantity_cancelled + quantity_fulfilled <= quantity", name="quantity_within"),
        CheckConstraint("quantity_returned <= quantity_fulfilled", name="returned_within_fulfilled"),
        CheckConstraint("quantity_refunded BETWEEN 0 AND quantity", name="refunded_within"),
    )

    @property
    def total_minor(self) -> int:
        return self.unit_price_minor * self.quantity

    @property
    def fulfilment(self) -> str:
        """How the product reached its buyer when it was bought: shipping, kitchen, digital or none."""
        way: str = self.product.get("fulfilment", "shipping")
        return way


class OrderEvent(Row):
    """One thing that happened to an order: when, by whom, and in which request."""

    __tablename__ = "orders_events"
    privacy: ClassVar[Privacy] = says(personal="details", nothing="name request_id")

    id: Mapped[Key]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    name: Mapped[Word]
    account_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(String(128))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[Created]

    __table_args__ = (Index(None, "order_id", "id"),)


class OrderCounter(Row):
    """The last order number. Its one row is locked by the last statement of placing an order, so that numbers have no gaps."""

    __tablename__ = "orders_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)
