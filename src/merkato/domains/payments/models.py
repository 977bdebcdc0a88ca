"""Payment attempts and what was given back of them, with their states as data."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import Name, Note, State, Word
from merkato.kit.money import Currency
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated


class AttemptState(StrEnum):
    """Where an attempt to get money stands."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELED = "canceled"
    VOIDED = "voided"


INITIAL: Final = AttemptState.PENDING
TRANSITIONS: Final[dict[AttemptState, frozenset[AttemptState]]] = {
    AttemptState.PENDING: frozenset({AttemptState.AUTHORIZED, AttemptState.DECLINED, AttemptState.CANCELED}),
    AttemptState.AUTHORIZED: frozenset({AttemptState.CAPTURED, AttemptState.VOIDED}),
    AttemptState.CAPTURED: frozenset(),
    AttemptState.DECLINED: frozenset(),
    AttemptState.CANCELED: frozenset(),
    AttemptState.VOIDED: frozenset(),
}
"""What is given back after a capture is no state of the attempt: refunds are rows of their own and can be partial."""


OPEN: Final = frozenset({AttemptState.PENDING, AttemptState.AUTHORIZED})
"""Something is still to become of such an attempt."""


class ReversalState(StrEnum):
    """Where a void or refund stands."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Status(StrEnum):
    """What became of a charge at the provider."""

    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    PENDING = "pending"
    DECLINED = "declined"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that a provider is asked about. `amount` is in minor units; `key` is the attempt's id."""

    key: UUID
    token: str
    amount: int
    currency: str
    began_at: datetime
    reference: str | None = None
    """The provider's own id of it, once it has told."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A provider's answer about a charge."""

    status: Status
    reference: str | None = None
    next_action: dict[str, Any] | None = None
    """What the buyer must do when the charge is pending, such as `{"type": "redirect", "url": ...}`."""
    code: str | None = None
    message: str | None = None
    captured: int = 0
    fee: int | None = None
    """What the provider keeps of the captured money, in the charge's currency and minor units; None if it does not say."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """A provider's answer about a refund. While it is pending, it is asked again."""

    state: ReversalState
    reference: str | None = None
    reason: str | None = None
    """Why it failed, for staff."""


class Attempt(Row):
    """One attempt to get one amount. Its id is the key under which the provider knows it, so that asking again charges nothing."""

    __tablename__ = "payments_attempts"
    privacy: ClassVar[Privacy] = says(
        personal="next_action message", books="reference", nothing="provider decline_code", sealed="token"
    )

    id: Mapped[Key]
    payable_id: Mapped[UUID]
    """The checkout, order or agreement on work that is paid for."""
    provider: Mapped[Word]
    token: Mapped[Name]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    state: Mapped[State] = mapped_column(default=INITIAL.value)
    reference: Mapped[Name | None]
    """The provider's own id of it."""
    next_action: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    decline_code: Mapped[Word | None]
    message: Mapped[Note | None]
    captured_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    capturing_minor: Mapped[int | None] = mapped_column(BigInteger)
    """How much staff have decided to take. None while nobody has: then all of it is meant."""
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("captured_minor BETWEEN 0 AND amount_minor", name="captured_within_amount"),
        Index(None, "payable_id", "id"),
        Index(
            "uq_payments_attempts_open",
            "payable_id",
            unique=True,
            postgresql_where=text("state IN ('pending', 'authorized')"),
        ),
        Index("ix_payments_attempts_authorized", "updated_at", postgresql_where=text("state = 'authorized'")),
    )


class Reversal(Row):
    """Money to be given back: the void of an authorisation, or a refund of what was captured."""

    __tablename__ = "payments_reversals"
    privacy: ClassVar[Privacy] = says(personal="reason failure", books="reference")

    id: Mapped[Key]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payments_attempts.id"), index=True)
    kind: Mapped[State]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[State] = mapped_column(default=ReversalState.PENDING.value)
    reason: Mapped[Note]
    reference: Mapped[Name | None]
    failure: Mapped[Note | None]
    """Why the provider did not give it back: then staff must."""
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index("uq_payments_reversals_void", "attempt_id", unique=True, postgresql_where=text("kind = 'void'")),
        Index("ix_payments_reversals_pending", "updated_at", postgresql_where=text("state = 'pending'")),
    )


class PaymentEvent(Row):
    """An event that a provider has sent to us, so that a repeat of it is known. What it says of a payment is not kept: the provider is asked."""

    __tablename__ = "payments_events"
    privacy: ClassVar[Privacy] = says(nothing="provider event_id kind")

    provider: Mapped[Word] = mapped_column(primary_key=True)
    event_id: Mapped[Name] = mapped_column(primary_key=True)
    kind: Mapped[Name]
    received_at: Mapped[Created]

    __table_args__ = (Index(None, "received_at"),)


class SimulatedCharge(Row):
    """What the simulated provider remembers. It is no part of our books: it stands for another company's memory."""

    __tablename__ = "payments_simulated_charges"
    privacy: ClassVar[Privacy] = says(nothing="token")

    key: Mapped[UUID] = mapped_column(primary_key=True)
    token: Mapped[Word]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    status: Mapped[State]
    settles_at: Mapped[datetime | None]
    captured_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[Created]


class SimulatedRefund(Row):
    """A refund that the simulated provider has made, by its key."""

    __tablename__ = "payments_simulated_refunds"

    key: Mapped[UUID] = mapped_column(primary_key=True)
    charge_key: Mapped[UUID] = mapped_column(index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[Created]
