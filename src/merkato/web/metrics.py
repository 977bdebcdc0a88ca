"""`/metrics` for Prometheus, off unless a setting says otherwise: what the processes have counted, and what is counted in the database."""

import asyncio
import hmac
import platform
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from merkato import __version__
from merkato.kit import database as databases
from merkato.kit.database import Database
from merkato.kit.errors import NotAuthenticated
from merkato.kit.meters import Meters
from merkato.settings import Settings
from merkato.web import figures
from merkato.web.figures import Figure, Values, single

PATH: Final = "/metrics"
LIMIT: Final = 5.0
"""Seconds after which a database that has not answered counts as away. Prometheus itself gives up after ten."""
ABANDONED: Final = 20.0
"""Seconds after which the question itself is given up."""

_log = structlog.get_logger("merkato.metrics")


class Scrape:
    """Asks the database, once at a time however many ask: a dear question must not become several."""

    def __init__(self, database: Database, settings: Settings, providers: Mapping[str, Any], meters: Meters) -> None:
        self._database, self._settings, self._providers = database, settings, providers
        self._meters = meters
        self._asking: asyncio.Task[list[Figure] | None] | None = None
        for name, engine in database.pools.items():
            meters.watch(name, engine)

    async def text(self) -> bytes:
        """The figures of this moment, as Prometheus reads them."""
        told = [self._build(), *self._room(), *await self._asked()]
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Told(told))
        # A large shop has thousands of lines, and the files of all processes are read for them.
        return await asyncio.to_thread(lambda: generate_latest(registry) + generate_latest(self._meters.registry))

    async def _asked(self) -> list[Figure]:
        began = time.perf_counter()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        asking = self._asking
        done, _ = await asyncio.wait({asking}, timeout=LIMIT)
        found = asking.result() if done else None
        return [
            single("database_up", "Whether the database could be asked, within five seconds.", found is not None),
            single("database_seconds", "How long it took to ask the database.", time.perf_counter() - began),
            *(found or ()),
        ]

    async def _ask(self) -> list[Figure] | None:
        for again in (True, False):
            try:
                async with asyncio.timeout(ABANDONED), self._database.snapshot() as session:
                    return await figures.counted(session, self._providers, self._settings.tasks_lease)
            except Exception as error:  # noqa: BLE001 - whatever it is, there are no figures.
                # The first connection from the pool may be one that a restart of the database has cut.
                if not (again and databases.lost(error)):
                    _log.warning("unasked", cause=databases.reason_of(error) or type(error).__name__)
                    return None
        return None

    def _build(self) -> Figure:
        built: Values = {(__version__, platform.python_version()): 1}
        return Figure("build_info", "What runs here.", built, ("version", "python"))

    def _room(self) -> Iterator[Figure]:
        if self._settings.home.exists():
            free = shutil.disk_usage(self._settings.home).free
            yield single("home_free_bytes", "Room on the disk beside MERKATO_HOME.", free)


class _Told(Collector):
    """Figures, as a registry collects them."""

    def __init__(self, told: Sequence[Figure]) -> None:
        self._told = told

    def collect(self) -> Iterator[Metric]:
        return (each.family() for each in self._told)


def pages(settings: Settings) -> APIRouter:
    """`/metrics`, if the settings want it."""
    router = APIRouter(include_in_schema=False)
    if settings.metrics:
        router.add_api_route(PATH, tell)
    return router


def install(app: FastAPI, meters: Meters) -> None:
    """Give the page what it tells of."""
    state = app.state
    state.scrape = Scrape(state.database, state.settings, state.payment_providers, meters)


async def tell(request: Request) -> Response:
    """The figures of this moment, in the text format of Prometheus."""
    token = request.app.state.settings.metrics_token
    if token is not None:
        wanted, sent = f"Bearer {token.get_secret_value()}", request.headers.get("Authorization", "")
        if not hmac.compare_digest(wanted.encode(), sent.encode()):
            raise NotAuthenticated("The figures are told to those who have MERKATO_METRICS_TOKEN.")
    told = await request.app.state.scrape.text()
    return Response(told, media_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})
