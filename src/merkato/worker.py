"""The background loops, inside the server process or beside it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog

from merkato import modules
from merkato.kit import database as databases
from merkato.kit import embedded
from merkato.kit.loops import forever
from merkato.store import Store

PAUSE = 0.5
"""Seconds between two looks at a database that is not there yet."""

REVIVAL = 3.0
"""Seconds between two looks whether the embedded database is still there."""

_log = structlog.get_logger("merkato.worker")


class DatabaseAbsent(Exception):  # noqa: N818 - named for what happened.
    """The database did not answer in all the time that a start waits for it."""


async def run(store: Store, stopping: asyncio.Event, schedules: Sequence[modules.Schedule] = modules.SCHEDULES) -> None:
    """Run every schedule until told to stop; then the steps under way come to their end."""
    async with asyncio.TaskGroup() as group:
        for each in schedules:
            step = partial(each.do, store)
            group.create_task(forever(each.name, step, every=each.seconds(store.settings), stopping=stopping))


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
