"""`merkato backup` and `merkato restore`: all that a store is, in one file."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from merkato import migrations
from merkato.cli.failures import Failed, absent
from merkato.cli.store import database_url, read_settings
from merkato.settings import Settings
from merkato.store import keys_of
from merkato.transfer import backup as backups
from merkato.transfer.backup import Told, Unusable


def backup(
    file: Annotated[Path, typer.Argument(help="Where to; there must be no such file yet.", show_default=False)],
) -> None:
    """Write all that the store is into one file, while it goes on selling.

    Its rows, its pictures, and the keys that are kept in MERKATO_HOME: whoever has the file has them. Keys that settings name are not in it.
    """
    settings = read_settings()
    with database_url(settings, migrated=False) as url, _told(file):
        revision = asyncio.run(migrations.current(url, settings.database_schema))
        if revision is None:
            raise Failed("There is no store yet, and nothing to keep: `merkato serve` or `merkato migrate` makes one.")
        secret, _ = keys_of(settings)
        told = backups.make(file, url, settings.database_schema, settings.home, revision=revision, secret=secret)
    _say(f"{file} holds", told)


def restore(
    file: Annotated[Path, typer.Argument(help="As `merkato backup` has written it.", show_default=False)],
) -> None:
    """Read a backup into an empty store: a new MERKATO_HOME, or a database without tables.

    It may come from another database, another PostgreSQL or an older Merkato. Everything goes in, or nothing does.
    """
    settings = read_settings()
    with _told(file):
        manifest = backups.look(file)
    if manifest.revision not in migrations.known():
        raise Failed(f"{file} was made by a newer Merkato, {manifest.version}: install that one, and try again.")
    with database_url(settings, migrated=False) as url, _told(file):
        if asyncio.run(migrations.current(url, settings.database_schema)) is not None:
            raise Failed(
                "There is a store here already: restore into a new MERKATO_HOME or an empty database,"
                " or empty this one with `merkato migrate base --yes`."
            )
        backups.take_files(file, settings.home, keys=settings.embedded)
        if backups.seal_of(keys_of(settings)[0]) != manifest.seal:
            raise Failed(
                f"The secret key of this store is not that of {file}, so that much of it could never be opened:"
                " set MERKATO_SECRET_KEY to that one, and try again."
            )
        told = _filled(file, url, settings, manifest.revision)
    _say(f"Restored, as of {manifest.made_at:%Y-%m-%d %H:%M} UTC:", told)


def _filled(file: Path, url: str, settings: Settings, revision: str) -> Told:
    schema = settings.database_schema
    asyncio.run(migrations.upgrade(url, schema, revision))
    try:
        told = backups.take_rows(file, url, schema)
    except BaseException:
        # Tables without their rows would pass for a store.
        asyncio.run(migrations.downgrade(url, schema, "base"))
        raise
    asyncio.run(migrations.upgrade(url, schema))
    return told


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """What goes wrong within the block, in a sentence."""
    try:
        yield
    except Unusable as unusable:
        raise Failed(f"{file} {unusable}.") from None
    except psycopg.Error as error:
        raise absent(str(error).strip().splitlines()[0].rstrip(".")) from None
    except ValueError as wrong:
        raise Failed(str(wrong)) from None
    except OSError as error:
        raise Failed(f"{error.filename or file}: {error.strerror or error}.") from None


def _say(sentence: str, told: Told) -> None:
    typer.echo(f"{sentence} {told.rows:,} rows of {told.tables} tables, {told.files:,} files.")
