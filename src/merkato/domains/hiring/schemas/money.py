"""What may be said about the money of work for hire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    BaseModel,
    Field,
    computed_field,
    field_validator,
)

from merkato.domains.hiring.schemas.jobs import JobNamed, JobView
from merkato.domains.payments.schemas import PaymentDraft
from merkato.kit.fields import Name, Said, View
from merkato.kit.money import Money
from merkato.kit.paging import Page


class PayingJobView(JobView):
    """A job whose payment is still open."""

    next_action: dict[str, Any] | None = Field(None, description="What the owner must do to go on with the payment.")
    continue_url: str | None = Field(None, description="Where the owner goes on with the payment.")


class JobPayment(Said):
    """How a job is paid."""

    payment: PaymentDraft


class BalanceView(View):
    """What a worker has earned in one currency, in minor units."""

    currency: str
    earned: Annotated[int, Field(validation_alias="earned_minor")]
    paid_out: Annotated[int, Field(validation_alias="paid_out_minor")]

    @computed_field(description="What is still to be paid out.")  # type: ignore[prop-decorator]  # As Pydantic has it.
    @property
    def balance(self) -> int:
        return self.earned - self.paid_out


class EarningView(View):
    """What a worker has earned by one job, in minor units of the currency."""

    job: JobNamed
    offer_id: UUID
    amount: int
    fee: int = Field(description="What the shop has kept of it.")
    currency: str
    earned_at: datetime


class EarningsView(Page[EarningView]):
    """What a worker has earned: the balance of each currency, and by which jobs, newest first."""

    balances: list[BalanceView]


class PayoutDraft(Said):
    """Money that was sent to a worker."""

    account_id: UUID
    amount: Money
    reference: Name | None = Field(None, description="What the bank calls it.", examples=["SEPA 2026-11-0042"])

    @field_validator("amount")
    @classmethod
    def _something(cls, value: Money) -> Money:
        if not value.amount:
            raise ValueError("must be more than nothing")
        return value


class PayoutsWanted(BaseModel):
    """Which payouts to list."""

    account: UUID | None = Field(None, description="Only those to this account.")


class PayoutView(View):
    """Money that was sent to a worker."""

    id: UUID
    account_id: Annotated[UUID, Field(validation_alias="worker_id")]
    amount: Annotated[int, Field(validation_alias="amount_minor", description="In minor units of the currency.")]
    currency: str
    reference: str | None
    created_at: datetime
