"""What may be said about fulfilments, tickets and returns."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from merkato.domains.fulfilment.models import FulfilmentState, FulfilmentWay, ReturnState, TicketState
from merkato.domains.orders.schemas import LineQuantity
from merkato.kit.fields import Name, Note, Said, Url, View

LINES_MAX = 200


def _not_empty(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


Lines = Annotated[list[LineQuantity], Field(min_length=1, max_length=LINES_MAX)]
"""The same line twice adds up."""


class Tracking(Said):
    """How a parcel is followed."""

    carrier: Name | None = Field(None, examples=["DHL"])
    number: Name | None = Field(None, examples=["00340434292135100186"])
    url: Url | None = None


class FulfilmentDraft(Said):
    """What goes together; everything that is left when `lines` is left out."""

    lines: Lines | None = None
    tracking: Tracking | None = None


class DispatchDraft(Said):
    """How the parcel is followed, when that is known only now."""

    tracking: Tracking | None = None


class ReturnDraft(Said):
    """What the buyer wants to send back, and why."""

    lines: Lines
    reason: Annotated[Note, AfterValidator(_not_empty)] = Field(examples=["It does not fit."])


class RejectionDraft(Said):
    """Why a return is refused."""

    reason: Note | None = None


class ReceiptDraft(Said):
    """Whether what came back can be sold again."""

    restock: bool = Field(default=True, strict=True)


class PiecesView(View):
    """Some pieces of one line of the order."""

    line_id: UUID
    quantity: int


class TrackingView(View):
    """How a parcel is followed."""

    carrier: str | None
    number: str | None
    url: str | None


class ItemView(View):
    """What the kitchen makes."""

    product: str
    size: str
    quantity: int


class TicketView(View):
    """The kitchen's ticket of an order."""

    id: UUID
    order_id: UUID
    state: TicketState
    items: list[ItemView]
    schedule_id: UUID | None = Field(description="The kitchen's own id of it; null until it has taken it.")
    suspected_duplicates: list[UUID] = Field(
        description="Schedules in the kitchen that look like this one and are none of ours: an answer was lost."
    )
    trouble: str | None = Field(description="Why the kitchen's last answer was no good; null when it was.")
    created_at: datetime
    updated_at: datetime


class FulfilmentView(View):
    """Some pieces of an order that go together."""

    id: UUID
    order_id: UUID
    way: FulfilmentWay
    state: FulfilmentState
    lines: list[PiecesView]
    tracking: TrackingView | None
    ticket: TicketView | None = Field(description="What the kitchen makes for it.")
    dispatched_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ReturnView(View):
    """Pieces that come back."""

    id: UUID
    order_id: UUID
    state: ReturnState
    lines: list[PiecesView]
    reason: str
    rejection: str | None = Field(description="Why it was refused, if somebody said so.")
    restocked: bool | None = Field(description="Whether it can be sold again; null until it is received.")
    refund_ids: Annotated[list[UUID], Field(validation_alias="reversal_ids")]
    created_at: datetime
    updated_at: datetime


class TicketFilters(BaseModel):
    """Which tickets to list."""

    state: list[TicketState] = Field(default_factory=list, description="Any of these.")
    suspected: bool | None = Field(None, description="Only those with suspected duplicates, or only others.")


class ReturnFilters(BaseModel):
    """Which returns to list."""

    state: list[ReturnState] = Field(default_factory=list, description="Any of these.")
