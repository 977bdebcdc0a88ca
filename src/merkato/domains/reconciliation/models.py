"""What was found not to fit together, and what each kind of it means."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import Note, State
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row

QUIET: Final = timedelta(minutes=15)
"""What has changed since is left to whoever is at work on it."""
LONG: Final = timedelta(hours=1)
"""After this, what the sweep asks for again and again counts as stuck."""
WINDOW: Final = timedelta(days=7)
"""How far back is looked for what is not known yet. What is open is looked at until it is gone."""
FOUND_MAX: Final = 500
"""How many of one kind are looked at in one run."""


class FindingKind(StrEnum):
    """What does not fit together."""

    MONEY_WITHOUT_ORDER = "money-without-order"
    PAID_NOT_PLACED = "paid-not-placed"
    ORDER_WITHOUT_MONEY = "order-without-money"
    PAID_TOO_MUCH = "paid-too-much"
    REFUND_FAILED = "refund-failed"
    REVERSAL_STUCK = "reversal-stuck"
    CAPTURE_STUCK = "capture-stuck"
    PAYMENT_STUCK = "payment-stuck"
    KITCHEN_CANCELLED = "kitchen-cancelled"
    KITCHEN_DUPLICATE = "kitchen-duplicate"
    KITCHEN_STUCK = "kitchen-stuck"
    BOOKS_BROKEN = "books-broken"


MEANINGS: Final[dict[FindingKind, str]] = {
    FindingKind.MONEY_WITHOUT_ORDER: "A payment is reserved or taken, and there is no order or work for it, or a cancelled one. "
    "It is given back by itself.",
    FindingKind.PAID_NOT_PLACED: "An order to be paid later was paid, and was not placed.",
    FindingKind.ORDER_WITHOUT_MONEY: "An order was placed, and no payment for it is reserved, taken or under way.",
    FindingKind.PAID_TOO_MUCH: "More was taken for an order than its total, and is not being given back.",
    FindingKind.REFUND_FAILED: "The provider refused to give money back. Pay it back in another way, or try another refund.",
    FindingKind.REVERSAL_STUCK: "Money was to be given back an hour ago or earlier, and the provider has not said that it is.",
    FindingKind.CAPTURE_STUCK: "Reserved money of an order or job could not be taken for an hour. Reservations run out.",
    FindingKind.PAYMENT_STUCK: "A payment was begun, and the provider has still not said what became of it.",
    FindingKind.KITCHEN_CANCELLED: "The kitchen will not make what was ordered, and the order stands.",
    FindingKind.KITCHEN_DUPLICATE: "An answer of the kitchen was lost, and it may hold the same ticket twice.",
    FindingKind.KITCHEN_STUCK: "The kitchen could not be told of a ticket, or of its end, for an hour.",
    FindingKind.BOOKS_BROKEN: "The books do not agree with orders, payments, stock or work for hire. `merkato ledger check` says more.",
}


class Finding(Row):
    """One thing that does not fit together. It is open until it is gone, or until somebody resolves it."""

    __tablename__ = "reconciliation_findings"
    privacy: ClassVar[Privacy] = says(personal="note", nothing="details")

    id: Mapped[Key]
    kind: Mapped[State]
    subject_id: Mapped[UUID]
    """The payment, refund, order or kitchen ticket that it is about."""
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Ids and figures."""
    found_at: Mapped[Created]
    last_seen_at: Mapped[Created]
    healed_at: Mapped[datetime | None]
    """When it was set right by itself, as far as that is up to us."""
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    """Whose account; None when it was gone by itself."""
    note: Mapped[Note | None]

    __table_args__ = (
        Index(
            "uq_reconciliation_findings_open",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_reconciliation_findings_subject", "subject_id", "kind"),
    )

    @property
    def meaning(self) -> str:
        return MEANINGS[FindingKind(self.kind)]
