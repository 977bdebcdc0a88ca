"""The outbox: facts that others may react to, written in the transaction that made them true."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Index, insert, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from merkato.kit import clock, ids
from merkato.kit.fields import Word
from merkato.kit.rows import Created, Key, Row


class OutboxEvent(Row):
    """One published event; `relayed_at` is set when every reaction has been handed its task."""

    __tablename__ = "outbox_events"

    id: Mapped[Key]
    name: Mapped[Word]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[Created]
    relayed_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_outbox_events_waiting", "id", postgresql_where=text("relayed_at IS NULL")),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A fact, named in the past tense. It carries ids and plain figures, never secrets or personal data."""

    name: ClassVar[str]
    """As webhooks know it: `order.placed`."""


E = TypeVar("E", bound=Event)
_READERS: Final[dict[str, TypeAdapter[Any]]] = {}


def read(kind: type[E], payload: dict[str, Any]) -> E:
    """The event that was published with this payload. What a newer version has added to it is passed over."""
    known = {field.name for field in fields(kind)}
    reader = _READERS.get(kind.name) or _READERS.setdefault(kind.name, TypeAdapter(kind))
    event: E = reader.validate_python({name: value for name, value in payload.items() if name in known})
    return event


async def publish(session: AsyncSession, event: Event) -> None:
    """Write one outbox row; it is there exactly if the caller's transaction commits."""
    payload = {field.name: _plain(getattr(event, field.name)) for field in fields(event)}
    await session.execute(
        insert(OutboxEvent).values(id=ids.new(), name=event.name, payload=payload, created_at=clock.now()),
    )


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value.isoformat() if isinstance(value, datetime) else value
