"""Readiness: it asks once at a time, never waits long, and believes a second answer after a lost connection."""

import asyncio
import time

import httpx
from fastapi import FastAPI

from merkato.web import health
from merkato.web.health import Watch


async def test_live_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "live"}
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()["migrations"], ready.headers["cache-control"]) == (
        200,
        "current",
        "no-store",
    )


async def test_a_database_that_lacks_migrations_is_not_ready(app: FastAPI, client: httpx.AsyncClient) -> None:
    async def behind() -> bool:
        return True

    app.state.watch = Watch(behind)
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.headers["retry-after"]) == (503, "2")
    assert ready.json() | {"worker": ""} == {
        "status": "unavailable",
        "database": "up",
        "migrations": "behind",
        "worker": "",
    }


async def test_questions_do_not_pile_up_before_a_database_that_hangs() -> None:
    asked = 0

    async def hangs() -> bool:
        nonlocal asked
        asked += 1
        await asyncio.sleep(60)
        return False

    watch = Watch(hangs)
    began = time.monotonic()
    assert await asyncio.gather(*(watch.look() for _ in range(20))) == [None] * 20
    assert time.monotonic() - began < 2 * health.LIMIT
    assert await watch.look() is None
    assert asked == 1
    assert watch._looking is not None
    watch._looking.cancel()


async def test_a_connection_that_a_restart_has_cut_is_tried_again() -> None:
    outcomes: list[Exception | bool] = [ConnectionResetError(), False]

    async def behind() -> bool:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert await Watch(behind).look() is False


async def test_one_caller_s_answer_is_not_lost_to_the_next_caller_s_look() -> None:
    looks = 0

    async def behind() -> bool:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0.01)
        return False

    watch = Watch(behind)

    async def second() -> bool | None:
        while watch._looking is None or not watch._looking.done():  # noqa: ASYNC110 - it asks in that very turn.
            await asyncio.sleep(0)
        # The first look has ended, and the first caller has not been woken yet.
        return await watch.look()

    assert tuple(await asyncio.gather(second(), watch.look())) == (False, False)
    assert looks == 2
