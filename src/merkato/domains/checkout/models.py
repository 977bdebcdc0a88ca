"""Checkouts, their lines and their states."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from merkato.kit.fields import State, Word
from merkato.kit.machines import step
from merkato.kit.money import Currency
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated


class CheckoutStatus(StrEnum):
    """Where a checkout stands; the words are the Universal Commerce Protocol's."""

    INCOMPLETE = "incomplete"
    READY_FOR_COMPLETE = "ready_for_complete"
    COMPLETE_IN_PROGRESS = "complete_in_progress"
    REQUIRES_ESCALATION = "requires_escalation"
    COMPLETED = "completed"
    CANCELED = "canceled"


INITIAL: Final = CheckoutStatus.INCOMPLETE
_OPEN = {CheckoutStatus.INCOMPLETE, CheckoutStatus.READY_FOR_COMPLETE}
_AFTER_PAYING = frozenset({*_OPEN, CheckoutStatus.COMPLETED})
TRANSITIONS: Final[dict[CheckoutStatus, frozenset[CheckoutStatus]]] = {
    CheckoutStatus.INCOMPLETE: frozenset({CheckoutStatus.READY_FOR_COMPLETE, CheckoutStatus.CANCELED}),
    CheckoutStatus.READY_FOR_COMPLETE: frozenset(
        {
            CheckoutStatus.INCOMPLETE,
            CheckoutStatus.COMPLETE_IN_PROGRESS,
            CheckoutStatus.COMPLETED,
            CheckoutStatus.CANCELED,
        }
    ),
    CheckoutStatus.COMPLETE_IN_PROGRESS: _AFTER_PAYING | {CheckoutStatus.REQUIRES_ESCALATION},
    CheckoutStatus.REQUIRES_ESCALATION: _AFTER_PAYING | {CheckoutStatus.COMPLETE_IN_PROGRESS},
    CheckoutStatus.COMPLETED: frozenset(),
    CheckoutStatus.CANCELED: frozenset(),
}
OPEN: Final = frozenset(_OPEN)
PAYING: Final = frozenset({CheckoutStatus.COMPLETE_IN_PROGRESS, CheckoutStatus.REQUIRES_ESCALATION})


class Checkout(Row):
    """One buyer's way to one order. It promises nothing until it is completed."""

    __tablename__ = "checkouts"
    privacy: ClassVar[Privacy] = says(
        personal="email shipping_address billing_address codes payment_message next_action",
        books="shipping_option_id bought",
        sealed="token_hash",
    )

    id: Mapped[Key]
    status: Mapped[State] = mapped_column(default=INITIAL.value)
    account_id: Mapped[UUID | None] = mapped_column(index=True)
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    cart_id: Mapped[UUID | None]
    currency: Mapped[Currency]
    email: Mapped[str | None] = mapped_column(String(254))
    shipping_address: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    billing_address: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    shipping_option_id: Mapped[Word | None]
    codes: Mapped[list[str]]
    payment_message: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Why the last payment did not work."""
    bought: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What is being paid for, frozen when completing began: offers, quantities, tax rule, shipping."""
    next_action: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    attempt_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    order_number: Mapped[int | None] = mapped_column(BigInteger)
    held_until: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    """Until then the request that is completing it is left alone by the sweep."""
    expires_at: Mapped[datetime]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    lines: Mapped[list["CheckoutLine"]] = relationship(
        lazy="raise", order_by="CheckoutLine.position", cascade="all, delete-orphan"
    )

    __table_args__ = (
        Index(
            "uq_checkouts_open_of_cart",
            "cart_id",
            unique=True,
            postgresql_where=text("status NOT IN ('completed', 'canceled')"),
        ),
        Index("ix_checkouts_paying", "leased_until", postgresql_where=text("bought IS NOT NULL AND order_id IS NULL")),
        Index(
            "ix_checkouts_open", "expires_at", postgresql_where=text("status IN ('incomplete', 'ready_for_complete')")
        ),
    )

    def become(self, status: CheckoutStatus) -> None:
        """Staying is no change. Raises ValueError for a step that is not in the machine."""
        if status.value != self.status:
            self.status = step(TRANSITIONS, self.status, status)


class CheckoutLine(Row):
    """So many of one variant; `shown_minor` is the price that the buyer last saw in the cart."""

    __tablename__ = "checkouts_lines"

    id: Mapped[Key]
    checkout_id: Mapped[UUID] = mapped_column(ForeignKey("checkouts.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    variant_id: Mapped[UUID]
    quantity: Mapped[int] = mapped_column(Integer)
    shown_minor: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("quantity BETWEEN 1 AND 10000", name="quantity_within"),)
