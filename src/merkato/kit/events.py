"""The outbox: facts that others may react to, written in the transaction that made them true."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Index, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from merkato.kit import clock, ids, traces
from merkato.kit.fields import Word
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row

CHANNEL: Final = "merkato_events"
"""What a commit with events is told on, to wake the relay."""
_FORGOTTEN_AT_ONCE: Final = 5_000


class OutboxEvent(Row):
    """One published event; `relayed_at` is set when every reaction has been handed its task."""

    __tablename__ = "outbox_events"
    privacy: ClassVar[Privacy] = says(nothing="name payload traceparent")

    id: Mapped[Key]
    name: Mapped[Word]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[Created]
    traceparent: Mapped[Word | None]
    """What it was published in the course of, where traces are recorded."""
    relayed_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_outbox_events_waiting", "id", postgresql_where=text("relayed_at IS NULL")),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A fact, named in the past tense. It carries ids and plain figures, never secrets or personal data."""

    name: ClassVar[str]
    """As webhooks know it: `order.placed`."""
    public: ClassVar[bool] = True
    """Whether webhooks tell it to others; False for what only our own reactions understand."""

    id: UUID = field(default_factory=ids.new)
    """Its outbox row's: the same at each repeat of a reaction, so that an effect can be made unique by it."""

    def __init_subclass__(cls) -> None:
        # A dataclass with slots is made twice; the second class takes the first one's place.
        KINDS[cls.name] = cls


KINDS: Final[dict[str, type[Event]]] = {}
"""Every kind of event whose module is imported, by name."""
E = TypeVar("E", bound=Event)
_READERS: Final[dict[str, TypeAdapter[Any]]] = {}


def carried(kind: type[Event]) -> list[str]:
    """What an event of this kind says, beside its id."""
    return [each.name for each in fields(kind) if each.name != "id"]


def payload_of(event: Event) -> dict[str, Any]:
    """What an event says, as JSON has it."""
    return {name: _plain(getattr(event, name)) for name in carried(type(event))}


def read(kind: type[E], event_id: UUID, payload: dict[str, Any]) -> E:
    """The event that was published under this id and with this payload. What a newer version has added to it is passed over."""
    known = carried(kind)
    reader = _READERS.get(kind.name) or _READERS.setdefault(kind.name, TypeAdapter(kind))
    said = {name: value for name, value in payload.items() if name in known}
    event: E = reader.validate_python({"id": event_id, **said})
    return event


async def publish(session: AsyncSession, event: Event) -> None:
    """Write one outbox row, and wake the relay; both exactly if the caller's transaction commits."""
    said = {"id": event.id, "name": event.name, "payload": payload_of(event), "created_at": clock.now()}
    row = insert(OutboxEvent).values(**said, traceparent=traces.here())
    # One statement for both; equal notifications of a transaction are told once.
    await session.execute(row.returning(func.pg_notify(CHANNEL, "")))


async def waiting(session: AsyncSession, limit: int) -> Sequence[OutboxEvent]:
    """Events without tasks yet, oldest first, locked; what another relay has locked is passed over."""
    found = select(OutboxEvent).where(OutboxEvent.relayed_at.is_(None)).order_by(OutboxEvent.id).limit(limit)
    return (await session.scalars(found.with_for_update(skip_locked=True))).all()


async def mark_relayed(session: AsyncSession, event_ids: Sequence[UUID]) -> None:
    if event_ids:
        marked = update(OutboxEvent).where(OutboxEvent.id.in_(event_ids)).values(relayed_at=clock.now())
        await session.execute(marked.execution_options(synchronize_session=False))


async def forget(session: AsyncSession, before: datetime) -> int:
    """Delete events that were relayed and are older; at most some thousands at once, and how many."""
    old = select(OutboxEvent.id).where(
        OutboxEvent.id < ids.first_at(before), OutboxEvent.created_at < before, OutboxEvent.relayed_at.is_not(None)
    )
    gone = delete(OutboxEvent).where(OutboxEvent.id.in_(old.limit(_FORGOTTEN_AT_ONCE))).returning(OutboxEvent.id)
    return len((await session.scalars(gone.execution_options(synchronize_session=False))).all())


async def oldest_waiting(session: AsyncSession) -> datetime | None:
    """Since when the oldest event without tasks waits."""
    return await session.scalar(select(func.min(OutboxEvent.created_at)).where(OutboxEvent.relayed_at.is_(None)))


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value.isoformat() if isinstance(value, datetime) else value
