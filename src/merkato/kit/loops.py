"""Background loops that nothing ends but the shutdown: each step's failure is logged and the loop goes on."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

import structlog

_log = structlog.get_logger("merkato.loops")


async def forever(name: str, step: Callable[[], Awaitable[object]], *, every: float, stopping: asyncio.Event) -> None:
    """Run a step every so many seconds (with jitter, so that several processes spread out) until told to stop."""
    while not stopping.is_set():
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - that is what supervision means.
            _log.warning("loop", loop=name, cause=type(error).__name__, exc_info=not isinstance(error, OSError))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), every * random.uniform(0.8, 1.2))  # noqa: S311 - jitter.


async def apart(work: Awaitable[object], subject_id: UUID) -> None:
    """One of many things that a step looks after: its trouble is logged, and does not keep the step from the others."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - that is what keeps them apart.
        _log.warning("apart", subject_id=str(subject_id), cause=type(error).__name__, exc_info=True)
