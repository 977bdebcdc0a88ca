"""What may be said about webhooks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from merkato.domains.webhooks.models import DeliveryState, Disabled
from merkato.kit import events
from merkato.kit.fields import Note, Said, Url, View, Word, unsent


def _told(name: str) -> str:
    kind = events.KINDS.get(name)
    if kind is None or not kind.public:
        raise ValueError("is no event that is told to others")
    return name


EventName = Annotated[Word, AfterValidator(_told), Field(examples=["order.placed"])]
Wanted = Annotated[
    Annotated[list[EventName], Field(min_length=1, max_length=100)] | None,
    Field(description="Names of events; null for all, those that are yet to be invented too."),
]


class WebhookDraft(Said):
    """A new receiver of events."""

    url: Url = Field(examples=["https://example.com/hooks/merkato"])
    events: Wanted = None
    description: Note | None = None


class WebhookChange(Said):
    """Some of a webhook. `active` false ends what is waiting for it."""

    url: Annotated[Url, Field(examples=["https://example.com/hooks/merkato"])] = unsent()
    events: Wanted = None
    description: Note | None = None
    active: bool = unsent()


class WebhookView(View):
    """A receiver of events."""

    id: UUID
    url: str
    events: list[str] | None
    description: str | None
    active: bool
    disabled_at: datetime | None
    disabled_reason: Disabled | None
    delivered_at: datetime | None = Field(description="When something last reached it.")
    failing_since: datetime | None = Field(description="Since when attempts fail; null when the last one did not.")
    created_at: datetime
    updated_at: datetime


class WebhookWithSecret(WebhookView):
    """A receiver with its new secret, which is shown this once."""

    secret: str = Field(examples=["whsec_C2FVsBQIhrscChlQIMV-b5sSYspob7oD"])
    previous_until: datetime | None = Field(description="So long messages carry a signature by the secret before too.")


class AttemptView(View):
    """One attempt: the status of the answer, or in one word why there was none."""

    status: int | None
    error: str | None = Field(examples=["timeout"])
    milliseconds: int
    at: datetime


class DeliveryView(View):
    """One event for one webhook. `event_id` is the `webhook-id` of its messages."""

    id: UUID
    webhook_id: UUID
    event_id: UUID
    event: str = Field(examples=["order.placed"])
    payload: dict[str, Any] = Field(
        description="What the event said; a message may hold more, as it was when it was sent."
    )
    state: DeliveryState
    tries: int
    attempts: list[AttemptView] = Field(description="Oldest first.")
    happened_at: datetime
    requested_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Parcel:
    """All that one attempt needs, so that no transaction is open while it is made."""

    delivery_id: UUID
    url: str
    event_id: UUID
    body: str
    secrets: tuple[bytes, ...]
    """Sealed; the present one first."""
