"""What an acceptance has agreed on, as money: held once it is paid, then divided; what workers have earned, and were paid out."""

from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import Name, State
from merkato.kit.machines import step
from merkato.kit.money import Currency, rounded
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated


class AgreementState(StrEnum):
    """Where the money of an agreement stands."""

    UNPAID = "unpaid"
    PENDING = "pending"
    PAID = "paid"
    RELEASED = "released"
    CANCELLED = "cancelled"
    OUTSIDE = "outside"
    """No money goes through the shop: the work is free, or people pay each other themselves."""


AGREEMENT_TRANSITIONS: Final[dict[AgreementState, frozenset[AgreementState]]] = {
    AgreementState.UNPAID: frozenset({AgreementState.PENDING, AgreementState.CANCELLED, AgreementState.OUTSIDE}),
    # Back to unpaid when the payment was declined.
    AgreementState.PENDING: frozenset({AgreementState.UNPAID, AgreementState.PAID, AgreementState.CANCELLED}),
    AgreementState.PAID: frozenset({AgreementState.RELEASED, AgreementState.CANCELLED}),
    AgreementState.OUTSIDE: frozenset({AgreementState.CANCELLED}),
    AgreementState.RELEASED: frozenset(),
    AgreementState.CANCELLED: frozenset(),
}


class Agreement(Row):
    """The terms of an acceptance, frozen with it: who owes whom how much, what the shop keeps, and until when what is to be done.

    It is changed by whoever has locked its job. Its payments are kept under its id.
    """

    __tablename__ = "hiring_agreements"
    privacy: ClassVar[Privacy] = says(books="currency")

    id: Mapped[UUID] = mapped_column(ForeignKey("hiring_offers.id", ondelete="RESTRICT"), primary_key=True)
    """The accepted offer's: an offer is accepted once."""
    job_id: Mapped[UUID] = mapped_column(ForeignKey("hiring_jobs.id", ondelete="RESTRICT"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="RESTRICT"))
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="RESTRICT"))
    state: Mapped[State] = mapped_column(default=AgreementState.UNPAID.value)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    fee_minor: Mapped[int] = mapped_column(BigInteger)
    """What of the amount the shop keeps when the work is done."""
    late_minor: Mapped[int] = mapped_column(BigInteger)
    """What of the amount is not given back to an owner who cancels after `cancel_by`."""
    earned_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    """What the worker got in the end, less the fee."""
    returned_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    """What of the paid amount was to be given back in the end."""
    currency: Mapped[Currency]
    starts_at: Mapped[datetime | None]
    """When the first of the wished days begins that was still to come."""
    pay_by: Mapped[datetime | None]
    cancel_by: Mapped[datetime | None]
    release_at: Mapped[datetime | None]
    """When paid money goes to the worker by itself."""
    sweep_at: Mapped[datetime | None]
    """When the sweep looks at it next. Null when nothing is waited for."""
    paid_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (
        CheckConstraint("fee_minor BETWEEN 0 AND amount_minor", name="fee_within"),
        CheckConstraint("late_minor BETWEEN 0 AND amount_minor", name="late_within"),
        CheckConstraint("earned_minor >= 0 AND returned_minor >= 0", name="parts_not_negative"),
        CheckConstraint("earned_minor + returned_minor <= amount_minor", name="parts_within"),
        Index(None, "job_id", "created_at"),
        Index("ix_hiring_agreements_earned", "worker_id", "ended_at", "id", postgresql_where=text("earned_minor > 0")),
        Index("ix_hiring_agreements_swept", "sweep_at", postgresql_where=text("sweep_at IS NOT NULL")),
    )

    def overdue(self, moment: datetime) -> bool:
        """Whether it should have been paid before this moment."""
        waiting = self.state in {AgreementState.UNPAID, AgreementState.PENDING}
        return waiting and self.pay_by is not None and self.pay_by <= moment

    def due(self, moment: datetime) -> bool:
        """Whether its money should have gone to the worker before this moment."""
        return self.state == AgreementState.PAID and self.release_at is not None and self.release_at <= moment

    def late(self, moment: datetime) -> bool:
        """Whether an owner who cancels now is not given everything back."""
        return self.cancel_by is not None and self.cancel_by <= moment

    def fee_of(self, part: int) -> int:
        """What the shop keeps of a part of the amount: the whole fee of the whole."""
        return rounded(Fraction(self.fee_minor * part, self.amount_minor)) if part else 0

    def become(self, state: AgreementState) -> None:
        """Raises ValueError for a step that is not in the machine."""
        self.state = step(AGREEMENT_TRANSITIONS, self.state, state)


class Balance(Row):
    """What a worker has earned in one currency, and what of it was paid out. It is raised behind everything else of a transaction."""

    __tablename__ = "hiring_balances"
    privacy: ClassVar[Privacy] = says(books="currency")

    worker_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="RESTRICT"), primary_key=True)
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    earned_minor: Mapped[int] = mapped_column(BigInteger)
    paid_out_minor: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("paid_out_minor BETWEEN 0 AND earned_minor", name="paid_out_within"),)


class Payout(Row):
    """Money that staff have sent to a worker, by a bank or in another way that is none of ours. A row is never changed."""

    __tablename__ = "hiring_payouts"
    privacy: ClassVar[Privacy] = says(books="currency reference")

    id: Mapped[Key]
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="RESTRICT"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    reference: Mapped[Name | None]
    """What the bank calls it."""
    noted_by: Mapped[UUID | None]
    created_at: Mapped[Created]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index(None, "worker_id", "id"),
    )
