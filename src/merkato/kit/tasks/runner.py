"""One worker of the queue: it takes tasks and does several at once, shows that it lives, and takes over from those that do not.

States are advisory. A worker that was frozen may do what another is doing too; effects are unique by themselves.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog

from merkato.kit import traces
from merkato.kit.errors import Problem
from merkato.kit.tasks import USUAL, Hopeless, NotYet, Patience
from merkato.kit.tasks.queue import Queue, Task

TRY_LIMIT: Final = 120.0
"""Seconds that one try of a task may take."""
LOOK: Final = 2.0
"""Seconds after which a worker looks for tasks although nothing has told of any; a next try becomes due in silence."""
BEAT_LONGEST: Final = 2.5
"""Seconds between two signs of life at most, so that a dead worker's tasks are taken over within its lease and five seconds."""
FORGOTTEN: Final = 3600.0
"""Seconds after which a worker that shows no life is forgotten."""
_PAUSE: Final = 0.5
_CAUSE_MAX: Final = 300

_log = structlog.get_logger("merkato.tasks")


@dataclass(frozen=True, slots=True)
class Work:
    """What the tasks of one name do, and how patiently. Without patience a failure is only logged: the next tick tries again."""

    do: Callable[[dict[str, Any]], Awaitable[object]]
    patience: Patience | None


class UnknownTask(Exception):  # noqa: N818 - named for what it is.
    """No reaction of this version has this name: a newer or older one added the task."""


Works = Mapping[tuple[str, str | None], Work]
"""The work by the name of the task and of its event, None for a tick of a schedule."""


class Runner:
    """A worker. `fetch` and `beat` are steps of loops; the tasks themselves are done in a group."""

    def __init__(self, queue: Queue, works: Works, group: asyncio.TaskGroup, *, at_once: int, lease: float) -> None:
        self.woken = asyncio.Event()
        """Set to have `fetch` called at once: there may be a task, or a free hand."""
        self.interval = min(lease / 4, BEAT_LONGEST)
        self._queue, self._works, self._group = queue, works, group
        self._at_once, self._lease = at_once, lease
        self._worker: int | None = None
        self._running: dict[asyncio.Task[None], Task] = {}
        # Set while it is not known whether there are tasks of ours that we do not do.
        self._unsure = False
        self._ending = False

    async def fetch(self) -> None:
        """Begin tasks as long as there are some and a hand is free."""
        while self._worker is not None and len(self._running) < self._at_once and not self._ending:
            try:
                if self._unsure:
                    self._unsure = False
                    # An answer was lost on its way: nobody would ever do what is ours without our knowing.
                    await self._queue.put_back(self._worker, but=[task.number for task in self._running.values()])
                task = await self._queue.take(self._worker)
            except Exception:
                self._unsure = True
                raise
            if task is None:
                return
            doing = self._group.create_task(self._see_through(task), name=f"{task.name} {task.number}")
            self._running[doing] = task
            doing.add_done_callback(self._ended)

    def _ended(self, doing: asyncio.Task[None]) -> None:
        self._running.pop(doing, None)
        self.woken.set()

    async def beat(self) -> None:
        """Show that we live, drop what others have taken over, and take over from those who did not show that they live."""
        absent = 0.0 if self._worker is None else await self._queue.beat(self._worker)
        if self._worker is None or absent is None:
            self._drop(dict(self._running), {})
            if self._ending:
                return
            await self._queue.forget_workers(max(FORGOTTEN, 2 * self._lease))
            self._worker = await self._queue.register()
            self.woken.set()
        elif absent > self._lease:
            running = dict(self._running)
            self._drop(running, await self._queue.held(self._worker))
        # Whatever kept us from the database may have kept the others too: they get the time of one beat to come back.
        if absent is not None and absent < 3 * self.interval:
            await self._take_over()

    def _drop(self, running: Mapping[asyncio.Task[None], Task], held: Mapping[int, int]) -> None:
        """Stop doing what is no longer ours. A task that was put back and taken again by ourselves is another try."""
        for doing, task in running.items():
            if held.get(task.number) != task.tried and not doing.done():
                _log.warning("lost", **task.known_as)
                doing.cancel()
                self._running.pop(doing, None)
                # It may have been taken a moment after we had asked what is ours.
                self._unsure = True

    async def _take_over(self) -> None:
        for task in await self._queue.stalled(self._lease):
            wait = self._patience(task).wait(task.tried + 1)
            # A task that kills each worker must come to an end too.
            taken = await (self._queue.bury(task, "lost") if wait is None else self._queue.again(task, 0, "lost"))
            if taken:
                _log.warning("taken over", **task.known_as, tried=task.tried + 1)
                self.woken.set()

    def _patience(self, task: Task) -> Patience:
        work = self._works.get((task.name, task.event))
        return (work.patience if work else None) or USUAL

    async def drain(self, limit: float) -> None:
        """Take no more tasks, let those under way come to their end within so many seconds, and leave the rest to others."""
        self._ending = True
        if self._running:
            await asyncio.wait(list(self._running), timeout=limit)
        for doing in list(self._running):
            doing.cancel()
        if self._running:
            await asyncio.wait(list(self._running))
        worker, self._worker = self._worker, None
        if worker is not None:
            # Without a database there is nothing to say goodbye to; the lease ends by itself.
            with suppress(Exception):
                await self._queue.put_back(worker)
                await self._queue.unregister(worker)

    async def _see_through(self, task: Task) -> None:
        """Do a task, and write down how it ended, however often the database must be asked."""
        said = {**task.known_as, "event": task.event, "tried": task.tried + 1}
        with (
            structlog.contextvars.bound_contextvars(**task.known_as),
            traces.task(task.name, said, task.traceparent) as span,
        ):
            began = time.monotonic()
            error = await self._try(task)
            if error is not None and not isinstance(error, NotYet):
                traces.note_failure(span, type(error).__name__)
            spent = round((time.monotonic() - began) * 1000, 1)
            while True:
                try:
                    await self._write_down(task, error, spent)
                except Exception as trouble:  # noqa: BLE001 - the outcome must not be lost for any reason.
                    _log.warning("unwritten", cause=type(trouble).__name__)
                    await asyncio.sleep(_PAUSE)
                else:
                    return

    async def _try(self, task: Task) -> BaseException | None:
        """What went wrong, if anything."""
        work = self._works.get((task.name, task.event))
        if work is None:
            return UnknownTask(task.name)
        try:
            async with asyncio.timeout(TRY_LIMIT):
                await work.do(task.args)
        except asyncio.CancelledError as error:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            # It was cancelled from within, by a library that gave up: a failure as any other.
            return error
        except Exception as error:  # noqa: BLE001 - whatever it is, the task is tried again or listed.
            return error
        return None

    async def _write_down(self, task: Task, error: BaseException | None, spent: float) -> None:
        tried = task.tried + 1
        if error is None:
            if await self._queue.done(task):
                say = _log.debug if task.event is None else _log.info
                say("task", milliseconds=spent, tried=tried)
            return
        work = self._works.get((task.name, task.event))
        if task.event is None and (work is None or work.patience is None):
            # A tick of a schedule; the next comes by itself.
            await self._queue.done(task)
            _log.warning("schedule", cause=type(error).__name__, exc_info=error)
            return
        wait = None if isinstance(error, Hopeless) else self._patience(task).wait(tried)
        cause = _cause(error)
        written = await (self._queue.bury(task, cause) if wait is None else self._queue.again(task, wait, cause))
        if wait is not None and wait < LOOK:
            asyncio.get_running_loop().call_later(wait, self.woken.set)
        if written:
            outcome = {"dead": True} if wait is None else {"again_in": round(wait, 1)}
            # A task that has to wait for others is no fault; the traceback is for what nobody foresaw.
            trace = None if isinstance(error, NotYet | Hopeless | Problem | UnknownTask | OSError) else error
            _log.warning("task", cause=cause, tried=tried, milliseconds=spent, exc_info=trace, **outcome)


def _cause(error: BaseException) -> str:
    """Why a try failed, for staff: our own words, or else no more than the kind, for a library's message may hold anything."""
    name = type(error).__name__
    return f"{name}: {error}"[:_CAUSE_MAX] if isinstance(error, Hopeless | Problem | UnknownTask) else name
