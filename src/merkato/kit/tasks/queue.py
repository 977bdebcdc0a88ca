"""The queue of one store: procrastinate's tables in the schema `<schema>_tasks`, as a worker uses them.

Who finishes a task names the try that it has done. When another worker has taken the task over in the meantime, nothing is changed.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
from procrastinate.connector import Notify
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import DEFAULT_QUEUE, Job
from procrastinate.manager import JobManager
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.types import JSONDict
from psycopg_pool import AsyncConnectionPool

from merkato.kit import ids
from merkato.kit.libpq import conninfo

ADDED: Final = "procrastinate_any_queue_v1"
"""The channel on which procrastinate's trigger tells of added tasks."""

CONNECTIONS_MAX: Final = 4
PATIENCE: Final = 3.0
"""Seconds to wait for a connection, and again for reaching a database that is away, before a step fails and is tried anew."""

# What a crash of the database undoes of a task's state is done again, as after a crash of the worker, so nothing here waits for the disk.
# Added tasks are on it before their events are marked: that commit waits, and the log is written in order.
_LIMITS: Final = "-c synchronous_commit=off -c statement_timeout=10000 -c lock_timeout=5000 -c timezone=UTC -c jit=off"

_THIS_TRY: Final = "id = %(number)s AND status = 'doing' AND attempts = %(tried)s AND worker_id IS NOT DISTINCT FROM %(worker)s::bigint"
_DONE: Final = f"DELETE FROM procrastinate_jobs WHERE {_THIS_TRY} RETURNING id"
# The lock that keeps schedules from piling up is for ticks that come; a task that comes back must not meet it.
_AGAIN: Final = (
    "UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, queueing_lock = NULL,"
    " scheduled_at = now() + make_interval(secs => %(wait)s), args = args || %(more)s"
    f" WHERE {_THIS_TRY} RETURNING id"
)
_DEAD: Final = (
    "UPDATE procrastinate_jobs SET status = 'failed', attempts = attempts + 1, args = args || %(more)s"
    f" WHERE {_THIS_TRY} RETURNING id"
)
_PUT_BACK: Final = (
    "UPDATE procrastinate_jobs SET status = 'todo', queueing_lock = NULL, scheduled_at = now()"
    " WHERE worker_id = %(worker)s AND status = 'doing' AND id <> ALL(%(but)s::bigint[])"
)
_BEAT: Final = (
    "UPDATE procrastinate_workers SET last_heartbeat = now() FROM (SELECT id, last_heartbeat FROM procrastinate_workers) before"
    " WHERE procrastinate_workers.id = %(worker)s AND before.id = procrastinate_workers.id"
    " RETURNING extract(epoch FROM now() - before.last_heartbeat)::float8 AS absent"
)
_HELD: Final = "SELECT id, attempts FROM procrastinate_jobs WHERE worker_id = %(worker)s AND status = 'doing'"


@dataclass(frozen=True, slots=True)
class Task:
    """One try of a task. `number` is procrastinate's; people know it by the id in `args`."""

    number: int
    name: str
    args: dict[str, Any]
    tried: int
    worker: int | None

    @property
    def event(self) -> str | None:
        """The name of the event that it reacts to; None for a tick of a schedule."""
        event: str | None = self.args.get("event")
        return event

    @property
    def traceparent(self) -> str | None:
        """The trace in which it was asked for, if that was recorded."""
        traceparent: str | None = self.args.get("traceparent")
        return traceparent

    @property
    def known_as(self) -> dict[str, object]:
        """What a line of the log says of it."""
        said = {"task": self.name, "task_id": self.args.get("task_id"), "event_id": self.args.get("event_id")}
        return {name: value for name, value in said.items() if value is not None}


def reaction_to(
    event_id: UUID, event: str, payload: dict[str, Any], *, name: str, traceparent: str | None = None
) -> Job:
    """A task that is to be added: a reaction of this name to an event, and a part of the trace in which that was published."""
    args: JSONDict = {"task_id": str(ids.new()), "event_id": str(event_id), "event": event, "payload": payload}
    if traceparent is not None:
        args["traceparent"] = traceparent
    return Job(queue=DEFAULT_QUEUE, lock=None, queueing_lock=None, task_name=name, task_kwargs=args)


class Queue:
    """The tables, over connections of their own. Every method raises when the database is away; the caller tries again."""

    def __init__(self, url: str, schema: str) -> None:
        """`schema` is the store's; `url` must lead to the database itself, not to a pooler that shares connections."""
        self._connector = PsycopgConnector()
        self._jobs = JobManager(self._connector)
        # What names no schema is looked for in that of the tasks.
        options = f'{_LIMITS} -c search_path="{schema}_tasks"'
        self._conninfo = conninfo(url, name="merkato tasks", options=options)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Queue"]:
        """Usable within the block; it connects when first used."""
        pool = AsyncConnectionPool(
            self._conninfo,
            open=False,
            check=AsyncConnectionPool.check_connection,
            configure=_configure,
            min_size=0,
            max_size=CONNECTIONS_MAX,
            timeout=PATIENCE,
            reconnect_timeout=PATIENCE / 2,
        )
        await pool.open()
        await self._connector.open_async(pool)
        try:
            yield self
        finally:
            await pool.close(timeout=PATIENCE)

    async def listen(self, heard: Notify, *channels: str) -> None:
        """Tell of each notification on these channels, for ever; raises when the connection cannot be made again."""
        await self._connector.listen_notify(on_notification=heard, channels=channels)

    async def add(self, tasks: Sequence[Job]) -> None:
        """Add tasks, all or none; they are there when this returns."""
        if tasks:
            await self._jobs.batch_defer_jobs_async(list(tasks))

    async def tick(self, name: str, moment: int) -> None:
        """Add the run of a schedule for a moment (of Unix time), unless any worker has done so or the run before still waits."""
        args: JSONDict = {"task_id": str(ids.new()), "timestamp": moment}
        run = Job(queue=DEFAULT_QUEUE, lock=name, queueing_lock=name, task_name=name, task_kwargs=args)
        try:
            await self._jobs.defer_periodic_job(run, periodic_id="", defer_timestamp=moment)
        except AlreadyEnqueued:
            return

    async def register(self) -> int:
        """A number for a new worker."""
        return await self._jobs.register_worker()

    async def unregister(self, worker: int) -> None:
        await self._jobs.unregister_worker(worker)

    async def beat(self, worker: int) -> float | None:
        """Show that a worker lives; the seconds since it did so last, None when it was forgotten in the meantime."""
        absent = [row["absent"] for row in await self._all(_BEAT, worker=worker)]
        return absent[0] if absent else None

    async def forget_workers(self, seconds: float) -> None:
        """Forget the workers that have not shown for so long that they live."""
        await self._jobs.prune_stalled_workers(seconds)

    async def take(self, worker: int) -> Task | None:
        """The next task that is due, from now on this worker's. When this raises, the worker may hold a task without knowing."""
        job = await self._jobs.fetch_job(queues=None, worker_id=worker)
        return None if job is None else _task(job)

    async def stalled(self, lease: float) -> list[Task]:
        """The tasks of workers that have not shown for so many seconds that they live."""
        return [_task(job) for job in await self._jobs.get_stalled_jobs(seconds_since_heartbeat=lease)]

    async def held(self, worker: int) -> dict[int, int]:
        """The numbers of the tasks that are this worker's, with how often each had been tried before."""
        return {row["id"]: row["attempts"] for row in await self._all(_HELD, worker=worker)}

    async def put_back(self, worker: int, but: Sequence[int] = ()) -> None:
        """Let this worker's tasks, but for some, be anybody's again, as if they had not been taken."""
        await self._connector.execute_query_async(_PUT_BACK, worker=worker, but=list(but))

    async def done(self, task: Task) -> bool:
        """A task has been done; False, here and below, when it is another worker's by now."""
        return await self._finish(_DONE, task)

    async def again(self, task: Task, wait: float, cause: str) -> bool:
        """A try has failed; the next is due in so many seconds."""
        return await self._finish(_AGAIN, task, wait=wait, more={"cause": cause})

    async def bury(self, task: Task, cause: str) -> bool:
        """The last try has failed; the task is listed for staff."""
        return await self._finish(_DEAD, task, more={"cause": cause})

    async def _finish(self, statement: str, task: Task, **more: object) -> bool:
        return bool(await self._all(statement, number=task.number, tried=task.tried, worker=task.worker, **more))

    async def _all(self, statement: Any, **arguments: object) -> list[dict[str, Any]]:  # noqa: ANN401 - a literal of this module.
        rows: list[dict[str, Any]] = await self._connector.execute_query_all_async(statement, **arguments)
        return rows


async def _configure(connection: psycopg.AsyncConnection) -> None:
    # Every method is one statement; a transaction around it would be two round trips more.
    await connection.set_autocommit(True)


def _task(job: Job) -> Task:
    assert job.id is not None  # noqa: S101 - it comes from the table.
    return Task(job.id, job.task_name, job.task_kwargs, job.attempts, job.worker_id)
