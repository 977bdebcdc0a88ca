"""Traces: what belongs to one request is found together, nothing personal is among it, and nobody waits for it."""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli import stores
from doors import ClientOf
from make import accounts, orders
from make.answers import made
from make.worker import QUICK, Rung, ring, until, working
from merkato import modules
from merkato.app import create_app
from merkato.kit import logs, traces
from merkato.kit.database import Database
from merkato.kit.traces import sending
from merkato.modules import Reaction
from merkato.settings import Settings
from merkato.store import Store
from services.collector import Collector, Span
from services.kitchen import FakeKitchen
from services.payments import PaymentService
from services.server import Server
from services.smtp import MailServer

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PART_OF_IT = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
# Nothing can be served there: a start that should be refused and is not ends too.
WANTED = {"MERKATO_TRACES": "true", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
LEFT = (
    "SELECT (SELECT count(*) FROM outbox_events WHERE relayed_at IS NULL)"
    " + (SELECT count(*) FROM public_tasks.procrastinate_jobs)"
)


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    async with Collector() as collector:
        yield collector
        await traces.stop()


@pytest.fixture
def settings(settings: Settings, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Traces are wanted, and sent when the test has them sent."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.server.url)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")
    return settings.model_copy(update={"traces": True, "private_webhooks": True})


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """What the test writes into the log once it has set it up; afterwards nobody writes into what was captured."""
    yield capsys
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def only(spans: list[Span], kind: str) -> Span:
    (found,) = (span for span in spans if span.kind == kind)
    return found


def below(spans: list[Span], parent: Span) -> list[Span]:
    return [span for span in spans if span.parent == parent.id]


async def test_a_request_its_route_and_its_statements(
    client: httpx.AsyncClient, collector: Collector, log: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", as_json=True)
    answer = await client.get("/v1/products/a-mug?currency=EUR", headers=PART_OF_IT | {"X-Request-Id": "mine-1"})
    assert answer.status_code == 404
    await client.get("/v1/nowhere/at-all")
    await client.get("/health/ready")
    await traces.stop()
    spans = collector.trace(TRACE)
    served = only(spans, "server")
    assert (served.name, served.parent, served.failed) == ("GET /v1/products/{product}", CALLER, False)
    assert (
        served.said.items()
        >= {
            "http.route": "/v1/products/{product}",
            "http.response.status_code": 404,
            "merkato.request_id": "mine-1",
        }.items()
    )
    # An update of SQLAlchemy, of its instrumentation or of the driver may silence it.
    statements = [span for span in below(spans, served) if span.statement]
    assert statements
    assert {span.name for span in statements} == {"SELECT"}
    assert all(span.said["db.system.name"] == "postgresql" for span in statements)
    assert any("catalog_" in span.statement and "$1" in span.statement for span in statements)
    # What is in no route has a trace without an address; what is asked again and again has none.
    (unknown,) = (span for span in collector.spans if span.trace != TRACE and span.kind == "server")
    assert (unknown.name, unknown.parent) == ("GET", "")
    assert collector.resource.items() >= {"service.name": "merkato"}.items()
    assert f'"trace_id": "{TRACE}"' in log.readouterr().err


async def hears(_request: Request) -> Response:
    return Response(status_code=204)


class Outside:
    """Everybody who has to do with an order, beside the shop."""

    def __init__(self) -> None:
        self.payments, self.kitchen = Server(PaymentService().app), Server(FakeKitchen().app)
        self.receiver = Server(Starlette(routes=[Route("/hook/t0ken", hears, methods=["POST"])]))
        self.mail = MailServer()

    @property
    def settings(self) -> dict[str, str]:
        return {
            "payment_service_url": self.payments.url,
            "kitchen_url": self.kitchen.url,
            "smtp_url": self.mail.url,
        }


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    outside = Outside()
    async with outside.payments, outside.kitchen, outside.receiver, outside.mail:
        yield outside


async def test_what_follows_from_an_order_is_one_trace(
    make_app: Callable[[Settings], FastAPI],
    settings: Settings,
    client_of: ClientOf,
    collector: Collector,
    outside: Outside,
) -> None:
    app = make_app(Settings.model_validate(settings.model_dump() | outside.settings))
    database: Database = app.state.database
    anna, staff = client_of(app), client_of(app)
    await accounts.sign_in(app, anna, "Anna")
    await accounts.sign_in(app, staff, "Staff", ["staff"])
    await made(staff, "/v1/webhooks", url=f"{outside.receiver.url}/hook/t0ken", events=["order.placed"])
    coffee = await orders.product(database, title="Latte", stock=9, fulfilment="kitchen")
    shown = await orders.checkout(anna, lines=[{"variant_id": coffee["variant_id"]}])
    anna.headers.update(PART_OF_IT)
    placed = await orders.complete(anna, shown, payment={"provider": "http", "token": "any"})
    assert placed.status_code == 201, placed.text
    async with working(app.state.store, modules.REACTIONS):
        await until(database, LEFT, 0)
    await traces.stop()

    spans = collector.trace(TRACE)
    known = {span.id for span in spans}
    served = only(spans, "server")
    assert (served.name, served.parent) == ("POST /v1/checkouts/{checkout_id}/complete", CALLER)
    assert all(span.parent in known for span in spans if span is not served), collector.tree(TRACE)
    tasks = {span.name: span for span in spans if span.kind == "consumer"}
    for name in ("fulfilment.begin", "notifications.confirm", "webhooks.fan_out", "webhooks.deliver"):
        assert any(span.statement for span in below(spans, tasks[name])), collector.tree(TRACE)
    assert tasks["fulfilment.begin"].parent == served.id
    assert tasks["fulfilment.begin"].said["merkato.event"] == "order.placed"
    assert not any(span.failed for span in spans), collector.tree(TRACE)
    # A task that a task has asked for.
    assert "webhooks.fan_out" in {span.name for span in spans if span.id == tasks["webhooks.deliver"].parent}

    def asked(part: Span, name: str) -> Span:
        (found,) = (span for span in below(spans, part) if span.name == name)
        return found

    # Services of ours are told of it, strangers are not.
    for server, part in ((outside.payments, served), (outside.kitchen, tasks["fulfilment.begin"])):
        question = asked(part, "POST")
        assert (question.said["server.port"], question.said["http.response.status_code"]) == (server.port, 201)
        assert server.seen[0].headers["traceparent"] == f"00-{TRACE}-{question.id}-01"
    assert asked(tasks["webhooks.deliver"], "POST").said["server.port"] == outside.receiver.port
    (told,) = outside.receiver.seen
    assert "traceparent" not in told.headers
    assert asked(tasks["notifications.confirm"], "SMTP").said["server.port"] == outside.mail.port

    # What was said of people, what opens doors, and what was asked of the database is in none of the bytes.
    token = anna.headers["Authorization"].removeprefix("Bearer ")
    said = ("anna@example.com", "Anna", "Torstrasse", "Latte", "t0ken", token, shown["id"], coffee["variant_id"])
    for secret in said:
        assert secret.encode() not in collector.wire, secret


async def test_what_a_caller_says_and_what_goes_wrong_is_not_told(
    client: httpx.AsyncClient, database: Database, collector: Collector
) -> None:
    said = PART_OF_IT | {"tracestate": "who=anna", "baggage": "who=anna", "User-Agent": "anna", "Cookie": "anna"}
    await client.get("/v1/products?q=anna@example.com", headers=said)
    draft = {"email": "anna@example.com", "password": "correct horse battery staple", "name": "Anna"}
    assert [(await client.post("/v1/accounts", json=draft, headers=said)).status_code for _ in "ab"] == [201, 409]
    with traces.task("test.cast", {"tried": 1}, PART_OF_IT["traceparent"]), pytest.raises(Exception, match="anna@"):
        async with database.transaction() as session:
            await session.execute(text("SELECT CAST(CAST(:value AS text) AS int)"), {"value": "anna@example.com"})
    await traces.stop()
    failed = [span for span in collector.trace(TRACE) if "AS int)" in span.statement]
    assert [span.failed for span in failed] == [True]
    for secret in (b"anna", b"Anna", b"correct horse", b"tracestate"):
        assert secret not in collector.wire


async def test_a_task_that_fails_says_how_in_a_word(app: FastAPI, database: Database, collector: Collector) -> None:
    tries: list[UUID] = []

    async def stumble(_store: Store, event: Rung) -> None:
        tries.append(event.id)
        if len(tries) == 1:
            raise RuntimeError("There is s0mething to hide.")

    with traces.task("test.ask", {}, PART_OF_IT["traceparent"]):
        await ring(database, Rung())
    async with working(app.state.store, (Reaction(Rung, stumble, QUICK),)):
        await until(database, LEFT, 0)
    await traces.stop()
    found = [span for span in collector.trace(TRACE) if span.name.endswith(".stumble")]
    assert [(span.failed, span.said["merkato.tried"]) for span in found] == [(True, "1"), (False, "2")]
    assert found[0].said["error.type"] == "RuntimeError"
    assert b"s0mething" not in collector.wire
    # The loops' own looks and signs of life belong to nothing, and are no traces.
    assert all(span.kind != "client" for span in collector.spans if not span.parent)


async def test_a_collector_that_is_away_changes_nothing(
    client: httpx.AsyncClient, collector: Collector, log: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure("info", as_json=True)
    await traces.stop()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    provider = traces.start([])
    sent = getattr(provider, "force_flush")  # noqa: B009 - of the SDK, which the interface does not know.

    async def record_one() -> None:
        with traces.task("test.task", {}, None):
            assert (await client.get("/v1/products")).status_code == 200
        await asyncio.to_thread(sent)

    await collector.server.cut()
    for _ in range(3):
        await record_one()
    await collector.server.back()
    for _ in range(2):
        await record_one()
    lines = [line for line in log.readouterr().err.splitlines() if '"route"' not in line]
    assert [("lost" in line, "again" in line, "Failed to export" in line) for line in lines] == [
        (False, False, True),
        (True, False, False),
        (False, True, False),
    ]
    assert [span.name for span in collector.spans if span.kind == "internal"] == ["test.task"] * 2


async def test_a_collector_that_hangs_does_not_keep_the_process(
    app: FastAPI, client: httpx.AsyncClient, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LAST_SPANS", 0.05)
    collector.open.clear()
    assert (await client.get("/v1/products")).status_code == 200
    await traces.stop()
    (ending,) = (thread for thread in threading.enumerate() if thread.name == "traces")
    assert ending.daemon
    collector.open.set()
    await asyncio.to_thread(ending.join)
    assert collector.spans


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_EXPORTER", "jaeger"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://:s3cret@"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_the_start(store: stores.Store, variable: str, value: str) -> None:
    for command in ("serve", "demo", "worker"):
        done = store.do(command, **WANTED, **{variable: value})
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert done.stderr.startswith(variable)
        assert value not in done.stderr


def test_without_the_extra_the_start_says_what_to_install(
    store: stores.Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    done = store.do("serve", **WANTED)
    assert (done.returncode, done.stderr) == (
        1,
        "MERKATO_TRACES needs what is not installed: pip install 'merkato[traces]'.\n",
    )
    with pytest.raises(ValueError, match="pip install"):
        create_app(settings, "postgresql://nobody@/nothing")


async def test_doctor_sees_whether_somebody_listens(
    settings: Settings, store: stores.Store, collector: Collector
) -> None:
    def line(said: str) -> str:
        return next(line for line in said.splitlines() if " traces " in line)

    assert line((await asyncio.to_thread(store.do, "doctor", **WANTED)).stdout).startswith("ok ")
    await collector.server.cut()
    assert line((await asyncio.to_thread(store.do, "doctor", **WANTED)).stdout).startswith("WRONG")
