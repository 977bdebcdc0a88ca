"""What may be said about stock."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, Strict

from merkato.domains.inventory.models import ON_HAND_MAX
from merkato.kit.fields import Note, Said, View


def _not_zero(value: int) -> int:
    if value == 0:
        raise ValueError("must not be 0")
    return value


def _not_empty(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


class StockDraft(Said):
    """How many were counted."""

    on_hand: Annotated[int, Strict(), Field(ge=0, le=ON_HAND_MAX, examples=[25])]


class StockView(View):
    """The stock of a variant; `available` is `on_hand` less `reserved`."""

    on_hand: int
    reserved: int = Field(description="Held for payments under way, and promised to orders.")
    available: int


class MovementDraft(Said):
    """How many came or went, and why."""

    delta: Annotated[int, Strict(), Field(ge=-ON_HAND_MAX, le=ON_HAND_MAX, examples=[12]), AfterValidator(_not_zero)]
    reason: Annotated[Note, AfterValidator(_not_empty)] = Field(examples=["delivery"])


class MovementView(View):
    """One change of what is on hand."""

    id: UUID
    delta: int
    on_hand: int = Field(description="How many there were afterwards.")
    reason: str
    account_id: UUID | None = Field(description="Who did it; null for the store itself.")
    created_at: datetime
