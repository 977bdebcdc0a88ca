"""A document of an outside company that is asked for when it is needed, kept, and renewed while it is still good.

However many requests want it, it is asked for once at a time, and not again within `PAUSE` seconds: whoever sends us nonsense does not make us
hammer somebody else. While its owner is away, what was known stays good for `KEPT` seconds.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from math import inf
from typing import Final, Generic, TypeVar

import structlog

from merkato.kit import clock
from merkato.kit.asking import NoAnswer

PAUSE: Final = 10
"""Seconds between two questions, whatever became of the first."""
FRESH: Final = 3_600
"""Seconds that a document is fresh of which its owner says nothing."""
FRESH_MIN: Final = 60
FRESH_MAX: Final = 86_400
"""What its owner may say."""
KEPT: Final = 86_400
"""Seconds that a document is good after it was fetched, when it cannot be renewed."""

_MAX_AGE: Final = re.compile(r"max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_log = structlog.get_logger("merkato.remembered")
T = TypeVar("T")


class Remembered(Generic[T]):
    """One such document. `fetch` gives it with the seconds that it is fresh, or raises NoAnswer; `name` is for the log."""

    def __init__(self, name: str, fetch: Callable[[], Awaitable[tuple[T, int]]]) -> None:
        self._name = name
        self._fetch = fetch
        self._known: T | None = None
        self._fetched = self._stale = self._asked = -inf
        self._failed = False
        self._asking: asyncio.Task[None] | None = None

    async def present(self) -> T:
        """What is known. Stale, it is renewed beside; only what is not known (any more) is waited for. Raises NoAnswer."""
        moment = clock.now().timestamp()
        if self._known is None or moment >= max(self._fetched + KEPT, self._stale):
            return await self.renewed()
        if moment >= self._stale:
            self._ask()
        return self._known

    async def renewed(self) -> T:
        """What its owner says now, or has said within the last `PAUSE` seconds. Raises NoAnswer."""
        self._ask()
        if self._asking is not None:
            # Whoever waits may go away; the others wait on.
            await asyncio.shield(self._asking)
        if self._known is None or self._failed:
            raise NoAnswer(f"{self._name} could not be fetched")
        return self._known

    async def close(self) -> None:
        """Stop asking."""
        if self._asking is not None:
            self._asking.cancel()
            with suppress(asyncio.CancelledError):
                await self._asking

    def _ask(self) -> None:
        moment = clock.now().timestamp()
        if self._asking is None and not 0 <= moment - self._asked < PAUSE:
            self._asked = moment
            self._asking = asyncio.create_task(self._answer(), name=self._name)

    async def _answer(self) -> None:
        try:
            self._known, seconds = await self._fetch()
        except NoAnswer as error:
            self._failed = True
            _log.warning("unfetched", document=self._name, cause=str(error))
        else:
            self._failed = False
            self._fetched = clock.now().timestamp()
            self._stale = self._fetched + seconds
        finally:
            self._asking = None


def freshness(headers: Mapping[str, str]) -> int:
    """For how many seconds an answer may be kept, as its `Cache-Control` says, within our limits."""
    said = _MAX_AGE.search(headers.get("cache-control", ""))
    return min(max(int(said[1]), FRESH_MIN), FRESH_MAX) if said else FRESH
