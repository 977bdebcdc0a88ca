"""Streams of server-sent events: one loop for each process reads what is new, and hands the same bytes to all who follow.

Positions are handed out in the order in which they become visible, so that a reader who has seen one has seen all before it. No follower
holds a connection to the database.
"""

import asyncio
import random
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

import structlog
from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from merkato.kit import database as databases
from merkato.kit.database import Database, Session
from merkato.kit.errors import TooMany, Unavailable
from merkato.kit.loops import forever

PAGE: Final = 100
"""How many messages are read at once."""
WAITING_MAX: Final = 500
"""How many messages wait for one follower before it is cut off; it may come back and go on where it was."""
SWEEP: Final = 5.0
"""Seconds after which it is looked for news although none were told of."""
SEND_LIMIT: Final = 30.0
"""Seconds that a follower has to take what is sent, before it is cut off."""
_AGAIN: Final = 2.0
"""Seconds until a lost connection is made anew, by us and by those who follow."""
_FULL: Final = 10
BEAT: Final = b":\n\n"
HELLO: Final = b"retry: %d\n\n" % (_AGAIN * 1000)

_log = structlog.get_logger("merkato.streams")


class Told(NamedTuple):
    """One message as it goes over the wire, and its position in the stream."""

    position: int
    message: bytes


def event(event_id: str, kind: str, data: str) -> bytes:
    """One event as it goes over the wire; `data` is JSON."""
    return format_sse_event(data_str=data, event=kind, id=event_id)


@dataclass(eq=False, slots=True)
class Follower:
    """Somebody's place in a stream. What is new waits here until it is sent."""

    who: UUID
    following: bool = False
    """Whether it is handed what is new."""
    cut: bool = False
    """Whether it has been too slow."""
    _waiting: deque[Told] = field(default_factory=deque)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def hand(self, told: Sequence[Told]) -> None:
        self._waiting.extend(told)
        if len(self._waiting) > WAITING_MAX:
            self.cut = True
            self._waiting.clear()
        self._woken.set()

    def wake(self) -> None:
        self._woken.set()

    async def next(self, seconds: float) -> Told | None:
        """The next message; None when none has come in so many seconds, or the follower was woken for another reason."""
        if not self._waiting:
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._woken.wait()
        return self._waiting.popleft() if self._waiting else None


class Stream:
    """What is told to all who follow it, from wherever they were. The loops run while somebody follows."""

    def __init__(  # noqa: PLR0913 - what makes one stream another.
        self,
        database: Database,
        channel: str,
        *,
        newest: Callable[[Session], Awaitable[int]],
        after: Callable[[Session, int, int], Awaitable[Sequence[Told]]],
        heartbeat: float,
        followers_max: int,
        each_max: int,
    ) -> None:
        """`newest` reads the last position, `after` the messages behind a position, at most so many, oldest first."""
        self._database, self._channel = database, channel
        self._newest, self._after = newest, after
        self._heartbeat, self._followers_max, self._each_max = heartbeat, followers_max, each_max
        self._followers: set[Follower] = set()
        self._position: int | None = None
        self._closing = asyncio.Event()
        self._woken = asyncio.Event()
        self._resting = asyncio.Event()
        self._loops: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def place(self, who: UUID) -> AsyncIterator[Follower]:
        """A place for a follower while the block lasts. Raises TooMany, Unavailable."""
        if self._closing.is_set():
            raise Unavailable("The server is stopping.")
        if len(self._followers) >= self._followers_max:
            raise Unavailable("There are too many followers here.", retry_after=_FULL)
        if Counter(each.who for each in self._followers)[who] >= self._each_max:
            said = f"You follow {self._each_max} times already; end one of these."
            raise TooMany(said, headers={"Retry-After": str(_FULL)})
        follower = Follower(who)
        self._followers.add(follower)
        if len(self._followers) == 1:
            self._begin()
        try:
            yield follower
        finally:
            self._followers.discard(follower)
            if not self._followers:
                # The loops come to their end by themselves; a connection that is being made is not cut off in the middle.
                self._resting.set()

    def close(self) -> None:
        """End all that follow, and let nobody in any more."""
        self._closing.set()
        for follower in self._followers:
            follower.wake()

    def _begin(self) -> None:
        self._position = None
        resting = self._resting = asyncio.Event()
        listen = partial(self._database.listen, self._channel, self._woken.set, resting)
        looking = forever("stream", self._look, every=SWEEP, stopping=resting, woken=self._woken)
        listening = forever("stream listen", listen, every=_AGAIN, stopping=resting)
        for each in (looking, listening):
            loop = asyncio.create_task(each)
            self._loops.add(loop)
            loop.add_done_callback(self._loops.discard)

    async def _look(self) -> None:
        """Hand what is new to all who follow."""
        while True:
            position = await self._reached()
            news = await self._read(position)
            # Nothing is awaited in between: who begins to follow knows what it will be handed.
            self._position = news[-1].position if news else position
            for follower in self._followers:
                if follower.following:
                    follower.hand(news)
            if len(news) < PAGE:
                return

    async def _reached(self) -> int:
        """Up to where all has been handed out."""
        if self._position is None:
            async with self._database.reading() as session:
                newest = await self._newest(session)
            # Another may have been faster, and have handed out something since.
            self._position = newest if self._position is None else self._position
        return self._position

    async def _read(self, position: int) -> Sequence[Told]:
        async with self._database.reading() as session:
            return await self._after(session, position, PAGE)

    async def follow(
        self, follower: Follower, after: int | None, lives: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[bytes]:
        """All messages behind a position, or from now on, each once, in order, with signs of life in between.

        It ends when the follower is too slow, when `lives` says so, and when the server stops.
        """
        yield HELLO
        loop, behind = asyncio.get_running_loop(), deque[Told]()
        try:
            joined = await self._reached()
            follower.following = True
            position = joined if after is None else after
            due = loop.time() + self._heartbeat
            while not (follower.cut or self._closing.is_set()):
                if loop.time() >= due:
                    if not await lives():
                        return
                    yield BEAT
                    due = loop.time() + self._heartbeat * random.uniform(0.8, 1)  # noqa: S311 - jitter.
                elif position < joined and not behind:
                    behind.extend(await self._read(position))
                    joined = joined if behind else position
                else:
                    told = behind.popleft() if behind else await follower.next(due - loop.time())
                    # What was read to catch up may be handed over once more.
                    if told is not None and told.position > position:
                        position = told.position
                        yield told.message
        except Exception as error:
            if databases.problem_of(error) is None:
                raise
            # The answer has begun, so it can only end. The follower comes back and goes on where it was.
            _log.warning("stream", channel=self._channel, cause=type(error).__name__)


class StreamResponse(StreamingResponse):
    """Sends a stream. Whoever does not take what is sent is cut off."""

    # FastAPI's own class would have each follower's messages made anew, and begun before it is known whether they can be told.
    media_type = "text/event-stream"

    def __init__(self, messages: AsyncIterator[bytes], status_code: int = 200) -> None:
        # Not to be kept by a browser, nor held back by a proxy.
        super().__init__(messages, status_code, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def patiently(message: Message) -> None:
            async with asyncio.timeout(SEND_LIMIT):
                await send(message)

        # What the client has not taken is lost with the connection; it comes back and says what it has seen last.
        with suppress(TimeoutError):
            await super().__call__(scope, receive, patiently)
