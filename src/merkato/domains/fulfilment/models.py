"""Fulfilments, kitchen tickets and returns, with their states as data."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from merkato.kit import clock
from merkato.kit.fields import Name, Note, State, Url
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated


class FulfilmentState(StrEnum):
    """Where some pieces of an order stand."""

    OPEN = "open"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


FULFILMENT_TRANSITIONS: Final[dict[FulfilmentState, frozenset[FulfilmentState]]] = {
    FulfilmentState.OPEN: frozenset({FulfilmentState.DISPATCHED, FulfilmentState.CANCELLED}),
    FulfilmentState.DISPATCHED: frozenset({FulfilmentState.DELIVERED}),
    FulfilmentState.DELIVERED: frozenset(),
    FulfilmentState.CANCELLED: frozenset(),
}


class FulfilmentWay(StrEnum):
    """How pieces reach their buyer."""

    SHIPMENT = "shipment"
    """Staff pack and send them, or hand them over."""
    KITCHEN = "kitchen"
    """They are made first; the kitchen's ticket moves them on."""
    INSTANT = "instant"
    """Digital goods, and what needs no handing over: delivered as soon as they are bought."""


class TicketState(StrEnum):
    """Where a ticket stands, as far as we know."""

    TO_SCHEDULE = "to_schedule"
    """The kitchen is to be told; whether an earlier try has reached it may be unknown."""
    PENDING = "pending"
    PROGRESS = "progress"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    """By the kitchen."""
    TO_CANCEL = "to_cancel"
    """The order was cancelled, and the kitchen is to be told."""
    WITHDRAWN = "withdrawn"
    """By us, and the kitchen knows, or never heard of it."""


TICKET_TRANSITIONS: Final[dict[TicketState, frozenset[TicketState]]] = {
    TicketState.TO_SCHEDULE: frozenset({TicketState.PENDING, TicketState.TO_CANCEL, TicketState.WITHDRAWN}),
    TicketState.PENDING: frozenset(
        {TicketState.PROGRESS, TicketState.FINISHED, TicketState.CANCELLED, TicketState.TO_CANCEL}
    ),
    TicketState.PROGRESS: frozenset({TicketState.FINISHED, TicketState.CANCELLED, TicketState.TO_CANCEL}),
    TicketState.TO_CANCEL: frozenset({TicketState.WITHDRAWN, TicketState.FINISHED}),
    TicketState.FINISHED: frozenset(),
    TicketState.CANCELLED: frozenset(),
    TicketState.WITHDRAWN: frozenset(),
}
ENDED: Final = frozenset(state for state, after in TICKET_TRANSITIONS.items() if not after)


class ReturnState(StrEnum):
    """Where a return stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    RECEIVED = "received"
    REFUNDED = "refunded"


RETURN_TRANSITIONS: Final[dict[ReturnState, frozenset[ReturnState]]] = {
    ReturnState.REQUESTED: frozenset({ReturnState.APPROVED, ReturnState.REJECTED}),
    ReturnState.APPROVED: frozenset({ReturnState.RECEIVED, ReturnState.REJECTED}),
    ReturnState.RECEIVED: frozenset({ReturnState.REFUNDED}),
    ReturnState.REJECTED: frozenset(),
    ReturnState.REFUNDED: frozenset(),
}
AWAITED: Final = frozenset({ReturnState.REQUESTED, ReturnState.APPROVED})
"""Pieces in such a return are not asked for again."""


class KitchenStatus(StrEnum):
    """What a kitchen says of a schedule."""

    PENDING = "pending"
    PROGRESS = "progress"
    CANCELLED = "cancelled"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Item:
    """What the kitchen is to make, in its own words. `size` is small, medium or big."""

    product: str
    size: str
    quantity: int


def merged(items: Iterable[Item]) -> tuple[Item, ...]:
    """The same things in the one form by which they are compared: sorted, each product and size once."""
    counted = dict[tuple[str, str], int]()
    for item in items:
        counted[item.product, item.size] = counted.get((item.product, item.size), 0) + item.quantity
    return tuple(Item(product, size, quantity) for (product, size), quantity in sorted(counted.items()))


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A schedule as the kitchen tells of it; its items are `merged`."""

    id: UUID
    items: tuple[Item, ...]
    at: datetime
    status: KitchenStatus


class Fulfilment(Row):
    """Some pieces of an order that go together. Pieces in an open one are set aside; at dispatch they leave the stock."""

    __tablename__ = "fulfilment_fulfilments"
    privacy: ClassVar[Privacy] = says(personal="tracking_number tracking_url", nothing="carrier")

    id: Mapped[Key]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    way: Mapped[State]
    state: Mapped[State] = mapped_column(default=FulfilmentState.OPEN.value)
    carrier: Mapped[Name | None]
    tracking_number: Mapped[Name | None]
    tracking_url: Mapped[Url | None]
    dispatched_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    lines: Mapped[list["FulfilmentLine"]] = relationship(
        lazy="raise", order_by="FulfilmentLine.line_id", cascade="all, delete-orphan"
    )
    ticket: Mapped["Ticket | None"] = relationship(lazy="raise", viewonly=True)

    __table_args__ = (
        Index(None, "order_id", "id"),
        # What begins by itself begins once, however often its reaction is run.
        Index(
            "uq_fulfilment_fulfilments_begun",
            "order_id",
            "way",
            unique=True,
            postgresql_where=text("way IN ('kitchen', 'instant')"),
        ),
    )

    @property
    def tracking(self) -> dict[str, str | None] | None:
        """How the parcel is followed; None if nothing is known."""
        known = {"carrier": self.carrier, "number": self.tracking_number, "url": self.tracking_url}
        return known if any(known.values()) else None

    @property
    def quantities(self) -> dict[UUID, int]:
        """How many pieces of each order line."""
        return {line.line_id: line.quantity for line in self.lines}


class FulfilmentLine(Row):
    """How many pieces of an order line a fulfilment holds."""

    __tablename__ = "fulfilment_lines"

    fulfilment_id: Mapped[UUID] = mapped_column(
        ForeignKey("fulfilment_fulfilments.id", ondelete="CASCADE"), primary_key=True
    )
    line_id: Mapped[UUID] = mapped_column(
        ForeignKey("orders_lines.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    quantity: Mapped[int]

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)


class Ticket(Row):
    """What the kitchen is to make for an order. The row is there before the kitchen is told, so that nothing is told twice unawares."""

    __tablename__ = "fulfilment_tickets"
    privacy: ClassVar[Privacy] = says(books="items", nothing="trouble")

    id: Mapped[Key]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"), unique=True)
    fulfilment_id: Mapped[UUID] = mapped_column(
        ForeignKey("fulfilment_fulfilments.id", ondelete="RESTRICT"), unique=True
    )
    state: Mapped[State] = mapped_column(default=TicketState.TO_SCHEDULE.value)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    schedule_id: Mapped[UUID | None] = mapped_column(index=True)
    """The kitchen's own id of it."""
    recognised: Mapped[bool] = mapped_column(default=False)
    """Whether `schedule_id` was found by comparison, after an answer was lost."""
    uncertain_since: Mapped[datetime | None]
    """When the first try began whose outcome we do not know: the kitchen may hold schedules of ours from then on."""
    tried_at: Mapped[datetime | None]
    """When the last try to schedule it began."""
    suspected_duplicates: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    """Schedules that look like this ticket, began after a lost answer, and belong to none of our tickets."""
    delayed: Mapped[bool] = mapped_column(default=False)
    troubles: Mapped[int] = mapped_column(default=0)
    """Questions to the kitchen without a good answer, since the last good one."""
    trouble: Mapped[Note | None]
    leased_until: Mapped[datetime | None]
    ask_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (
        Index(
            "ix_fulfilment_tickets_due",
            "ask_at",
            postgresql_where=text("state IN ('to_schedule', 'pending', 'progress', 'to_cancel')"),
        ),
    )

    @property
    def order(self) -> tuple[Item, ...]:
        """What is to be made, `merged` as the kitchen's answers are."""
        return tuple(Item(**item) for item in self.items)

    def give_up(self) -> None:
        """It is no longer wanted: the kitchen is told at once, unless it has certainly never heard of it. What has ended stays as it is."""
        if TicketState.TO_CANCEL in TICKET_TRANSITIONS[TicketState(self.state)]:
            unheard_of = self.schedule_id is None and self.uncertain_since is None and self.leased_until is None
            self.state = (TicketState.WITHDRAWN if unheard_of else TicketState.TO_CANCEL).value
            self.ask_at = clock.now()


class Return(Row):
    """Pieces that come back: asked for by the buyer, approved, received and refunded, each once."""

    __tablename__ = "fulfilment_returns"
    privacy: ClassVar[Privacy] = says(personal="reason rejection")

    id: Mapped[Key]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    state: Mapped[State] = mapped_column(default=ReturnState.REQUESTED.value)
    reason: Mapped[Note]
    rejection: Mapped[Note | None]
    restocked: Mapped[bool | None]
    reversal_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    """The refunds that give the money of it back."""
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    lines: Mapped[list["ReturnLine"]] = relationship(lazy="raise", order_by="ReturnLine.line_id")

    __table_args__ = (
        Index(None, "order_id", "id"),
        Index("ix_fulfilment_returns_received", "updated_at", postgresql_where=text("state = 'received'")),
    )

    @property
    def quantities(self) -> dict[UUID, int]:
        """How many pieces of each order line."""
        return {line.line_id: line.quantity for line in self.lines}


class ReturnLine(Row):
    """How many pieces of an order line come back."""

    __tablename__ = "fulfilment_return_lines"

    return_id: Mapped[UUID] = mapped_column(ForeignKey("fulfilment_returns.id", ondelete="CASCADE"), primary_key=True)
    line_id: Mapped[UUID] = mapped_column(
        ForeignKey("orders_lines.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    quantity: Mapped[int]

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)


class SimulatedSchedule(Row):
    """What the simulated kitchen remembers. It is no part of our books: it stands for another company's memory."""

    __tablename__ = "fulfilment_simulated_schedules"
    privacy: ClassVar[Privacy] = says(nothing="items")

    id: Mapped[Key]
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    scheduled_at: Mapped[Created] = mapped_column(index=True)
    cancelled_at: Mapped[datetime | None]
