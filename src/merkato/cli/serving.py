"""The server process and its workers: how they start, how they end together, and what is said when they cannot."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import structlog
from fastapi import FastAPI
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.types import ASGIApp, Receive, Scope, Send

from merkato.app import create_app
from merkato.cli.failures import Failed, absent
from merkato.cli.ports import Port
from merkato.kit import database as databases
from merkato.kit import logs, meters, traces
from merkato.kit.meters import Meters, Place
from merkato.settings import Settings
from merkato.store import keys_of, open_database

STOP_TIMEOUT: Final = 30
"""Seconds that requests under way have to end when the server stops."""
PARENT_WATCH: Final = 0.2
RESPAWN_PAUSE: Final = 0.5

# Granian's own words join ours, from warnings upwards.
_LOGGERS: Final[dict[str, Any]] = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}}
_log = structlog.get_logger("merkato.serve")


def serve(
    settings: Settings, port: Port, url: str | None, workers: int, greet: Callable[[str], None] = lambda _: None
) -> None:
    """Serve until told to stop. `url` is the embedded database's; `greet` is told what to open. Raises Failed.

    Nothing of the application is opened in this process: each worker opens its own connections.
    """
    server = Server(
        "merkato",
        address=port.address,
        port=port.number,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=workers,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=_LOGGERS,
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_PAUSE,
        workers_kill_timeout=STOP_TIMEOUT,
    )
    logs.configure(settings.log_level)
    given_up = threading.Event()
    stop: Callable[..., None] = server.signal_handler_interrupt

    def give_up(*_: object) -> None:
        given_up.set()
        stop()

    def listen_to_signals() -> None:
        signal.signal(signal.SIGUSR1, give_up)
        # A closed terminal ends the server; Granian would start its workers anew.
        signal.signal(signal.SIGHUP, stop)
        address = address_of(settings.host, port.number)
        _log.info("serving", url=address, workers=workers)
        greet(address)

    server.on_startup(listen_to_signals)
    with meters.shared_folder() if settings.metrics else nullcontext() as folder:
        server.serve(target_loader=partial(_in_worker, settings, url, os.getpid(), folder), wrap_loader=False)
    _log.info("stopped")
    if given_up.is_set():
        raise asyncio.run(_absence(settings))


def demand_keys(settings: Settings) -> None:
    """Raises Failed when keys are missing or unreadable."""
    try:
        keys_of(settings)
    except ValueError as error:
        raise Failed(str(error)) from None


def demand_traces(settings: Settings) -> None:
    """Raises Failed when traces are wanted and cannot be recorded or sent."""
    try:
        if settings.traces:
            traces.demand()
    except ValueError as error:
        raise Failed(str(error)) from None


def address_of(host: str, port: int) -> str:
    """What to open in a browser on this machine."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - not served on.
    return f"http://{reachable}:{port}"


def _in_worker(settings: Settings, url: str | None, parent: int, folder: Path | None) -> ASGIApp:
    """What a fresh worker process does first: it leaves the terminal's signals to its parent, and ends when that ends."""
    os.setpgrp()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=end_with, args=(parent,), name="parent", daemon=True).start()
    logs.configure(settings.log_level)
    shared = Meters(Place(folder)) if folder else None
    app = create_app(settings, url, when_absent=partial(os.kill, parent, signal.SIGUSR1), meters=shared)
    return behind_proxies(_ending_streams(app), settings)


def _ending_streams(app: FastAPI) -> ASGIApp:
    """Streams of events end as soon as the worker is told to stop: Granian waits for all answers before it says so to the application."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            loop = asyncio.get_running_loop()
            # The loop keeps its own listener, which Granian has set: it is woken through a socket, whatever stands here.
            signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(app.state.job_feed.close))
        await app(scope, receive, send)

    return application


def behind_proxies(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application, told by proxies that are trusted whom a request comes from. Without any, nobody is believed."""
    proxies = list(settings.trusted_proxies)
    return cast("ASGIApp", wrap_asgi_with_proxy_headers(app, trusted_hosts=proxies)) if proxies else app


def end_with(parent: int) -> None:
    """A killed server must not leave workers behind that go on answering beside the next one."""
    while os.getppid() == parent:
        time.sleep(PARENT_WATCH)
    os._exit(1)


async def _absence(settings: Settings) -> Failed:
    """Why we gave up, asked once more: the workers know, but they have ended."""
    database = open_database(settings)
    try:
        await database.check()
    except Exception as error:  # noqa: BLE001 - the sentence is made of whatever it is.
        return absent(databases.reason_of(error) or type(error).__name__)
    finally:
        await database.close()
    return absent(f"it did not answer within {settings.database_wait:g} seconds")
