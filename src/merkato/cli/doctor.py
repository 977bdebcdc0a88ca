"""`merkato doctor`: looks at everything a store needs, and says what is wrong and what mends it."""

import asyncio
import http.client
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer
from sqlalchemy import func, select

from merkato import migrations
from merkato.cli import ledger, ports
from merkato.cli.failures import Failed, foreseen
from merkato.cli.store import database_url, read_settings
from merkato.kit import clock, traces
from merkato.kit.tasks import listing
from merkato.settings import Settings
from merkato.store import keys_of, open_database

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRESQL = 15
DISK_MIN = 200 * 1024**2
DISK_LOW = 1024**3
DRIFT_MAX = 5.0
EPOCH_YEAR = 2025


@dataclass(frozen=True)
class Finding:
    """One line of the table."""

    what: str
    good: bool
    words: str


def doctor(
    *,
    books: Annotated[
        bool,
        typer.Option("--books", help="Prove the books too, as `merkato ledger check` does; it reads whole tables."),
    ] = False,
) -> None:
    """Look at all that a store needs.

    Python, settings, folders, keys, port, database, background tasks and clock. Exit code 1 if something is wrong.
    """
    findings = [_of("Python", _python), *_of_settings(books=books)]
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        typer.echo(f"{'ok   ' if finding.good else 'WRONG'}  {finding.what:<{width}}  {finding.words}")
    wrong = sum(not finding.good for finding in findings)
    if wrong:
        raise Failed(f"{wrong} of {len(findings)} checks failed: mend the first and run `merkato doctor` again.")


def _of(what: str, check: Callable[[], str]) -> Finding:
    """The outcome of a check, which returns its words and raises Failed, or what can be foreseen, when it is wrong."""
    try:
        return Finding(what, good=True, words=check())
    except Exception as error:
        failed = Failed(str(error)) if isinstance(error, ValueError) else foreseen(error)
        if failed is None:
            raise
        return Finding(what, good=False, words=str(failed))


def _of_settings(*, books: bool) -> Iterator[Finding]:
    try:
        settings = read_settings()
    except Failed as failed:
        yield from (Finding("settings", good=False, words=line) for line in str(failed).splitlines())
        return
    yield Finding("settings", good=True, words="all can be read; `merkato config` shows them")
    yield _of("home", lambda: _home(settings))
    yield _of("disk", lambda: _disk(settings))
    yield _of("keys", lambda: _keys(settings))
    yield _of("port", lambda: _port(settings))
    if settings.traces:
        yield _of("traces", _traces)
    yield from _of_database(settings, books=books)


def _python() -> str:
    if sys.version_info < OLDEST_PYTHON:
        raise Failed(f"{platform.python_version()} is too old: install Python 3.11 or newer.")
    return platform.python_version()


def _home(settings: Settings) -> str:
    settings.home.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=settings.home):
        return f"{settings.home.absolute()} can be written"


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.home if settings.home.exists() else ".").free
    words = f"{free / 1024**3:.1f} GB are free"
    if free < DISK_MIN:
        raise Failed(f"only {words} beside {settings.home}: make room.")
    return words + (", which is little" if free < DISK_LOW else "")


def _keys(settings: Settings) -> str:
    _, ring = keys_of(settings)
    return f"readable; access tokens can be checked with {len(ring.public['keys'])}"


def _port(settings: Settings) -> str:
    try:
        ports.claimed(settings.host, settings.port, patience=0).release()
    except Failed as failed:
        if _is_ours(settings):
            return f"{settings.port} of {settings.host} is served by Merkato"
        raise failed from None
    return f"{settings.port} of {settings.host} is free"


def _traces() -> str:
    traces.demand()
    host, port = traces.collector()
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        raise Failed(
            f"nothing answers at port {port} of {host}: let OTEL_EXPORTER_OTLP_ENDPOINT name a collector."
        ) from None
    return f"are sent to port {port} of {host}"


def _is_ours(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=2)
    try:
        connection.request("GET", "/health/live")
        return b'"live"' in connection.getresponse().read(100)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _of_database(settings: Settings, *, books: bool) -> Iterator[Finding]:
    with _url(settings) as found:
        if isinstance(found, Finding):
            yield found
            return
        yield (known := _of("database", lambda: asyncio.run(_database(settings, found))))
        if known.good:
            yield _of("migrations", lambda: asyncio.run(_migrations(settings, found)))
            yield _of("tasks", lambda: asyncio.run(_tasks(settings, found)))
            yield _of("clock", lambda: asyncio.run(_clock(settings, found)))
            if books:
                yield _of("books", lambda: asyncio.run(_books(settings, found)))


@contextmanager
def _url(settings: Settings) -> Iterator[str | Finding]:
    """The database's URL, or why there is none."""
    try:
        opened = database_url(settings, migrated=False)
        url = opened.__enter__()
    except Exception as error:
        failed = foreseen(error)
        if failed is None:
            raise
        yield Finding("database", good=False, words=str(failed))
        return
    try:
        yield url
    finally:
        opened.__exit__(None, None, None)


async def _database(settings: Settings, url: str) -> str:
    database = open_database(settings, url)
    try:
        async with database.reading() as session:
            number = int(await session.scalar(select(func.current_setting("server_version_num"))) or 0)
            version = await session.scalar(select(func.current_setting("server_version")))
    finally:
        await database.close()
    if number < OLDEST_POSTGRESQL * 10_000:
        raise Failed(f"PostgreSQL {version} is too old: use {OLDEST_POSTGRESQL} or newer.")
    return f"PostgreSQL {version} answers{', embedded' if settings.embedded else ''}"


async def _migrations(settings: Settings, url: str) -> str:
    database = open_database(settings, url)
    try:
        lacking = await migrations.behind(database)
    finally:
        await database.close()
    if not lacking:
        return "all are done"
    if settings.embedded:
        return "some are to be done; the next `merkato serve` does them"
    raise Failed("some are lacking: run `merkato migrate`.")


async def _tasks(settings: Settings, url: str) -> str:
    database = open_database(settings, url)
    try:
        if await migrations.behind(database):
            return "none before the migrations are done"
        async with database.reading() as session:
            found = await listing.counts(session)
    finally:
        await database.close()
    words = f"{found.waiting + found.events} wait, {found.running} are under way, {found.dead} are dead"
    return words + ("; `merkato tasks dead` lists them" if found.dead else "")


async def _clock(settings: Settings, url: str) -> str:
    database = open_database(settings, url)
    try:
        async with database.reading() as session:
            theirs = await session.scalar(select(func.clock_timestamp()))
    finally:
        await database.close()
    ours = clock.now()
    drift = abs((ours - theirs).total_seconds()) if theirs else 0.0
    if drift > DRIFT_MAX or ours.year < EPOCH_YEAR:
        raise Failed(
            f"{ours:%Y-%m-%d %H:%M:%S} UTC, {drift:.0f} s off the database's: set the clocks, for example by NTP."
        )
    return f"{ours:%Y-%m-%d %H:%M:%S} UTC, as the database's"


async def _books(settings: Settings, url: str) -> str:
    database = open_database(settings, url)
    try:
        if await migrations.behind(database):
            raise Failed("the database lacks tables: run `merkato migrate`.")
        proofs, _ = await ledger.proved(database)
    finally:
        await database.close()
    broken = [proof.name for proof in proofs if proof.broken]
    if broken:
        raise Failed(f"they are broken ({', '.join(broken)}): `merkato ledger check` names each place.")
    return f"{sum(proof.compared for proof in proofs)} comparisons, and all agree"
