"""Background loops that nothing ends but the shutdown: each step's failure is logged and the loop goes on."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Final
from uuid import UUID

import structlog

AT_ONCE: Final = 5
"""How many of the things that a step looks after are in hand at the same time."""

_log = structlog.get_logger("merkato.loops")


async def forever(
    name: str,
    step: Callable[[], Awaitable[object]],
    *,
    every: float,
    stopping: asyncio.Event,
    woken: asyncio.Event | None = None,
) -> None:
    """Run a step every so many seconds (with jitter, so that several processes spread out) until told to stop.

    When `woken` is set, the next step begins at once.
    """
    said = ""
    while not stopping.is_set():
        if woken is not None:
            woken.clear()
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - that is what supervision means.
            cause = type(error).__name__
            # While the database is away a step fails again and again; one traceback tells as much as a thousand.
            _log.warning("loop", loop=name, cause=cause, exc_info=cause != said and not isinstance(error, OSError))
            said = cause
        else:
            said = ""
        seconds = every * random.uniform(0.8, 1.2)  # noqa: S311 - jitter.
        await any_of([stopping, woken] if woken is not None else [stopping], seconds)


async def apart(work: Awaitable[object], subject_id: UUID) -> None:
    """One of many things that a step looks after: its trouble is logged, and does not keep the step from the others."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - that is what keeps them apart.
        _log.warning("apart", subject_id=str(subject_id), cause=type(error).__name__, exc_info=True)


async def any_of(events: list[asyncio.Event], seconds: float | None = None) -> None:
    """Wait for one of these, at most so long if there is a limit."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


async def each_apart(subjects: Iterable[UUID], work: Callable[[UUID], Awaitable[object]]) -> None:
    """Several at the same time: a company that hangs must not keep those waiting that have nothing to do with it."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(subject_id: UUID) -> None:
        async with free:
            await apart(work(subject_id), subject_id)

    await asyncio.gather(*(one(subject_id) for subject_id in subjects))
