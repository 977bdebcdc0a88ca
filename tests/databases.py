"""Databases with all tables and nothing in them: copied from a template, emptied after each use, and used again.

To copy one costs ten times as much as to empty it. Whatever a use has changed besides rows is not mended: such a database is dropped.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import asyncpg
from asyncpg import Connection, InsufficientPrivilegeError, ObjectInUseError

from merkato import migrations
from merkato.kit.ids import new

_OURS = "SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
_TABLES = f"SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace IN ({_OURS}) ORDER BY 1"
# A definition is a row of one of these; whoever adds, alters or deletes one changes the sum.
_CATALOGUES = ("attrdef", "attribute", "class", "constraint", "index", "namespace", "proc", "trigger", "type")
_DEFINITIONS = "SELECT " + " + ".join(f"(SELECT sum(xmin::text::int8) FROM pg_{each})" for each in _CATALOGUES)
_OTHERS_OUT = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# As a replica, so that no foreign key asks for an order. Most tables have never held a row, and have no size.
_EMPTIED = """
SET session_replication_role = replica;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT each FROM unnest('{%s}'::text[]) each WHERE pg_relation_size(each) > 0 LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
END $$
"""


def at(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    before, _, after = url.partition("?")
    return before.rsplit("/", 1)[0] + "/" + name + (f"?{after}" if after else "")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def neglect_power_cuts(server_url: str) -> None:
    """Let the server forget what a power cut would make it forget; it is not long for this world."""
    async with connected(server_url) as server:
        for promise in ("fsync", "full_page_writes", "synchronous_commit"):
            await server.execute(f"ALTER SYSTEM SET {promise} = off")
        await server.execute("SELECT pg_reload_conf()")


async def make_template(server_url: str, name: str) -> None:
    """Make the database of which all others are copies."""
    await drop_template(server_url, name)
    async with connected(server_url) as server:
        await server.execute(f'CREATE DATABASE "{name}"')
    await migrations.upgrade(at(server_url, name))


async def drop_template(server_url: str, name: str) -> None:
    async with connected(server_url) as server:
        await server.execute(f'DROP DATABASE IF EXISTS "{name}"')


@dataclass
class Shelf:
    """Where databases wait for their next use. `server` is a connection to another database than these."""

    server_url: str
    template: str
    server: Connection
    waiting: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    """The tables that migrations leave empty,"""
    rest: list[object] = field(default_factory=list)
    """and a picture of everything else that they leave."""

    async def take(self) -> str:
        """The URL of a database. Its name is new, so that whoever was left behind by an earlier use does not find it."""
        name = f"test_{new().hex}"
        while self.waiting:
            emptied = self.waiting.pop()
            try:
                await self.server.execute(f'ALTER DATABASE "{emptied}" RENAME TO "{name}"')
            except ObjectInUseError:
                await self._drop(emptied)
            else:
                return at(self.server_url, name)
        await self.server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        if not self.rest:
            await self._look_at(name)
        return at(self.server_url, name)

    async def give_back(self, url: str) -> None:
        """Empty a database for its next use. Drop it if it is no longer what the migrations made, or if we may not empty it."""
        name = url.partition("?")[0].rpartition("/")[2]
        with suppress(InsufficientPrivilegeError):
            async with connected(url) as database:
                await database.execute(_OTHERS_OUT)
                if await self._rest_of(database) == self.rest:
                    await database.execute(_EMPTIED % ",".join(self.empty))
                    self.waiting.append(name)
                    return
        await self._drop(name)

    async def clear(self) -> None:
        """Drop what waits."""
        while self.waiting:
            await self._drop(self.waiting.pop())

    async def _look_at(self, name: str) -> None:
        async with connected(at(self.server_url, name)) as database:
            for table in await database.fetch(_TABLES):
                if not await database.fetchval(f"SELECT EXISTS (TABLE {table[0]})"):
                    self.empty.append(table[0])
            self.rest = await self._rest_of(database)

    async def _rest_of(self, database: Connection) -> list[object]:
        filled = [table[0] for table in await database.fetch(_TABLES) if table[0] not in self.empty]
        return [await database.fetchval(_DEFINITIONS), *[await database.fetch(f"TABLE {table}") for table in filled]]

    async def _drop(self, name: str) -> None:
        await self.server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
