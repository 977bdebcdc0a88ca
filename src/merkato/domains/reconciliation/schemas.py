"""What may be said about findings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from merkato.domains.reconciliation.models import FindingKind
from merkato.kit.fields import Note, Said, View


class FindingState(StrEnum):
    """Whether somebody must still look at it."""

    OPEN = "open"
    RESOLVED = "resolved"


class FindingFilters(BaseModel):
    """Which findings to list."""

    state: FindingState | None = None
    kind: FindingKind | None = None


class Resolution(Said):
    """What was done about a finding."""

    note: Annotated[Note, StringConstraints(min_length=1)] = Field(examples=["Paid back by bank transfer."])


class FindingView(View):
    """Something that does not fit together."""

    id: UUID
    kind: FindingKind
    meaning: str
    subject_id: UUID = Field(description="The payment, refund, order or kitchen ticket that it is about.")
    details: dict[str, Any] = Field(description="Ids and figures; amounts in minor units.")
    found_at: datetime
    last_seen_at: datetime
    healed_at: datetime | None = Field(description="When it was set right by itself, as far as that is up to the shop.")
    resolved_at: datetime | None
    resolved_by: UUID | None = Field(description="Whose account; null when it was gone by itself.")
    note: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """When is looked, and what the settings say about how long things may take."""

    moment: datetime
    longest_payment: timedelta
    """How long a payment may be under way."""
    captures: bool
    """Whether reserved money is taken by itself."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that does not fit together at this moment."""

    subject_id: UUID
    details: Mapping[str, Any]
