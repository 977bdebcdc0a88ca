"""What may be said about payments."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from merkato.kit.fields import Name, Said, View, Word


class PaymentDraft(Said):
    """How the buyer pays: a provider of this store, and the token that the provider gave the buyer's device."""

    provider: Word = Field(examples=["simulated"])
    token: Name = Field(
        examples=["success"],
        description="For `simulated`: success, decline, slow, error, lost-answer, pending. For `stripe`: the id of a payment method, "
        "`pm_...`. For `http`: what the payment service knows; anything, if it takes none.",
    )


class Report(BaseModel):
    """A signed event of a provider. It only says which payment to ask about."""

    event_id: Name
    kind: Name
    key: UUID | None
    """The attempt that it is about, if it is about one of ours."""


class ReceivedView(View):
    """Thanks to a provider for its event, also for one that is known already or means nothing here."""

    received: Literal[True] = True


class PaymentView(View):
    """One attempt to get money, in the order's currency."""

    id: UUID
    provider: str
    state: str
    amount: Annotated[int, Field(validation_alias="amount_minor")]
    captured: Annotated[int, Field(validation_alias="captured_minor")]
    currency: str
    message: str | None
    created_at: datetime
    updated_at: datetime


class RefundView(View):
    """Money given back (or on its way): a void of an authorisation or a refund of captured money."""

    id: UUID
    payment_id: Annotated[UUID, Field(validation_alias="attempt_id")]
    kind: Literal["void", "refund"]
    state: str
    amount: Annotated[int, Field(validation_alias="amount_minor")]
    reason: str
    failure: str | None
    """Why the provider did not give it back."""
    created_at: datetime
    updated_at: datetime
