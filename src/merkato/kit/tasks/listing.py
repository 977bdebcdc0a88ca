"""Tasks as staff see them: what waits, what is under way, what is dead, and how a dead one is tried anew."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    and_,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ENUM, JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from merkato.kit import clock, events, ids
from merkato.kit.database import TASKS
from merkato.kit.events import OutboxEvent
from merkato.kit.paging import Key, Paging
from merkato.kit.tasks.queue import ADDED

KEPT_EVENTS: Final = timedelta(days=7)
KEPT_DEAD: Final = timedelta(days=30)
"""How long relayed events and dead tasks can still be looked at."""


class TaskState(StrEnum):
    """Where a task is. One that was done is gone."""

    WAITING = "waiting"
    RUNNING = "running"
    DEAD = "dead"


_STATUS: Final = {TaskState.WAITING: "todo", TaskState.RUNNING: "doing", TaskState.DEAD: "failed"}
_STATE: Final = {status: state for state, status in _STATUS.items()}

# Procrastinate's tables, as far as they are read here; it alone says what they are, so they are none of ours.
_metadata = MetaData(schema=TASKS)
_JOBS: Final = Table(
    "procrastinate_jobs",
    _metadata,
    Column("id", BigInteger),
    Column("task_name", String),
    Column("args", JSONB),
    Column("status", ENUM("todo", "doing", "failed", name="procrastinate_job_status", schema=TASKS, create_type=False)),
    Column("attempts", Integer),
    Column("scheduled_at", DateTime(timezone=True)),
)
_EVENTS: Final = Table(
    "procrastinate_events", _metadata, Column("job_id", BigInteger), Column("at", DateTime(timezone=True))
)
_WORKERS: Final = Table("procrastinate_workers", _metadata, Column("last_heartbeat", DateTime(timezone=True)))
_ID: Final = _JOBS.c.args["task_id"].astext


@dataclass(frozen=True, slots=True)
class Cause:
    """The event that a task reacts to."""

    id: UUID
    name: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A task of the list."""

    id: UUID
    name: str
    state: TaskState
    event: Cause | None
    tried: int
    problem: str | None
    due_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is to do: events that have no tasks yet, and tasks by their state."""

    events: int
    waiting: int
    running: int
    dead: int


async def page(session: AsyncSession, state: TaskState, paging: Paging) -> tuple[list[Listed], str | None]:
    """The tasks in a state, newest first."""
    rows, cursor = await paging.fetch(session, _tasks(_in(state)), Key(_JOBS.c.id, descending=True))
    return [_listed(row) for row in rows], cursor


async def newest(session: AsyncSession, state: TaskState, limit: int) -> list[Listed]:
    rows = await session.execute(_tasks(_in(state)).order_by(_JOBS.c.id.desc()).limit(limit))
    return [_listed(row) for row in rows]


async def one(session: AsyncSession, task_id: UUID) -> Listed | None:
    row = (await session.execute(_tasks(str(task_id) == _ID))).first()
    return None if row is None else _listed(row)


async def counts(session: AsyncSession) -> Counts:
    events_ = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.relayed_at.is_(None)).scalar_subquery()
    tasks = [select(func.count()).select_from(_JOBS).where(_in(state)).scalar_subquery() for state in TaskState]
    return Counts(*(await session.execute(select(events_, *tasks))).one())


async def overdue_since(session: AsyncSession) -> datetime | None:
    """Since when the task that is due longest has been due; None when none is."""
    waiting = _in(TaskState.WAITING)
    first = select(_ID).where(waiting, _JOBS.c.scheduled_at.is_(None)).order_by(_JOBS.c.id).limit(1).scalar_subquery()
    again = select(func.min(_JOBS.c.scheduled_at)).where(waiting, _JOBS.c.scheduled_at <= clock.now())
    task_id, due_at = (await session.execute(select(first, again.scalar_subquery()))).one()
    since = [moment for moment in (task_id and ids.moment(UUID(task_id)), due_at) if moment]
    return min(since, default=None)


async def workers(session: AsyncSession, lease: float) -> tuple[int, datetime | None]:
    """How many workers have shown within their lease that they live, and when any has done so last."""
    living = func.count().filter(_WORKERS.c.last_heartbeat > func.now() - timedelta(seconds=lease))
    many, seen_at = (await session.execute(select(living, func.max(_WORKERS.c.last_heartbeat)))).one()
    return many, seen_at


async def retry(session: AsyncSession, task_id: UUID | None = None) -> int:
    """Let a dead task, or all of them, be tried at once and with all its patience again; how many there were."""
    dead = _in(TaskState.DEAD) if task_id is None else _in(TaskState.DEAD) & (str(task_id) == _ID)
    revived = update(_JOBS).where(dead).values(status="todo", attempts=0, scheduled_at=func.now())
    found = len((await session.execute(revived.returning(_JOBS.c.id))).all())
    # Procrastinate tells workers of added tasks only.
    await session.execute(select(func.pg_notify(ADDED, json.dumps({"type": "job_inserted", "job_id": 0}))))
    return found


async def forget(session: AsyncSession) -> int:
    """Delete relayed events and dead tasks that are old; how many there were."""
    now = clock.now()
    recent = exists().where(_EVENTS.c.job_id == _JOBS.c.id, _EVENTS.c.at >= now - KEPT_DEAD)
    gone = await session.execute(delete(_JOBS).where(_in(TaskState.DEAD), ~recent).returning(_JOBS.c.id))
    return len(gone.all()) + await events.forget(session, now - KEPT_EVENTS)


def _in(state: TaskState) -> ColumnElement[bool]:
    # Whatever else is in the tables was put there by others, and has no id by which it could be named.
    return and_(_JOBS.c.status == _STATUS[state], _JOBS.c.args.has_key("task_id"))


def _tasks(bound: ColumnElement[bool]) -> Select[Any]:
    return select(_JOBS.c.task_name, _JOBS.c.args, _JOBS.c.status, _JOBS.c.attempts, _JOBS.c.scheduled_at).where(bound)


def _listed(row: Sequence[Any]) -> Listed:
    name, args, status, tried, due_at = row
    task_id = UUID(args["task_id"])
    event = Cause(UUID(args["event_id"]), args["event"], args["payload"]) if "event" in args else None
    return Listed(task_id, name, _STATE[status], event, tried, args.get("cause"), due_at, ids.moment(task_id))
