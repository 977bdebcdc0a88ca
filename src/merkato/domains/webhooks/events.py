"""What webhooks announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from merkato.kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryRequested(Event):
    """An event is to be told to one webhook. `turn` counts how often that was asked for: a retry by staff ends the tries before it."""

    name: ClassVar[str] = "delivery.requested"
    public: ClassVar[bool] = False
    delivery_id: UUID
    turn: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookDisabled(Event):
    """A webhook was switched off because nothing reached it for three days, or because it answered 410."""

    name: ClassVar[str] = "webhook.disabled"
    webhook_id: UUID
