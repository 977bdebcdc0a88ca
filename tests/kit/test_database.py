"""Who commits, what is tried again, and what a client is told when the database is in trouble."""

import asyncio
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from doors import ClientOf, MakeDatabase, SignIn
from make import accounts
from merkato import migrations
from merkato.app import create_app
from merkato.kit.database import Database, Session
from merkato.kit.errors import Unavailable
from merkato.settings import Settings

BERLIN = {"name": "Anna Example", "line1": "Torstrasse 1", "city": "Berlin", "postal_code": "10119", "country": "DE"}


@pytest.fixture
async def notes(database: Database) -> Database:
    """A table to scribble on."""
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE notes (id int PRIMARY KEY, word text)"))
    return database


async def count(database: Database) -> int:
    async with database.reading() as session:
        return int(await session.scalar(text("SELECT count(*) FROM notes")) or 0)


async def write(session: Session, number: int) -> None:
    await session.execute(text("INSERT INTO notes VALUES (:number, '')"), {"number": number})


async def test_only_the_transaction_commits(notes: Database) -> None:
    with pytest.raises(RuntimeError, match="commits"):
        async with notes.transaction() as session:
            await write(session, 1)
            await session.commit()
    with pytest.raises(RuntimeError, match="commits"):
        async with notes.transaction() as session:
            await write(session, 2)
            await session.run_sync(lambda sync: sync.commit())
    assert await count(notes) == 0


async def test_savepoints_are_not_commits(notes: Database) -> None:
    async with notes.transaction() as session:
        await write(session, 1)
        with pytest.raises(ZeroDivisionError):
            async with session.begin_nested():
                await write(session, 2)
                raise ZeroDivisionError
        async with session.begin_nested():
            await write(session, 3)
    assert await count(notes) == 2


async def test_what_raises_is_rolled_back(notes: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with notes.transaction() as session:
            await write(session, 1)
            raise ZeroDivisionError
    assert await count(notes) == 0


async def test_readers_cannot_change_anything(notes: Database) -> None:
    for opened in (notes.reading, notes.snapshot):
        with pytest.raises(DBAPIError, match="read-only"):
            async with opened() as session:
                await write(session, 1)


async def test_a_snapshot_stays_at_its_moment(notes: Database) -> None:
    async with notes.snapshot() as session:
        before = await session.scalar(text("SELECT count(*) FROM notes"))
        await notes.run(write, 1)
        assert await session.scalar(text("SELECT count(*) FROM notes")) == before
    assert await count(notes) == 1


async def test_deadlocks_are_run_again(notes: Database) -> None:
    for number in (1, 2):
        await notes.run(write, number)
    met = asyncio.Barrier(2)
    first_time = {1: True, 2: True}

    async def both(session: Session, first: int, second: int) -> None:
        await session.execute(text("UPDATE notes SET word = word || 'x' WHERE id = :id"), {"id": first})
        if first_time[first]:
            first_time[first] = False
            await met.wait()
        await session.execute(text("UPDATE notes SET word = word || 'x' WHERE id = :id"), {"id": second})

    await asyncio.gather(notes.run(both, 1, 2), notes.run(both, 2, 1))
    async with notes.reading() as session:
        assert list(await session.scalars(text("SELECT word FROM notes"))) == ["xx", "xx"]


async def test_a_lost_connection_is_replaced(notes: Database) -> None:
    tries = 0

    async def step(session: Session) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        await write(session, 7)

    await notes.run(step)
    assert (tries, await count(notes)) == (2, 1)


async def test_it_gives_up_after_a_while(notes: Database) -> None:
    async def step(session: Session) -> None:
        await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Unavailable):
        await notes.run(step)


async def test_a_unique_violation_is_an_answer(notes: Database) -> None:
    tries = 0

    async def step(session: Session) -> None:
        nonlocal tries
        tries += 1
        await write(session, 1)

    await notes.run(step)
    with pytest.raises(DBAPIError, match="duplicate"):
        await notes.run(step)
    assert tries == 2


async def _break_commits(database: Database, table: str) -> None:
    """Let every commit that touched the table fail, by a constraint that is checked at the end."""
    async with database.transaction() as session:
        await session.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$"
            )
        )
        await session.execute(
            text(
                f"CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )


async def test_a_failed_commit_is_never_a_success(database: Database, sign_in: SignIn) -> None:
    anna = await sign_in()
    await _break_commits(database, "addresses")
    answer = await anna.post("/v1/me/addresses", json=BERLIN)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert (await anna.get("/v1/me/addresses")).json()["data"] == []


async def test_requests_are_run_again(database: Database, sign_in: SignIn) -> None:
    """Ten requests whose commit fails twice each: ten answers 201, ten rows."""
    anna = await sign_in()
    async with database.transaction() as session:
        await session.execute(text("CREATE SEQUENCE failures"))
        await session.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "IF nextval('failures') % 3 <> 0 THEN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$"
            )
        )
        await session.execute(
            text(
                "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON addresses DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )
    for _ in range(10):
        assert (await anna.post("/v1/me/addresses", json=BERLIN)).status_code == 201
    assert len((await anna.get("/v1/me/addresses")).json()["data"]) == 10


async def test_the_database_can_go_and_come_back(database: Database, sign_in: SignIn) -> None:
    anna = await sign_in()
    async with database.transaction() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert (await anna.get("/v1/me")).status_code == 200
    assert (await anna.post("/v1/me/addresses", json=BERLIN)).status_code == 201


async def test_forty_clients_on_a_pool_of_five(
    make_app: Callable[[Settings], FastAPI],
    client_of: ClientOf,
    settings: Settings,
) -> None:
    app = make_app(settings.model_copy(update={"database_pool": 5}))
    anna = client_of(app)
    await accounts.sign_in(app, anna)
    answers = await asyncio.wait_for(
        asyncio.gather(*(anna.post("/v1/me/addresses", json=BERLIN) for _ in range(40))), timeout=60
    )
    assert {answer.status_code for answer in answers} <= {201, 503}
    made = sum(answer.status_code == 201 for answer in answers)
    assert made > 0
    assert len((await anna.get("/v1/me/addresses?limit=100")).json()["data"]) == made


async def test_only_visitors_read_from_the_replica(
    database_url: str,
    make_database: MakeDatabase,
    client_of: ClientOf,
    settings: Settings,
) -> None:
    """Here the replica is another database, so far behind that it has nothing at all."""
    replica = SecretStr(await make_database())
    app = create_app(settings.model_copy(update={"database_replica_url": replica}), database_url)
    anna, visitor = client_of(app), client_of(app)
    await accounts.sign_in(app, anna)
    assert (await anna.get("/v1/me")).status_code == 200
    assert (await anna.get("/v1/profiles/anna")).status_code == 200
    assert (await visitor.get("/v1/profiles/anna")).status_code == 404
    await app.state.database.close()


async def test_a_store_is_a_schema(database_url: str, client_of: ClientOf, settings: Settings) -> None:
    """Two stores in one database do not know of each other."""
    names = ("store_a", "store_b")
    apps = []
    for name in names:
        await migrations.upgrade(database_url, name)
        apps.append(create_app(settings.model_copy(update={"database_schema": name}), database_url))
    clients = [client_of(app) for app in apps]
    for app, client in zip(apps, clients, strict=True):
        await accounts.sign_in(app, client)
    assert [(await client.get("/v1/me")).json()["profile"]["handle"] for client in clients] == ["anna", "anna"]
    assert (await clients[0].delete("/v1/me")).status_code == 204
    assert [(await client.get("/v1/me")).status_code for client in clients] == [401, 200]
    assert [await migrations.current(database_url, name) for name in names] == [migrations.head()] * 2
    await migrations.downgrade(database_url, "store_a", "base")
    assert (await clients[1].get("/v1/me")).status_code == 200
    for app in apps:
        await app.state.database.close()
