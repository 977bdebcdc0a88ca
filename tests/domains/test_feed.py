"""The feed of jobs: everything once, in one order, in pages and live."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, func, insert, select, text, update

from doors import ClientOf, SignIn
from make import tasks
from make.answers import code, pointers
from make.following import STREAM, following
from make.jobs import done, job, listed, offer
from merkato.domains.hiring import queries, schedules
from merkato.domains.hiring.models import FeedCounter, FeedEvent, FeedType
from merkato.domains.hiring.service import announcing
from merkato.kit import clock, ids
from merkato.kit.database import Database, Session, at_the_end
from merkato.kit.streams import WAITING_MAX
from merkato.settings import Settings

FEED = "/v1/feed/jobs"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"heartbeat_seconds": 1, "followers_each_max": 2, "followers_max": 3})


@pytest.fixture
async def anna(sign_in: SignIn) -> httpx.AsyncClient:
    return await sign_in()


@pytest.fixture
async def bob(sign_in: SignIn) -> httpx.AsyncClient:
    return await sign_in("Bob")


async def tell(database: Database, job_id: str, number: int) -> None:
    """So many events of a job in one transaction, all at the same time."""

    async def all_at_once(session: Session) -> None:
        copy = await queries.copy_of(session, UUID(job_id))
        assert copy is not None
        told = copy.model_dump(mode="json")
        taken = update(FeedCounter).values(last=FeedCounter.last + number).returning(FeedCounter.last)
        last = (await session.scalars(taken)).one()
        rows = [
            {"id": ids.numbered(each), "position": each, "type": FeedType.UPDATED, "job_id": copy.id, "job": told}
            for each in range(last - number + 1, last + 1)
        ]
        await session.execute(insert(FeedEvent).values(at=NOON), rows)
        await session.execute(select(func.pg_notify(queries.CHANNEL, "")))

    await database.run(all_at_once)


async def pages(client: httpx.AsyncClient, limit: int, until: str | None = None) -> list[str]:
    """The ids of the feed, page by page, up to one of them or to the end."""
    found: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        answer = await client.get(FEED, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [each["id"] for each in page["data"]]
        if page["next"] is None or until in found:
            return found
        query["cursor"] = page["next"]


async def test_the_feed_tells_of_each_job_as_it_was(anna: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    posted = await job(anna)
    changed = (await anna.patch(f"/v1/jobs/{posted['id']}", json={"title": "Clean it twice"})).json()
    assert (await anna.patch(f"/v1/jobs/{posted['id']}", json={"title": "Clean it twice"})).status_code == 200
    await done(anna, posted["id"], (await offer(bob, posted["id"]))["id"], "accept")
    told = await listed(bob, FEED)
    assert [each["type"] for each in told] == ["job.updated", "job.updated", "job.created"]
    assert [each["job"]["status"] for each in told] == ["assigned", "open", "open"]
    for event_, was in ((told[2], posted), (told[1], changed)):
        assert set(event_) == {"id", "type", "at", "job"}
        # Offers and what was agreed on are for the two sides of them.
        assert event_["job"] == {name: value for name, value in was.items() if name not in {"offers", "agreement"}}
    assert await listed(anna, FEED) == told
    assert (await bob.get(FEED, params={"limit": 0})).status_code == 422


async def test_a_page_of_the_feed_is_few_statements(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, database: Database
) -> None:
    posted = await job(anna)
    await job(bob)
    await tell(database, posted["id"], 30)
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database._reader.sync_engine, "before_cursor_execute", count)
    assert len(await listed(bob, FEED, limit=30)) == 30
    event.remove(database._reader.sync_engine, "before_cursor_execute", count)
    assert len([each for each in statements if "hiring_feed" in each]) == 1
    assert len(statements) <= 3


async def test_pages_of_three_while_a_thousand_events_arrive_at_one_time_repeat_and_skip_nothing(
    app: FastAPI, anna: httpx.AsyncClient, bob: httpx.AsyncClient, database: Database
) -> None:
    posted = await job(anna)
    await tell(database, posted["id"], 60)
    first = await listed(bob, FEED, limit=1)

    async def arrive() -> None:
        for _ in range(25):
            await tell(database, posted["id"], 10)

    async with following(app, bob, after=first[0]["id"]) as follower:
        writers = [asyncio.create_task(arrive()) for _ in range(4)]
        while not all(writer.done() for writer in writers):
            before = [each["id"] for each in await listed(bob, FEED, limit=40)]
            seen = await pages(bob, 3, until=before[-1])
            assert len(seen) == len(set(seen)), "Nothing is repeated."
            begun = seen.index(before[0])
            assert seen[begun : begun + len(before)] == before, "Nothing is skipped."
        await asyncio.gather(*writers)
        live = [each["id"] for each in await follower.several(1_000)]
    everything = await pages(bob, 100)
    assert len(set(everything)) == 1_061
    assert live == everything[999::-1], "Who follows is told each event once, in the order of the pages."


async def test_what_is_committed_later_is_told_later_whenever_it_began(
    app: FastAPI, anna: httpx.AsyncClient, bob: httpx.AsyncClient, database: Database
) -> None:
    early, late = await job(anna, title="Early"), await job(anna, title="Late")
    held, go = asyncio.Event(), asyncio.Event()

    async def begin_early_and_end_late(session: Session) -> None:
        job_ = await queries.job(session, UUID(early["id"]), lock=True)
        assert job_ is not None
        await announcing.changed(session, job_)
        held.set()
        await go.wait()

    async def take_a_position_and_wait(session: Session) -> None:
        job_ = await queries.job(session, UUID(early["id"]), lock=True)
        assert job_ is not None
        await announcing.changed(session, job_)
        at_the_end(session, wait)

    async def wait(_session: Session) -> None:
        held.set()
        await go.wait()

    async with following(app, bob) as follower:
        slow = asyncio.create_task(database.run(begin_early_and_end_late))
        await held.wait()
        await anna.patch(f"/v1/jobs/{late['id']}", json={"title": "First to be committed"})
        assert (await follower.next())["job"]["title"] == "First to be committed"
        go.set()
        await slow
        assert (await follower.next())["job"]["title"] == "Early"
        held.clear()
        go.clear()
        slow = asyncio.create_task(database.run(take_a_position_and_wait))
        await held.wait()
        # Nobody passes who has taken a position.
        change = asyncio.create_task(anna.patch(f"/v1/jobs/{late['id']}", json={"title": "Last"}))
        async with database.reading() as session:
            while not await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                pass
        assert len(await listed(bob, FEED)) == 4
        go.set()
        await slow
        assert (await change).status_code == 200
        assert [each["job"]["title"] for each in await follower.several(2)] == ["Early", "Last"]
    assert [each["job"]["title"] for each in await listed(bob, FEED, limit=2)] == ["Last", "Early"]


async def test_a_follower_begins_now_or_goes_on_where_it_was(
    app: FastAPI, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await job(anna, title="Before")
    async with following(app, bob) as one, following(app, bob) as other:
        assert one.status == 200
        assert one.headers["content-type"].startswith("text/event-stream")
        assert one.headers["cache-control"] == "no-store"
        await job(anna, title="One")
        await job(anna, title="Two", description="In\n\nlines.")
        seen = await one.several(2)
        assert await other.several(2) == seen
    assert seen == (await listed(bob, FEED))[1::-1]
    await job(anna, title="Three")
    async with following(app, bob, after=seen[0]["id"]) as one, following(app, bob, cursor=seen[1]["id"]) as other:
        await job(anna, title="Four")
        assert [each["job"]["title"] for each in await one.several(3)] == [seen[1]["job"]["title"], "Three", "Four"]
        assert [each["job"]["title"] for each in await other.several(2)] == ["Three", "Four"]
    # A browser that comes back has the address of before, and the header that counts.
    newest = (await listed(bob, FEED, limit=1))[0]
    async with following(app, bob, after=newest["id"], cursor=seen[0]["id"]) as one:
        await job(anna, title="Five")
        assert (await one.next())["job"]["title"] == "Five"


async def test_going_on_from_nowhere_is_refused(
    app: FastAPI, anna: httpx.AsyncClient, bob: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await job(anna)
    for wrong in ("", "x", "-1", str(ids.new()), "x" * 101):
        assert pointers(await bob.get(STREAM, params={"cursor": wrong})) == {"/cursor"}
        if wrong:
            assert pointers(await bob.get(STREAM, headers={"Last-Event-ID": wrong})) == {"/Last-Event-ID"}
    assert (await client.get(STREAM)).status_code == 401
    assert pointers(await bob.get(STREAM, params={"limit": 3})) == {"/limit"}


async def test_the_feed_forgets_what_is_old_and_says_so(
    app: FastAPI, anna: httpx.AsyncClient, bob: httpx.AsyncClient, database: Database
) -> None:
    for title in ("Old", "Older than it looks", "Kept"):
        await job(anna, title=title)
    new, _, old = await listed(bob, FEED)
    async with database.transaction() as session:
        past = update(FeedEvent).where(FeedEvent.position == 2).values(at=clock.now() - timedelta(days=91))
        await session.execute(past)
    await schedules.forget_feed(app.state.store)
    assert await listed(bob, FEED) == [new]
    assert code(await bob.get(STREAM, headers={"Last-Event-ID": old["id"]})) == (409, "feed-forgotten")
    await schedules.forget_feed(app.state.store)
    async with following(app, bob, after=new["id"]) as follower:
        await job(anna, title="Next")
        assert (await follower.next())["job"]["title"] == "Next"


async def test_what_is_deleted_is_told_no_more(
    app: FastAPI, anna: httpx.AsyncClient, bob: httpx.AsyncClient, database: Database
) -> None:
    gone, offered = await job(anna, title="Never mind"), await job(anna, title="My number is 555")
    await offer(bob, offered["id"])
    last = (await listed(bob, FEED))[0]
    async with following(app, bob) as follower:
        assert (await anna.delete(f"/v1/jobs/{gone['id']}")).status_code == 204
        assert [each["job"]["id"] for each in await listed(bob, FEED)] == [offered["id"]]
        assert (await anna.request("DELETE", "/v1/me")).status_code == 204
        await tasks.settle(app)
        cancelled = await follower.next()
    assert await listed(bob, FEED) == [cancelled]
    assert (cancelled["job"]["status"], cancelled["job"]["owner"]["name"]) == ("cancelled", "Deleted")
    async with following(app, bob, after=last["id"]) as follower:
        assert await follower.next() == cancelled


async def test_a_session_that_ends_takes_its_streams_with_it(
    app: FastAPI, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    async with following(app, anna) as stays, following(app, bob) as ends:
        sessions = (await bob.get("/v1/me/sessions")).json()["data"]
        assert (await bob.delete(f"/v1/me/sessions/{sessions[0]['id']}")).status_code == 204
        assert await ends.ended() == []
        await job(anna)
        await stays.next()
        assert not stays.over.is_set()


async def test_followers_have_limits(
    app: FastAPI, anna: httpx.AsyncClient, bob: httpx.AsyncClient, sign_in: SignIn
) -> None:
    async with following(app, anna), following(app, anna):
        answer = await anna.get(STREAM)
        assert (*code(answer), "retry-after" in answer.headers) == (429, "too-many", True)
        async with following(app, bob):
            answer = await (await sign_in("Cleo")).get(STREAM)
            assert (*code(answer), "retry-after" in answer.headers) == (503, "unavailable", True)
    async with following(app, anna) as again:
        assert again.status == 200


async def test_who_is_too_slow_is_cut_off_and_goes_on_later(
    app: FastAPI, anna: httpx.AsyncClient, bob: httpx.AsyncClient, database: Database
) -> None:
    posted = await job(anna)
    async with following(app, anna) as quick, following(app, bob) as slow:
        slow.takes.clear()
        for _ in range(WAITING_MAX // 100 + 1):
            await tell(database, posted["id"], 100)
        everything = await quick.several(WAITING_MAX + 100)
        slow.takes.set()
        seen = await slow.ended()
    assert len(seen) < len(everything)
    async with following(app, bob, after=seen[-1]["id"]) as slow:
        rest = await slow.several(len(everything) - len(seen))
    assert seen + rest == everything


async def test_a_lost_connection_that_listens_is_made_anew(
    app: FastAPI, anna: httpx.AsyncClient, bob: httpx.AsyncClient, database: Database
) -> None:
    ended = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = 'merkato listen' AND datname = current_database()"
    )
    async with following(app, bob) as follower:
        for title in ("Before", "After"):
            await job(anna, title=title)
            assert (await follower.next())["job"]["title"] == title
            async with database.transaction() as session:
                while not await session.scalar(ended):
                    pass


async def test_two_processes_tell_each_other(
    app: FastAPI,
    make_app: Callable[[Settings], FastAPI],
    client_of: ClientOf,
    settings: Settings,
    anna: httpx.AsyncClient,
    bob: httpx.AsyncClient,
) -> None:
    other = make_app(settings)
    there = client_of(other)
    there.headers["Authorization"] = anna.headers["Authorization"]
    async with following(app, bob) as here, following(other, bob) as beside:
        for owner in (anna, there):
            await job(owner)
            assert await here.next() == await beside.next()


async def test_a_server_that_stops_lets_its_followers_go(app: FastAPI, bob: httpx.AsyncClient) -> None:
    async with following(app, bob) as follower:
        app.state.job_feed.close()
        assert await follower.ended() == []
    assert code(await bob.get(STREAM)) == (503, "unavailable")
