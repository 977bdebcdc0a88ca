"""The history of the schema: one line, in step with the models, walkable in both directions."""

import hashlib

import asyncpg
import httpx
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from doors import SignIn
from make import community, orders, reviews
from merkato import migrations, modules
from merkato.kit.database import Database, dsn
from merkato.kit.rows import Row

assert modules.ROUTERS, "Importing the modules is what fills the metadata."


async def tables(url: str, schema: str = "public") -> set[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", schema)
    await connection.close()
    return {row["tablename"] for row in rows} - {"merkato_revision"}


async def differences(url: str) -> list[object]:
    found: list[object] = []

    def compare(connection: Connection) -> None:
        options = {
            "compare_type": True,
            "version_table": "merkato_revision",
            "include_object": lambda _object, name, kind, reflected, _other: (
                not (kind == "table" and reflected and name not in Row.metadata.tables)
            ),
        }
        found.extend(compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata))

    engine = create_async_engine(dsn(url))
    async with engine.connect() as connection:
        await connection.run_sync(compare)
    await engine.dispose()
    return found


async def test_migrations_and_models_agree(empty_url: str) -> None:
    await migrations.upgrade(empty_url)
    assert await differences(empty_url) == [], 'Write the missing revision with `make migration m="..."`.'
    assert await tables(empty_url) == set(Row.metadata.tables)


async def test_up_one_down_up_and_down_to_nothing_and_up_again(empty_url: str) -> None:
    await migrations.upgrade(empty_url)
    assert await migrations.current(empty_url) == migrations.head()
    there = await tables(empty_url)
    await migrations.downgrade(empty_url)
    await migrations.upgrade(empty_url, revision="+1")
    assert await tables(empty_url) == there
    await migrations.downgrade(empty_url, revision="base")
    assert await tables(empty_url) == set()
    assert await migrations.current(empty_url) is None
    await migrations.upgrade(empty_url)
    assert await tables(empty_url) == there


async def test_what_is_stored_stands_in_no_revisions_way(
    database_url: str, database: Database, sign_in: SignIn, staff: httpx.AsyncClient
) -> None:
    anna, mug = await sign_in(), await orders.product(database)
    await orders.pay(anna, await orders.later(anna, (mug["variant_id"], 1)))
    await reviews.review(anna, mug["product_id"])
    post = await community.post(anna, tags=["tea"])
    await community.comment(anna, post["id"])
    await community.report(anna, f"/v1/posts/{post['id']}")
    assert (await staff.post(f"/v1/posts/{post['id']}/votes")).status_code == 201
    await database.close()
    there = await tables(database_url)
    await migrations.downgrade(database_url)
    await migrations.upgrade(database_url)
    await migrations.downgrade(database_url, revision="base")
    assert await tables(database_url) == set()
    await migrations.upgrade(database_url)
    assert await tables(database_url) == there


async def test_a_store_is_any_schema_of_a_database(empty_url: str) -> None:
    await migrations.upgrade(empty_url, "shop")
    assert await tables(empty_url, "shop") == set(Row.metadata.tables)
    assert "procrastinate_jobs" in await tables(empty_url, "shop_tasks")
    await migrations.downgrade(empty_url, "shop", "base")
    assert await tables(empty_url, "shop") | await tables(empty_url, "shop_tasks") | await tables(empty_url) == set()


async def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    await migrations.upgrade(empty_url)
    await migrations.upgrade(empty_url)
    assert await migrations.current(empty_url) == migrations.head()


def test_the_history_is_one_line() -> None:
    script = ScriptDirectory.from_config(migrations._config("public"))
    assert len(script.get_heads()) == 1
    assert all(not isinstance(each.down_revision, tuple) for each in script.walk_revisions())


def test_the_tables_of_the_tasks_are_those_of_revision_0002() -> None:
    known = hashlib.sha256(SchemaManager.get_schema().encode()).hexdigest()[:16]
    assert known == "c70ec4b400a60ad9", (
        "Procrastinate has changed its tables: a revision must bring those of older stores up."
    )
