"""The settings and the database of this store, as a command needs them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from merkato import migrations
from merkato.cli.failures import Failed, behind
from merkato.kit import embedded, mail
from merkato.kit.database import Database, dsn
from merkato.migrations import tables
from merkato.settings import Settings, variables
from merkato.store import open_database

T = TypeVar("T")


def read_settings() -> Settings:
    """The settings of the environment and of `.env`. Raises Failed with a sentence for each that is wrong, never with its value."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise Failed("\n".join(wrong_settings(error))) from None
    except (SettingsError, UnicodeDecodeError):
        raise Failed("The file .env cannot be read: it must be UTF-8 text with a NAME=value on each line.") from None
    for name in ("database_url", "database_replica_url", "database_direct_url"):
        _check_url(name, getattr(settings, name), dsn)
    _check_url("smtp_url", settings.smtp_url, mail.relay)
    return settings


def _check_url(name: str, url: SecretStr | None, read: Callable[[str], object]) -> None:
    try:
        if url is not None:
            read(url.get_secret_value())
    except ValueError as error:
        raise Failed(
            f"{variables(name)[0]} is wrong: {error}; see all settings with `merkato config --example`."
        ) from None


def wrong_settings(error: ValidationError) -> list[str]:
    """A sentence for each wrong setting."""
    return [
        _wrong(each["loc"], each["msg"])
        for each in error.errors(include_input=False, include_context=False, include_url=False)
    ]


def _wrong(place: tuple[int | str, ...], message: str) -> str:
    what = message.removeprefix("Value error, ").replace("items after validation", "characters")
    if not place:
        # It is about several settings, and names them.
        return f"{what}; see all with `merkato config --example`."
    name, *within = map(str, place)
    known = {field: variables(field)[0] for field in Settings.model_fields}
    where = f" ({'.'.join(within)})" if within else ""
    return f"{known.get(name, name.upper())} is wrong{where}: {what}; see all with `merkato config --example`."


@contextmanager
def database_url(settings: Settings, *, migrated: bool = True) -> Iterator[str]:
    """The URL of the store's database; the embedded one runs as long as the block.

    With `migrated`, the embedded one is brought up to date, and of an external one it is demanded. Raises Failed.
    """
    if settings.database_url is not None:
        # Migrations and backups rest on what a pooler forgets between two transactions: locks, settings, one snapshot.
        url = (settings.database_direct_url or settings.database_url).get_secret_value()
        if migrated:
            asyncio.run(_demand_current(settings))
        yield url
        return
    with embedded.start(settings.home) as server:
        if migrated:
            asyncio.run(migrated_up(server.url, settings.database_schema))
        yield server.url


async def migrated_up(url: str, schema: str, revision: str = "head") -> None:
    """Bring a database up. Raises Failed when a newer package has made it."""
    try:
        await migrations.upgrade(url, schema, revision)
    except migrations.UnknownRevision as unknown:
        raise Failed(f"{unknown} `merkato migrate --current` and `--heads` show both sides.") from None


async def _demand_current(settings: Settings) -> None:
    database = open_database(settings)
    try:
        if await migrations.behind(database):
            raise behind()
    finally:
        await database.close()


def with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Do some work with the store's database, migrated."""
    # A command has loaded its own part of the shop; a row of it may name the table of another domain.
    tables.known()

    async def opened(url: str) -> T:
        database = open_database(settings, url)
        try:
            return await work(database)
        finally:
            await database.close()

    with database_url(settings) as url:
        return asyncio.run(opened(url))
