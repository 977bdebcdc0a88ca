"""`merkato migrate`: the database's tables, up and down."""

import asyncio
import re
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from merkato import migrations
from merkato.cli.failures import WRONG_USE, Failed
from merkato.cli.store import database_url, migrated_up, read_settings
from merkato.kit import embedded
from merkato.settings import Settings

REVISION = re.compile(r"head|base|[+-][1-9]\d{0,3}|[0-9a-f]{4,40}")


def migrate(
    revision: Annotated[
        str, typer.Argument(help="`head`, `base`, a revision, or a number of steps: +1 up, -1 down.")
    ] = "head",
    *,
    current: Annotated[bool, typer.Option("--current", help="Print where the database is.")] = False,
    heads: Annotated[bool, typer.Option("--heads", help="Print the newest revision of this version.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Go down although what the tables held is lost.")] = False,
    make: Annotated[str | None, typer.Option("--make", hidden=True, help="Write a revision. For development.")] = None,
) -> None:
    """Bring the database's tables up to date.

    Or to a revision, up or down. Safe to run from several places at once.
    """
    if heads:
        typer.echo(migrations.head())
        return
    if make is not None:
        _write_revision(make)
        return
    if not REVISION.fullmatch(revision):
        raise Failed(f"{revision[:80]} is no revision: see `merkato migrate --help`.", WRONG_USE)
    settings = read_settings()
    with database_url(settings, migrated=False) as url:
        present = asyncio.run(migrations.current(url, settings.database_schema))
        if current:
            typer.echo(_described(present))
            return
        asyncio.run(_go(settings, url, present, revision, yes=yes))


async def _go(settings: Settings, url: str, present: str | None, revision: str, *, yes: bool) -> None:
    try:
        undone = migrations.undone(present, revision)
    except migrations.UnknownRevision as unknown:
        raise Failed(f"{unknown} `merkato migrate --current` and `--heads` show both sides.") from None
    if undone and not yes:
        steps = ", ".join(f'"{words}"' for words in undone)
        raise Failed(
            f"Going down to {revision} takes back {steps}, and what those tables and columns hold is lost:"
            f" if you mean it, `merkato migrate {revision} --yes`.",
            WRONG_USE,
        )
    if undone or revision == "base":
        await migrations.downgrade(url, settings.database_schema, revision)
    else:
        await migrated_up(url, settings.database_schema, revision)
    typer.echo(_described(await migrations.current(url, settings.database_schema)))


def _described(revision: str | None) -> str:
    if revision is None:
        return "empty"
    return f"{revision} (head)" if revision == migrations.head() else revision


def _write_revision(message: str) -> None:
    """From the difference between the models and the migrations so far, in a database that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="merkato-migration-") as directory:
        # PostgreSQL's user must reach it when we are root.
        Path(directory).chmod(0o755)
        with embedded.start(Path(directory)) as server:
            asyncio.run(migrations.upgrade(server.url))
            asyncio.run(migrations.make_revision(server.url, "public", message))
