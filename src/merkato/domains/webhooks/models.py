"""Webhooks, what is to be told to each, and each attempt at it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from merkato.kit.fields import Note, State, Url, Word
from merkato.kit.machines import step
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated
from merkato.kit.tasks import Patience

WEBHOOKS_MAX: Final = 20
GIVE_UP: Final = timedelta(days=3)
"""So long a delivery is tried again."""
PATIENCE: Final = Patience(tries=40, first=5, longest=6 * 3600)
"""More than enough tries for three days, however much the waits are jittered: the delivery itself says when it is over."""
LEASE: Final = timedelta(seconds=15)
"""So long an attempt belongs to the worker that makes it; longer than it can take."""
OVERLAP: Final = timedelta(hours=24)
"""So long the secret before the last rotation is signed with too."""
KEPT: Final = timedelta(days=30)
"""So long deliveries are kept once they have ended."""
GONE: Final = 410
"""A receiver that answers this does not want to be asked again."""


class DeliveryState(StrEnum):
    """Where the telling of one event to one webhook stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    ENDED = "ended"


TRANSITIONS: Final[dict[DeliveryState, frozenset[DeliveryState]]] = {
    DeliveryState.WAITING: frozenset({DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.ENDED}),
    DeliveryState.DELIVERED: frozenset({DeliveryState.WAITING}),
    DeliveryState.DEAD: frozenset({DeliveryState.WAITING}),
    DeliveryState.ENDED: frozenset({DeliveryState.WAITING}),
}
"""`ended`: its webhook was switched off first. A retry by staff makes any of them wait again."""


class Disabled(StrEnum):
    """Why a webhook is off."""

    BY_STAFF = "by-staff"
    FAILING = "failing"
    GONE = "gone"


class Condition(StrEnum):
    """How a webhook is."""

    WELL = "well"
    FAILING = "failing"
    OFF = "off"


class Webhook(Row):
    """One receiver of events. `events` None means all; its secrets are sealed."""

    __tablename__ = "webhooks"
    privacy: ClassVar[Privacy] = says(nothing="description events", sealed="url secret previous_secret")

    id: Mapped[Key]
    url: Mapped[Url]
    description: Mapped[Note | None]
    events: Mapped[list[str] | None]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[State | None]
    delivered_at: Mapped[datetime | None]
    """When something last reached it."""
    failing_since: Mapped[datetime | None]
    """Since when nothing has, if the last attempt failed."""
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    @property
    def active(self) -> bool:
        return self.disabled_at is None

    def disable(self, reason: Disabled, moment: datetime) -> None:
        self.disabled_at, self.disabled_reason = moment, reason.value

    def enable(self) -> None:
        self.disabled_at = self.disabled_reason = self.failing_since = None


class Delivery(Row):
    """One event for one webhook, once however often the event is relayed."""

    __tablename__ = "webhooks_deliveries"
    privacy: ClassVar[Privacy] = says(nothing="event payload")

    id: Mapped[Key]
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[UUID]
    event: Mapped[Word]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[State] = mapped_column(default=DeliveryState.WAITING.value)
    turn: Mapped[int] = mapped_column(Integer, default=1)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    """In this turn."""
    leased_until: Mapped[datetime | None]
    happened_at: Mapped[datetime]
    requested_at: Mapped[Created]
    """When this turn began."""
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    attempts: Mapped[list["DeliveryAttempt"]] = relationship(lazy="raise", order_by="DeliveryAttempt.id")

    __table_args__ = (
        Index("uq_webhooks_deliveries_event", "webhook_id", "event_id", unique=True),
        Index(None, "webhook_id", "id"),
        Index(
            "ix_webhooks_deliveries_waiting", "webhook_id", "requested_at", postgresql_where=text("state = 'waiting'")
        ),
        Index("ix_webhooks_deliveries_unheard", "state", postgresql_where=text("state <> 'delivered'")),
        Index("ix_webhooks_deliveries_over", "updated_at", postgresql_where=text("state <> 'waiting'")),
    )

    def become(self, state: DeliveryState) -> None:
        """Staying is no change. Raises ValueError for a step that is not in the machine."""
        if state.value != self.state:
            self.state = step(TRANSITIONS, self.state, state)


class DeliveryAttempt(Row):
    """One attempt to tell it: the status of the answer, or in one word why there was none. What else was answered is not kept."""

    __tablename__ = "webhooks_attempts"
    privacy: ClassVar[Privacy] = says(nothing="error")

    id: Mapped[Key]
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks_deliveries.id", ondelete="CASCADE"), index=True)
    status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[Word | None]
    milliseconds: Mapped[int] = mapped_column(Integer)
    at: Mapped[Created]
