"""The worker, inside the server process or beside it: it relays events, does their reactions, and runs what is due by the clock."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from merkato import modules
from merkato.kit import clock, embedded, events
from merkato.kit import database as databases
from merkato.kit.events import CHANNEL
from merkato.kit.loops import forever
from merkato.kit.tasks.queue import ADDED, Queue
from merkato.kit.tasks.relay import relay
from merkato.kit.tasks.runner import LOOK, Runner, Work, Works
from merkato.modules import Reaction, Schedule
from merkato.settings import Settings
from merkato.store import Store

TICK = 1.0
"""Seconds between two looks whether a schedule is due."""

LAST_TASKS = 12.0
"""Seconds that tasks under way have to end when the worker stops; then they are anybody's again."""

PAUSE = 0.5
"""Seconds between two looks at a database that is not there yet."""

REVIVAL = 3.0
"""Seconds between two looks whether the embedded database is still there."""

_log = structlog.get_logger("merkato.worker")


Step = Callable[[], Awaitable[object]]
Loop = asyncio.Task[None]


class DatabaseAbsent(Exception):  # noqa: N818 - named for what happened.
    """The database did not answer in all the time that a start waits for it."""


async def run(
    store: Store,
    stopping: asyncio.Event,
    *,
    reactions: Sequence[Reaction] = modules.REACTIONS,
    schedules: Sequence[Schedule] = modules.SCHEDULES,
) -> None:
    """Do every reaction and every schedule until told to stop; then the tasks under way come to their end, within a limit.

    The database may go away and come back, and this process may be frozen and thawed: nothing but `stopping` ends a loop.
    """
    settings, published = store.settings, asyncio.Event()
    async with _queue(store).opened() as queue, asyncio.TaskGroup() as group:
        works = _works(store, reactions, schedules)
        runner = Runner(queue, works, group, at_once=settings.tasks_at_once, lease=settings.tasks_lease)
        names = {
            event: [each.name for each in reactions if each.event.name == event]
            for event in {each.event.name for each in reactions}
        }

        async def heard(*, channel: str, payload: str) -> None:  # noqa: ARG001 - procrastinate passes both by name.
            (published if channel == CHANNEL else runner.woken).set()

        def loop(name: str, step: Step, every: float, until: asyncio.Event, woken: asyncio.Event | None = None) -> Loop:
            return group.create_task(forever(name, step, every=every, stopping=until, woken=woken), name=name)

        _log.info("working", at_once=settings.tasks_at_once)
        gone = asyncio.Event()
        loop("beat", runner.beat, runner.interval, gone)
        loop("relay", partial(relay, store.database, queue, names), LOOK, stopping, published)
        loop("schedules", _ticks(queue, settings, schedules), TICK, stopping)
        fetching = loop("fetch", runner.fetch, LOOK, stopping, runner.woken)
        listening = loop("listen", partial(queue.listen, heard, CHANNEL, ADDED), LOOK, stopping)
        await stopping.wait()
        await _cancelled(listening)
        await asyncio.wait({fetching})
        # The signs of life go on: a task under way must not be taken over while it comes to its end.
        await runner.drain(LAST_TASKS)
        gone.set()


async def _cancelled(loop: Loop) -> None:
    """Cancel a loop until it has ended: `asyncio.wait_for` of Python 3.11 loses a cancellation that meets a result."""
    while not loop.done():
        loop.cancel()
        await asyncio.wait({loop}, timeout=PAUSE)


def _queue(store: Store) -> Queue:
    direct = store.settings.database_direct_url
    url = direct.get_secret_value() if direct else store.database.url.render_as_string(hide_password=False)
    return Queue(url, store.settings.database_schema)


def _works(store: Store, reactions: Sequence[Reaction], schedules: Sequence[Schedule]) -> Works:
    works: dict[tuple[str, str | None], Work] = {}
    for reaction in reactions:
        works[reaction.name, reaction.event.name] = Work(partial(_react, store, reaction), reaction.patience)
    for schedule in schedules:
        works[schedule.name, None] = Work(partial(_do_scheduled, store, schedule), None)
    return works


async def _react(store: Store, reaction: Reaction, args: dict[str, Any]) -> None:
    await reaction.do(store, events.read(reaction.event, UUID(args["event_id"]), args["payload"]))


async def _do_scheduled(store: Store, schedule: Schedule, _args: dict[str, Any]) -> None:
    await schedule.do(store)


def _ticks(queue: Queue, settings: Settings, schedules: Sequence[Schedule]) -> Step:
    """A step that adds the runs whose time has come. The first look adds the last run that was due, if no worker has."""
    seen: dict[str, int] = {}

    async def step() -> None:
        for each in schedules:
            seconds = max(1, round(each.seconds(settings)))
            moment = int(clock.now().timestamp()) // seconds * seconds
            if seen.get(each.name) != moment:
                await queue.tick(each.name, moment)
                seen[each.name] = moment

    return step


async def revival(look: Callable[[], Awaitable[object]], home: Path, stopping: asyncio.Event) -> None:
    """Start the embedded database again whenever a look finds None: it was killed, or stopped by hand. Until told to stop."""

    async def step() -> None:
        if await look() is None:
            _log.warning(
                "embedded", detail="The embedded database does not answer; it is started again if it has ended."
            )
            # The server process holds its share, so that giving back ours stops nothing.
            share = await asyncio.to_thread(embedded.start, home)
            await asyncio.to_thread(share.close)

    await forever("embedded", step, every=REVIVAL, stopping=stopping)


async def arrival(behind: Callable[[], Awaitable[bool]], stopping: asyncio.Event, *, patience: float) -> None:
    """Wait until the database answers and has its migrations, or until told to stop; says in the log what is missing.

    Raises DatabaseAbsent after so many seconds without any answer. For migrations it waits as long as it takes.
    """
    deadline = time.monotonic() + patience
    said = ""
    while not stopping.is_set():
        try:
            if not await behind():
                return
            missing, deadline = "The database lacks migrations: run `merkato migrate`.", float("inf")
        except Exception as error:  # noqa: BLE001 - whatever it is, the database cannot be used.
            missing = f"The database cannot be used: {databases.reason_of(error) or type(error).__name__}."
        if time.monotonic() >= deadline:
            raise DatabaseAbsent(missing)
        if missing != said:
            _log.warning("waiting", detail=missing)
            said = missing
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), PAUSE)
