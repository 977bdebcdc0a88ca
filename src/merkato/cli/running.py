"""`merkato serve`, `demo` and `worker`: what runs until it is stopped."""

import asyncio
import multiprocessing
import os
import signal
import sys
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
import uvloop

from merkato import migrations
from merkato import worker as loops
from merkato.app import keys_of, open_database
from merkato.cli.failures import Failed, foreseen
from merkato.cli.ports import claimed
from merkato.cli.sandbox import stand_in_for_stripe
from merkato.cli.serving import demand_keys, demand_traces
from merkato.cli.serving import serve as serve_until_stopped
from merkato.cli.store import database_url, read_settings, with_database
from merkato.kit import logs, traces
from merkato.kit.database import Database
from merkato.settings import Settings
from merkato.store import Store
from merkato.transfer.demo import loader
from merkato.transfer.demo.loader import Logins
from merkato.web import mailbox

# What makes a demo's totals interesting, and lets one machine try as much as it likes, unless the settings say something themselves.
DEMO_PRESETS: Final = {
    "tax_rate": Decimal("0.19"),
    "shipping_rate": 490,
    "rate_limit_address": 60_000,
    "rate_limit_account": 60_000,
}

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

    Prints what to open and a login. The tax and shipping rates and wide rate limits are preset unless the settings name some.
    """
    settings = _listening(read_settings(), host, port)
    presets = {name: value for name, value in DEMO_PRESETS.items() if name not in settings.model_fields_set}
    settings = settings.model_copy(update=presets | {"demo": True})
    logs.configure(settings.log_level)
    demand_traces(settings)
    demand_keys(settings)
    listening = claimed(settings.host, settings.port)
    with database_url(settings, migrated=settings.embedded) as url:
        if not settings.embedded:
            asyncio.run(migrations.upgrade(url, settings.database_schema))
        _in_a_process(settings)
        with stand_in_for_stripe(settings, listening) as paid:
            greet = partial(_print_what_to_open, paid, loader.logins(settings.home), presets)
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
        traces.start(database.engines)
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


def _print_what_to_open(settings: Settings, logins: Logins, presets: dict[str, object], address: str) -> None:
    home = Path(settings.home).absolute()
    lines = [
        "",
        f"  Merkato's demo shop    {address}/",
        *(
            [f"  Try the API            {address}{settings.docs_path}"]
            if settings.docs_path and settings.openapi_path
            else []
        ),
        *([] if settings.smtp_url else [f"  Read the shop's mail   {address}{mailbox.PATH}"]),
        "  Pay with               simulated: success, or stripe: pm_card_visa",
        "",
        f"  Sign in as             {logins.shopper.email}",
        f"  Password               {logins.shopper.password}",
        "",
        f"  Or, with all rights    {logins.staff.email}",
        f"  Password               {logins.staff.password}",
        "",
        f"  Everything is kept in  {home}",
        *(
            [
                f"  Preset for the demo    {', '.join(f'MERKATO_{name.upper()}={value}' for name, value in presets.items())}"
            ]
            if presets
            else []
        ),
        "  Stop with Ctrl-C; the next start finds it again.",
        "",
    ]
    typer.echo("\n".join(lines))
    sys.stdout.flush()
