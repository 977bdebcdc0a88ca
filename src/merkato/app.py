"""`create_app` builds everything, once: the application of one process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import TracerProvider
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from merkato import __version__, migrations, modules, worker
from merkato.domains.hiring import flows as hiring
from merkato.domains.identity import providers as issuers
from merkato.domains.payments import providers
from merkato.kit import http, quotas, routing, traces
from merkato.kit.meters import Meters
from merkato.kit.quotas import Quotas
from merkato.kit.routing import SegmentIndex
from merkato.kit.throttle import Throttle
from merkato.kit.traffic import Traffic
from merkato.settings import Settings
from merkato.store import Store, keys_of, open_database
from merkato.web import metrics, openapi
from merkato.web.health import Watch

LAST_STEPS = 15
"""Seconds that the background loops have to end their steps when the server stops."""

_log = structlog.get_logger("merkato.app")


def create_app(
    settings: Settings,
    database_url: str | None = None,
    *,
    when_absent: Callable[[], object] | None = None,
    meters: Meters | None = None,
) -> FastAPI:
    """The server. `database_url` is the embedded database's when the settings name no other.

    `when_absent` is called when an external database has not answered for the time that a start waits for it. `meters` are those that this
    process shares with others; without them it counts for itself. Raises ValueError, in one sentence, for keys that are missing or unreadable.
    """
    secret, key_ring = keys_of(settings)
    database = open_database(settings, database_url)
    behind = partial(migrations.behind, database)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        stopping = asyncio.Event()
        beside = asyncio.create_task(_beside_requests(app, behind, stopping, when_absent))
        yield
        stopping.set()
        app.state.job_feed.close()
        await asyncio.wait({beside}, timeout=LAST_STEPS)
        for outside in (app.state.issuer, *app.state.open_ids.values()):
            if outside is not None:
                await outside.close()
        await app.state.throttle.close()
        await database.close()
        await traces.stop()

    app = FastAPI(
        title="Merkato",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry=_telemetry(traces.start(database.pools.values()) if settings.traces else None),
    )
    app.state.store = Store(database, settings, secret)
    app.state.settings = settings
    app.state.database = database
    app.state.secret = secret
    app.state.key_ring = key_ring
    app.state.watch = Watch(behind)
    app.state.worker = "waiting" if settings.worker == "inline" else "off"
    app.state.after_log_in = modules.AFTER_LOG_IN
    app.state.throttle = Throttle(settings.redis_url.get_secret_value() if settings.redis_url else None)
    app.state.issuer = issuers.issuer_of(settings)
    app.state.open_ids = issuers.openids_of(settings)
    app.state.payment_providers = providers.build(database, settings)
    app.state.job_feed = hiring.build(database, settings)
    for router in modules.ROUTERS:
        # Taken over as they are: an included router would be matched twice for each request.
        app.router.routes.extend(router.routes)
    for pages in modules.PAGES:
        app.router.routes.extend(pages(settings).routes)
    openapi.install(app)
    http.install(app, body_max=settings.body_max, upload_max=settings.upload_max)
    # Within the frame as well, and before the body is read.
    app.user_middleware.insert(1, Middleware(Quotas, **_quotas(settings, app.state.throttle)))
    if settings.cors_origins:
        # Within the frame, so that preflights are logged with a request id; around the rest, so that problems are readable to a page.
        app.user_middleware.insert(1, Middleware(CORSMiddleware, **_cors(settings)))
    index = routing.install(app.router)
    if settings.metrics:
        _count(app, index, meters or Meters())
    return app


def _count(app: FastAPI, index: SegmentIndex, meters: Meters) -> None:
    metrics.install(app, meters)
    # Around the frame: whatever answers, it counts.
    app.user_middleware.insert(0, Middleware(Traffic, meters=meters, template=index.template))


async def _beside_requests(
    app: FastAPI,
    behind: Callable[[], Awaitable[bool]],
    stopping: asyncio.Event,
    when_absent: Callable[[], object] | None,
) -> None:
    """What the process does besides answering, until told to stop."""
    settings: Settings = app.state.settings
    async with asyncio.TaskGroup() as group:
        if settings.embedded:
            group.create_task(worker.revival(app.state.watch.look, settings.home, stopping))
        try:
            patience = float("inf") if settings.embedded else settings.database_wait
            await worker.arrival(behind, stopping, patience=patience)
            if settings.worker == "inline" and not stopping.is_set():
                app.state.worker = "running"
                await worker.run(app.state.store, stopping)
        except worker.DatabaseAbsent as absent:
            _log.error("absent", detail=str(absent))
            if when_absent is not None:
                when_absent()


def _telemetry(provider: TracerProvider | None) -> TelemetryConfig:
    """Of what FastAPI can record: a span for each request. Figures are for Prometheus, and its logs would quote what was sent."""
    return {
        "tracing": provider is not None,
        "tracer_provider": provider,
        "operation_spans": False,
        "exclude": lambda scope: scope["path"] in traces.ASKED_AGAIN_AND_AGAIN,
        "metrics": False,
        "logs": False,
        "auto_configure": False,
    }


def _quotas(settings: Settings, throttle: Throttle) -> dict[str, Any]:
    return {
        "throttle": throttle,
        "policies": {
            quotas.ADDRESS: settings.rate_limit_address,
            "account": settings.rate_limit_account,
            "key": settings.rate_limit_key,
        },
        # Payment providers tell many things at once, and are programs although they have no key.
        "at": {"/v1/payments/webhooks/": "key"},
    }


def _cors(settings: Settings) -> dict[str, Any]:
    return {
        "allow_origins": settings.cors_origins,
        "allow_methods": ["GET", "POST", "PUT", "PATCH", "DELETE"],
        "allow_headers": [
            "Authorization",
            "Cart-Token",
            "Checkout-Token",
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "Last-Event-ID",
            "X-Request-Id",
        ],
        "expose_headers": [
            "ETag",
            "Idempotent-Replayed",
            "Link",
            "Location",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "X-Request-Id",
        ],
        "max_age": 600,
    }
