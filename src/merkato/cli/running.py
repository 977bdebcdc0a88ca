"""`merkato serve`, `demo` and `worker`: what runs until it is stopped."""

import asyncio
import multiprocessing
import os
import signal
import sys
from functools import partial
from typing import Annotated, Any

import typer
import uvloop

from merkato import migrations
from merkato import worker as loops
from merkato.cli.failures import Failed, foreseen
from merkato.cli.greeting import greeting, presets
from merkato.cli.ports import claimed
from merkato.cli.sandbox import stand_in_for_stripe
from merkato.cli.serving import demand_keys, demand_traces
from merkato.cli.serving import serve as serve_until_stopped
from merkato.cli.store import database_url, read_settings, with_database
from merkato.kit import logs, traces
from merkato.kit.database import Database
from merkato.settings import Settings
from merkato.store import Store, keys_of, open_database
from merkato.transfer.demo import loader
from merkato.transfer.demo.loader import Logins

Host = Annotated[str | None, typer.Option(help="Address to serve on.  [MERKATO_HOST]", show_default=False)]
PortNumber = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port to serve on; 0 takes a free one.  [MERKATO_PORT]", show_default=False),
]
Workers = Annotated[int, typer.Option(min=1, max=256, help="Server processes.")]


def serve(host: Host = None, port: PortNumber = None, workers: Workers = 1) -> None:
    """Serve the shop until stopped, by Ctrl-C or SIGTERM.

    Without MERKATO_DATABASE_URL the embedded database is started and brought up to date. An external one is migrated by `merkato migrate`.
    """
    settings = _listening(read_settings(), host, port)
    logs.configure(settings.log_level)
    demand_traces(settings)
    demand_keys(settings)
    listening = claimed(settings.host, settings.port)
    if not settings.embedded:
        # The server answers while it waits for the database.
        serve_until_stopped(settings, listening, None, workers)
        return
    with database_url(settings) as url:
        serve_until_stopped(settings, listening, url, workers)


def demo(host: Host = None, port: PortNumber = None, workers: Workers = 1) -> None:
    """Serve a demo shop, made at the first start.

    Prints what to open and a login. The tax and shipping rates and wide rate limits are preset unless the settings name some; at a terminal
    the log has warnings only.
    """
    settings = _listening(read_settings(), host, port)
    at_a_terminal = sys.stderr.isatty()
    preset = presets(settings, at_a_terminal=at_a_terminal)
    settings = settings.model_copy(update=preset | {"demo": True})
    logs.configure(settings.log_level)
    demand_traces(settings)
    demand_keys(settings)
    listening = claimed(settings.host, settings.port)
    with database_url(settings, migrated=settings.embedded) as url:
        if not settings.embedded:
            asyncio.run(migrations.upgrade(url, settings.database_schema))
        if at_a_terminal and not loader.has_begun(settings.home):
            typer.echo("Making the demo shop; this happens once.", err=True)
        _in_a_process(settings)
        with stand_in_for_stripe(settings, listening) as paid:
            greet = partial(_greet, paid, loader.logins(settings.home), preset)
            serve_until_stopped(paid, listening, url if settings.embedded else None, workers, greet)


def worker() -> None:
    """Run the background loops alone.

    For a server beside it with MERKATO_WORKER=off.
    """
    settings = read_settings()
    logs.configure(settings.log_level)
    demand_traces(settings)
    with database_url(settings, migrated=settings.embedded) as url:
        uvloop.run(_loops(settings, url))


async def _loops(settings: Settings, url: str) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    database = open_database(settings, url)
    if settings.traces:
        traces.start(database.pools.values())
    try:
        await loops.arrival(partial(migrations.behind, database), stopping, patience=settings.database_wait)
        await loops.run(Store(database, settings, keys_of(settings)[0]), stopping)
    except loops.DatabaseAbsent as absent:
        raise Failed(f"{absent} Correct MERKATO_DATABASE_URL and try `merkato doctor`.") from None
    finally:
        await database.close()
        await traces.stop()


def _listening(settings: Settings, host: str | None, port: int | None) -> Settings:
    told = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return settings.model_copy(update=told)


def _in_a_process(settings: Settings) -> None:
    """Fill the shop in a process of its own: what it starts (threads, connections) must not be there when workers are forked."""
    loading = multiprocessing.Process(target=_load, args=(settings,), name="demo")
    loading.start()
    try:
        loading.join()
    except KeyboardInterrupt:
        loading.terminate()
        raise
    if loading.exitcode:
        sys.exit(1)


async def _fill(settings: Settings, database: Database) -> None:
    """What the demo shows and its logins; whatever is there already stays as it is."""
    await loader.load(database, settings)


def _load(settings: Settings) -> None:
    # A Ctrl-C in the terminal is our parent's to handle.
    os.setpgrp()
    try:
        with_database(settings, partial(_fill, settings))
    except Exception as error:
        failed = foreseen(error)
        if failed is None:
            raise
        typer.echo(failed, err=True)
        sys.exit(failed.code)


def _greet(settings: Settings, logins: Logins, preset: dict[str, Any], address: str) -> None:
    typer.echo(greeting(settings, logins, preset, address))
    sys.stdout.flush()
