"""Background loops that nothing ends but the shutdown: each step's failure is logged and the loop goes on."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

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
