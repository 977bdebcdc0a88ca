"""The worker: events have their reactions at least once, whatever goes wrong on the way, and what cannot be done is listed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from subprocess import CompletedProcess
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from cli.stores import Store
from make import tasks, worker
from make.worker import REACTIONS, SCHEDULES, Rung, asked, until, working
from merkato.kit import clock, ids
from merkato.kit.database import Database
from merkato.kit.tasks import listing
from merkato.settings import Settings

DONE = "SELECT count(*) FROM effects"
LEFT = "SELECT count(*) FROM public_tasks.procrastinate_jobs"
CUT = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


async def change(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement))


async def test_each_event_has_each_of_its_reactions(app: FastAPI, database: Database) -> None:
    await worker.prepare(database)
    await worker.ring(database, *(Rung() for _ in range(3)))
    async with working(app.state.store):
        await until(database, DONE, 6)
        # It is told of what is announced while it works, and a failure is tried again.
        began = time.monotonic()
        await worker.ring(database, Rung(), Rung(how="fail once"))
        await until(database, DONE, 10)
        assert time.monotonic() - began < 10
        # A relay that died before it marked what it had relayed: everything comes twice, and has its effect once.
        await change(database, "UPDATE outbox_events SET relayed_at = NULL")
        await until(database, "SELECT count(*) >= 11 FROM attempts", value=True)
        await until(database, LEFT, 0)
    assert await asked(database, DONE) == 10
    assert await asked(database, "SELECT count(*) FROM outbox_events WHERE relayed_at IS NULL") == 0
    # It has said goodbye.
    assert await asked(database, "SELECT count(*) FROM public_tasks.procrastinate_workers") == 0


async def test_what_cannot_be_done_is_listed_and_tried_anew(
    app: FastAPI, database: Database, staff: httpx.AsyncClient, store: Store, database_url: str
) -> None:
    def command(*words: str) -> Awaitable[CompletedProcess[str]]:
        return asyncio.to_thread(store.do, "tasks", *words, DATABASE_URL=database_url)

    async def listed(state: str) -> dict[str, dict[str, Any]]:
        page = (await staff.get("/v1/tasks", params={"state": state})).json()
        return {each["name"] + " " + each["event"]["payload"].get("how", ""): each for each in page["data"]}

    await worker.prepare(database)
    # One is of a version to come: it is kept for a worker that knows it.
    await tasks.waiting(database, "kitchen.bake")
    await worker.ring(database, Rung(how="hopeless"), Rung(how="fail"))
    async with working(app.state.store, REACTIONS[:1]):
        await until(database, f"{LEFT} WHERE status = 'failed'", 2)
        await until(database, f"{LEFT} WHERE status = 'todo' AND attempts > 0", 1)
    assert await asked(database, "SELECT count(*) FROM attempts") == 1 + 3
    assert (await staff.get("/v1/tasks/counts")).json() == {"events": 0, "waiting": 1, "running": 0, "dead": 2}
    assert (await listed("waiting"))["kitchen.bake "]["problem"] == "UnknownTask: kitchen.bake"
    dead = await listed("dead")
    assert [(name, each["tried"], each["problem"]) for name, each in dead.items()] == [
        ("make.record fail", 3, "RuntimeError"),
        ("make.record hopeless", 1, "Hopeless: There is nothing to be done."),
    ]

    # By the API: one that is dead, one that no longer is, one that never was.
    task_id = dead["make.record hopeless"]["id"]
    again = await staff.post(f"/v1/tasks/{task_id}/retry")
    assert (again.status_code, again.json()["state"], again.json()["tried"]) == (200, "waiting", 0)
    assert (await staff.post(f"/v1/tasks/{task_id}/retry")).json()["code"] == "task-not-dead"
    assert (await staff.post(f"/v1/tasks/{ids.new()}/retry")).status_code == 404

    # By the command line.
    task_id = dead["make.record fail"]["id"]
    assert (await command()).stdout == "waiting  2\nrunning  0\ndead     1\n"
    line = (await command("dead")).stdout
    assert line.startswith(task_id)
    assert "how=fail" in line
    assert [(await command("retry", *words)).returncode for words in ([], ["--all", task_id], [str(ids.new())])] == [
        2,
        2,
        1,
    ]
    assert (await command("retry", task_id)).stdout.startswith("1 will be tried")
    assert (await command("retry", "--all")).stdout.startswith("0 will be tried")
    async with working(app.state.store, REACTIONS[:1]):
        await until(database, f"{LEFT} WHERE status = 'failed'", 2)
    assert await asked(database, "SELECT count(*) FROM attempts") == 2 * (1 + 3)

    # A month later nobody remembers; what still waits does.
    with clock.moved(timedelta(days=31)):
        await database.run(listing.forget)
    assert await asked(database, LEFT) == 1
    assert await asked(database, "SELECT count(*) FROM outbox_events") == 0


async def test_a_schedule_runs_once_however_many_workers_there_are(app: FastAPI, database: Database) -> None:
    runs = "SELECT count(*) FROM attempts WHERE what = :what"
    await worker.prepare(database)
    began = clock.now().timestamp()
    async with working(app.state.store, (), SCHEDULES), working(app.state.store, (), SCHEDULES):
        await until(database, f"SELECT ({runs}) >= 3", value=True, what="tick")
        # A run that fails leaves nothing behind, and the next comes all the same.
        await until(database, f"SELECT ({runs}) >= 2", value=True, what="stumble")
    # The first look finds the last moment that was due, before the beginning.
    moments = int(clock.now().timestamp()) - int(began) + 1
    assert 3 <= await asked(database, runs, what="tick") <= moments
    assert await asked(database, f"{LEFT} WHERE status <> 'todo' OR attempts > 0") == 0


async def test_nothing_but_the_stop_ends_it(
    make_app: Callable[[Settings], FastAPI], settings: Settings, database: Database
) -> None:
    app = make_app(settings.model_copy(update={"tasks_lease": 3}))
    await worker.prepare(database)
    async with working(app.state.store):
        for number in range(1, 4):
            # Every connection is cut, as by a restart of the database, in the middle of its work.
            await worker.ring(database, *(Rung() for _ in range(20)))
            async with database.transaction() as session:
                await session.execute(text(CUT))
            await until(database, DONE, 40 * number)
        # As it is after a long sleep: others have forgotten it, and may be doing what it does.
        await worker.ring(database, Rung(slow=60))
        await until(database, "SELECT count(*) FROM attempts WHERE what = 'slow'", 1)
        await change(database, "DELETE FROM public_tasks.procrastinate_workers")
        await until(database, DONE, 122)
        await until(database, LEFT, 0)
