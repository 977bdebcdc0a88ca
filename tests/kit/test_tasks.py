"""The queue and its runner at their worst moments: lost answers, stolen tasks, tries that never end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import psycopg
import pytest
import structlog

from make import tasks
from make.worker import asked, until
from merkato.kit.database import Database
from merkato.kit.loops import forever
from merkato.kit.tasks import Patience, runner
from merkato.kit.tasks.queue import Queue, Task
from merkato.kit.tasks.runner import Runner, Work, Works

LEFT = "SELECT count(*) FROM public_tasks.procrastinate_jobs"
T = TypeVar("T")
PATIENCE = Patience(tries=2, first=0.01, longest=1)


class Lossy(Queue):
    """The first answers of the database are lost on their way."""

    losses = 2

    async def take(self, worker: int) -> Task | None:
        return self._lost(await super().take(worker))

    async def done(self, task: Task) -> bool:
        return self._lost(await super().done(task))

    def _lost(self, answer: T) -> T:
        if answer and self.losses:
            self.losses -= 1
            raise psycopg.OperationalError
        return answer


@pytest.fixture
async def queue(database_url: str) -> AsyncIterator[Lossy]:
    async with (queue := Lossy(database_url, "public")).opened():
        yield queue


async def do_all(database: Database, queue: Queue, left: int, **works: Any) -> None:
    """Let a runner do what there is until so many tasks are left that are not dead."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    gone = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        known: Works = {(name, "order.placed"): Work(do, PATIENCE) for name, do in works.items()}
        each = Runner(queue, known, group, at_once=3, lease=20)
        group.create_task(forever("beat", each.beat, every=each.interval, stopping=gone))
        group.create_task(forever("fetch", each.fetch, every=0.1, stopping=gone, woken=each.woken))
        await until(database, f"{LEFT} WHERE status <> 'failed'", left)
        gone.set()
        await each.drain(1)


async def test_a_lost_answer_loses_no_task(database: Database, queue: Lossy) -> None:
    done: list[str] = []

    async def bake(args: dict[str, Any]) -> None:
        done.append(args["task_id"])

    made = [await tasks.waiting(database, "bake") for _ in range(5)]
    await do_all(database, queue, 0, bake=bake)
    assert sorted(done) == made
    assert queue.losses == 0


async def test_a_try_that_never_ends_is_ended(
    database: Database, queue: Lossy, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_: dict[str, Any]) -> None:
        await asyncio.sleep(60)

    async def give_up(_: dict[str, Any]) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(runner, "TRY_LIMIT", 0.05)
    queue.losses = 0
    await tasks.waiting(database, "hang")
    await tasks.waiting(database, "give_up")
    await do_all(database, queue, 0, hang=hang, give_up=give_up)
    causes = (
        "SELECT string_agg(args ->> 'cause' || attempts, ' ' ORDER BY task_name) FROM public_tasks.procrastinate_jobs"
    )
    assert await asked(database, causes) == "CancelledError2 TimeoutError2"


async def test_what_was_taken_over_is_no_longer_ours(database: Database, queue: Lossy) -> None:
    queue.losses = 0
    await tasks.waiting(database, "bake")
    frozen, other = await queue.register(), await queue.register()
    task = await queue.take(frozen)
    assert task is not None
    assert not await queue.stalled(20)
    await queue.unregister(frozen)
    assert [each.number for each in await queue.stalled(20)] == [task.number]
    [stalled] = await queue.stalled(20)
    assert await queue.again(stalled, 0, "lost")
    taken = await queue.take(other)
    assert taken is not None
    assert taken.tried == 1

    # The one that was frozen comes back: whatever it has to say comes too late.
    assert await queue.beat(frozen) is None
    assert 0 < (await queue.beat(other) or 0) < 60
    assert [await queue.done(task), await queue.again(task, 0, "late"), await queue.bury(task, "late")] == [False] * 3
    assert await queue.held(other) == {task.number: 1}
    assert await queue.done(taken)
    assert await asked(database, LEFT) == 0


async def test_a_schedule_does_not_pile_up(database: Database, queue: Lossy) -> None:
    for moment in (100, 100, 200, 300):
        await queue.tick("kitchen.sweep", moment)
    assert await asked(database, LEFT) == 1
    worker = await queue.register()
    queue.losses = 0
    assert await queue.take(worker)
    for moment in (300, 400, 500):
        await queue.tick("kitchen.sweep", moment)
    assert await asked(database, LEFT) == 2
    # The next one waits for the one under way, also when that one comes back.
    assert await queue.take(worker) is None
    await queue.put_back(worker)
    assert await asked(database, f"{LEFT} WHERE status = 'todo'") == 2
    assert await queue.take(worker)
    assert await queue.take(worker) is None


def test_waits_grow_to_a_limit_and_end() -> None:
    patience = Patience(tries=5, first=2, longest=10)
    waits = [patience.wait(tried) for tried in range(1, 6)]
    assert waits[4] is None
    for wait, expected in zip(waits, (2, 4, 8, 10), strict=False):
        assert wait is not None
        assert 0.75 * expected <= wait <= 1.25 * expected
    assert Patience(tries=10_000, first=1, longest=60).wait(9_999) is not None
