"""The schema's history, inside the package, so that an installed copy can create its own database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Column, Connection, MetaData, String, Table, exc, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from merkato.kit.database import Database, dsn

_LOCK: Final = 6_041_977
"""Of the advisory lock under which one process migrates while the others wait."""
_REVISION: Final = Table("merkato_revision", MetaData(), Column("version_num", String))


class UnknownRevision(ValueError):  # noqa: N818 - named for what happened.
    """There is no such revision in this package; the message is one sentence."""


def _config(schema: str, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    return config


async def upgrade(url: str, schema: str = "public", revision: str = "head") -> None:
    """Bring the database up to a revision (`+1` for one step). Safe to run from several processes at once.

    Raises UnknownRevision, also for a database that a newer package has made.
    """
    await _locked(url, schema, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, schema: str = "public", revision: str = "-1") -> None:
    """Bring the database down to a revision (`base` for nothing at all). What the dropped tables held is lost.

    Raises UnknownRevision.
    """
    await _locked(url, schema, lambda config: command.downgrade(config, revision))


async def make_revision(url: str, schema: str, message: str) -> None:
    """Write a new revision file from the difference between the models and the database. For development."""
    await _locked(url, schema, lambda config: command.revision(config, message=message, autogenerate=True))


async def current(url: str, schema: str = "public") -> str | None:
    """The revision that the database is at, None when it is empty."""
    found: list[str | None] = []

    def look(connection: Connection) -> None:
        context = MigrationContext.configure(
            connection, opts={"version_table": "merkato_revision", "version_table_schema": schema}
        )
        found.append(context.get_current_revision())

    await _connected(url, look)
    return found[0]


def head() -> str:
    """The newest revision that this package knows."""
    return _script().get_current_head() or "base"


def undone(present: str | None, revision: str) -> list[str]:
    """What going to a revision takes back, newest first, in the words of each; nothing if the way leads up.

    Raises UnknownRevision.
    """
    with _known():
        chain = list(_script().iterate_revisions(present, "base")) if present else []
        if revision.startswith("-"):
            if int(revision[1:]) > len(chain):
                raise UnknownRevision(f"There are only {len(chain)} steps below the present revision.")
            return [each.doc for each in chain[: int(revision[1:])]]
        if revision == "base":
            return [each.doc for each in chain]
        if revision == "head" or revision.startswith("+"):
            return []
        target = _script().get_revision(revision)
        ids = [each.revision for each in chain]
        return [each.doc for each in chain[: ids.index(target.revision)]] if target and target.revision in ids else []


async def behind(database: Database) -> bool:
    """Whether the database lacks what this package needs; one that a newer package has migrated does not.

    Raises what keeps us from asking.
    """
    try:
        async with database.reading() as session:
            revision = await session.scalar(select(_REVISION.c.version_num))
    except exc.ProgrammingError:
        return True
    return revision is None or (revision != head() and revision in known())


def known() -> frozenset[str]:
    """Every revision of this package."""
    return frozenset(each.revision for each in _script().walk_revisions())


@cache
def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config("public"))


@contextmanager
def _known() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        # Alembic's sentence ends in hints at its own command.
        raise UnknownRevision(f"{str(error).split(';')[0].rstrip('.')}, says the history of this version.") from None


async def _locked(url: str, schema: str, act: Callable[[Config], Any]) -> None:
    def work(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
        # For what Alembic writes itself, as a column that is added: it names no schema, and none is put in for it.
        connection.execute(text(f'SET search_path TO "{schema}"'))
        connection.commit()
        try:
            with _known():
                act(_config(schema, connection))
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()

    await _connected(url, work)


async def _connected(url: str, work: Callable[[Connection], None]) -> None:
    engine = create_async_engine(dsn(url), poolclass=NullPool, connect_args={"timeout": 10})
    try:
        async with engine.connect() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()
