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
from merkato.kit import http, keys, quotas, routing, traces
from merkato.kit.database import Database
from merkato.kit.keys import KeyRing
from merkato.kit.quotas import Quotas
from merkato.kit.security import Secret
from merkato.kit.throttle import Throttle
from merkato.settings import Settings
from merkato.store import Store
from merkato.web import openapi
from merkato.web.health import Watch

LAST_STEPS = 15
"""Seconds that the background loops have to end their steps when the server stops."""

_log = structlog.get_logger("merkato.app")


def create_app(
    settings: Settings, database_url: str | None = None, *, when_absent: Callable[[], object] | None = None
) -> FastAPI:
    """The server. `database_url` is the embedded database's when the settings name no other.

    `when_absent` is called when an external database has not answered for the time that a start waits for it. Raises
    ValueError, in one sentence, for keys that are missing or unreadable.
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
        telemetry=_telemetry(traces.start(database.engines) if settings.traces else None),
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
    routing.install(app.router)
    return app


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


def keys_of(settings: Settings) -> tuple[Secret, KeyRing]:
    """The keys that the settings name; beside the embedded database they are made at the first time and kept in HOME.

    Raises ValueError, in one sentence, for keys that are missing or unreadable.
    """
    return (
        Secret(_demanded(settings, "secret_key") or keys.kept_secret(settings.home)),
        KeyRing(_demanded(settings, "signing_keys") or keys.kept_signing_keys(settings.home)),
    )


def open_database(settings: Settings, database_url: str | None = None) -> Database:
    """The database that the settings name, else the given one."""
    replica, direct = settings.database_replica_url, settings.database_direct_url
    url = settings.database_url.get_secret_value() if settings.database_url else database_url
    if url is None:
        raise ValueError("There is no database: set MERKATO_DATABASE_URL or start the embedded one.")
    return Database(
        url,
        replica_url=replica.get_secret_value() if replica else None,
        direct_url=direct.get_secret_value() if direct else None,
        schema=settings.database_schema,
        pool_size=settings.database_pool,
    )


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


def _demanded(settings: Settings, name: str) -> str | None:
    """A secret from the settings. With an external database it must be there: files beside one process would not do for several."""
    value = getattr(settings, name)
    if value is None and not settings.embedded:
        raise ValueError(f"MERKATO_{name.upper()} is needed with an external database; `merkato keys new` makes one.")
    return value.get_secret_value() if value else None
