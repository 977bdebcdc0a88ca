"""Figures for Prometheus, when they are wanted."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, text

from doors import ClientOf, SignIn
from make import figures, orders, tasks
from make.figures import answered
from make.following import following
from make.orders import product
from merkato.domains.orders.events import OrderPlaced
from merkato.domains.webhooks import service
from merkato.kit import clock, counting, routing
from merkato.kit.database import Database
from merkato.kit.ids import new
from merkato.settings import Settings

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'outbox_events'::regclass"
MakeApp = Callable[[Settings], FastAPI]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics": True})


async def test_nothing_is_told_unless_it_is_wanted(make_app: MakeApp, client_of: ClientOf, settings: Settings) -> None:
    unwanted = client_of(make_app(settings.model_copy(update={"metrics": False})))
    assert (await unwanted.get("/metrics")).status_code == 404


async def test_figures_of_the_database_are_told(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    empty = await figures.told(client)
    assert empty["merkato_database_up",] == 1
    assert empty["merkato_outbox_waiting",] == empty["merkato_outbox_oldest_seconds",] == 0
    assert empty["merkato_reconciliation_findings", "order-without-money"] == 0
    assert empty["merkato_orders_open", "paid"] == empty["merkato_orders_placed_total",] == 0
    assert empty["merkato_workers",] == empty["merkato_worker_seen_timestamp_seconds",] == 0
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    await staff.post("/v1/webhooks", json={"url": "https://1.1.1.1/", "events": ["order.placed"]})
    await tasks.settle(app)
    mug = await product(database)
    await orders.order(anna, (mug["variant_id"], 1))
    await database.run(service.fan_out, OrderPlaced(order_id=new()))
    await tasks.dead(database)
    told = await figures.told(client)
    waiting = await orders.count(database, "outbox_events WHERE relayed_at IS NULL")
    assert told["merkato_outbox_waiting",] == waiting > 0
    assert told["merkato_outbox_oldest_seconds",] > 0
    assert told["merkato_tasks", "dead"] == 1
    assert told["merkato_orders_open", "paid"] == told["merkato_orders_day", "paid"] == 1
    assert told["merkato_orders_placed_total",] == 1
    assert told["merkato_payments_day", "simulated", "captured"] == 1
    assert told["merkato_webhook_deliveries", "waiting"] == told["merkato_webhooks", "well"] == 1
    with clock.moved(timedelta(days=2)):
        later = await figures.told(client)
    assert (later["merkato_orders_open", "paid"], later["merkato_orders_day", "paid"]) == (1, 0)
    assert later["merkato_payments_day", "simulated", "captured"] == 0


async def test_the_oldest_task_that_is_due_is_told(client: httpx.AsyncClient, database: Database) -> None:
    await tasks.waiting(database, "notifications.confirm")
    jobs = "public_tasks.procrastinate_jobs (queue_name, task_name, status, args, scheduled_at)"
    async with database.transaction() as session:
        for hours in (-2, 2):
            values = f"'default', 'again', 'todo', '{{\"task_id\": \"{new()}\"}}', now() + interval '{hours} hours'"
            await session.execute(text(f"INSERT INTO {jobs} VALUES ({values})"))
        seen = "INSERT INTO public_tasks.procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1 hour')"
        await session.execute(text(seen))
    told = await figures.told(client)
    assert told["merkato_tasks", "waiting"] == 3
    assert 7200 <= told["merkato_tasks_oldest_seconds",] < 7300
    assert told["merkato_workers",] == 1
    assert abs(told["merkato_worker_seen_timestamp_seconds",] - clock.now().timestamp()) < 100


async def test_no_more_is_counted_than_makes_a_difference(
    client: httpx.AsyncClient, sign_in: SignIn, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "COUNTED_MAX", 2)
    anna = await sign_in()
    mug = await product(database)
    for _ in range(3):
        await orders.order(anna, (mug["variant_id"], 1))
    told = await figures.told(client)
    assert told["merkato_orders_open", "paid"] == 2
    assert told["merkato_orders_placed_total",] == 3


async def test_requests_are_told_by_route_and_never_by_what_is_made_up(
    make_app: MakeApp, client_of: ClientOf, settings: Settings
) -> None:
    limits = {"rate_limit_address": 4, "body_max": 1024, "cors_origins": ("https://shop.example",)}
    client = client_of(make_app(settings.model_copy(update=limits)))
    await client.get(f"/v1/products/{new()}")
    await client.get(f"/v1/products/{new()}")
    await client.delete("/v1/products")
    await client.post("/v1/cart/lines", content=b"x" * 2000)
    # The quota is used up.
    await client.get(f"/v1/orders/{new()}")
    await client.get("/v1/nothing/of/the/kind")
    for _ in range(3):
        await client.get(f"/{new()}")
    await client.request("GEHEIM", "/health/live")
    ask = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    await client.options("/v1/me", headers=ask)
    await client.get("/assets/geheim.css")
    answer = await client.get("/metrics")
    told = figures.read(answer.text)
    expected = {
        answered("GET", 404, "/v1/products/{product}"): 2,
        answered("DELETE", 405, "/v1/products"): 1,
        answered("POST", 413, "/v1/cart/lines"): 1,
        answered("GET", 429, "/v1/orders/{order_id}"): 1,
        answered("GET", 429, "none"): 1,
        answered("GET", 404, "none"): 3,
        answered("_OTHER", 405, "/health/live"): 1,
        answered("OPTIONS", 200, "/v1/me"): 1,
        answered("GET", 404, "/assets"): 1,
    }
    assert {each: many for each, many in told.items() if each[0] == answered("", 0, "")[0]} == expected
    assert told["http_server_active_requests",] == 1, "This one."
    assert "geheim" not in answer.text.lower()


async def test_faults_and_those_who_leave_are_told_apart(app: FastAPI, client: httpx.AsyncClient) -> None:
    @app.get("/metrics/fault")
    async def fault() -> None:
        raise RuntimeError("geheim")

    routing.install(app.router)
    await client.get("/metrics/fault")

    async def left() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def nobody(_: object) -> None:
        raise AssertionError("Nobody is there to be answered.")

    path = "/v1/cart/lines"
    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b"", "scheme": "http"}
    await app(scope | {"root_path": ""}, left, nobody)
    told = await figures.told(client)
    assert told[answered("GET", 500, "/metrics/fault")] == 1
    assert told[answered("POST", 499, path)] == 1
    assert told["http_server_active_requests",] == 1


async def test_a_stream_is_no_long_request(app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna = await sign_in()
    async with following(app, anna) as follower:
        await follower.began.wait()
        told = await figures.told(client)
        assert told["merkato_streams",] == 1
        assert told["http_server_active_requests",] == 1
        assert told[answered("GET", 200, "/v1/feed/jobs/stream")] == 1
    told = await figures.told(client)
    assert told["merkato_streams",] == 0
    assert told["http_server_active_requests",] == 1
    assert told[answered("GET", 200, "/v1/feed/jobs/stream")] == 1


async def test_a_database_that_is_away_is_told(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.get("/health/live")
    # Nothing listens there.
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setattr(app.state.scrape, "_database", away)
    told = await figures.told(client)
    assert told["merkato_database_up",] == 0
    assert told[answered("GET", 200, "/health/live")] == 1
    assert ("merkato_outbox_waiting",) not in told


async def test_however_many_ask_the_database_is_asked_once(
    app: FastAPI, client: httpx.AsyncClient, database: Database
) -> None:
    assert (await figures.told(client))["merkato_pool_connections_used", "changes"] == 0
    asked: list[object] = []
    event.listen(database.pools["reads"].sync_engine, "checkout", lambda *_: asked.append(_))
    under_way = app.state.scrape._meters.active._value
    async with database.transaction() as session:
        # Who counts waits for this.
        await session.execute(text("LOCK TABLE outbox_events IN ACCESS EXCLUSIVE MODE"))
        asking = [asyncio.create_task(figures.told(client)) for _ in range(5)]
        while under_way.get() < len(asking) or not await session.scalar(text(WAITING)):
            await session.execute(text("SELECT pg_sleep(0.02)"))
    every = await asyncio.gather(*asking)
    assert {told["merkato_database_up",] for told in every} == {1}
    assert len(asked) == 1
    assert every[0]["merkato_pool_connections_max", "changes"] == 10


async def test_connections_in_use_are_told(client: httpx.AsyncClient, database: Database) -> None:
    async with database.transaction() as one, database.transaction() as other:
        await one.execute(text("SELECT 1"))
        await other.execute(text("SELECT 1"))
        assert (await figures.told(client))["merkato_pool_connections_used", "changes"] == 2
    told = await figures.told(client)
    assert told["merkato_pool_connections_used", "changes"] == told["merkato_pool_connections_used", "reads"] == 0


async def test_figures_are_told_to_who_has_the_token(
    make_app: MakeApp, client_of: ClientOf, settings: Settings
) -> None:
    token = "prometheus-may-read-this"
    guarded = settings.model_validate({**settings.model_dump(), "metrics_token": token})
    client = client_of(make_app(guarded))
    assert (await client.get("/metrics")).status_code == 401
    for sent in ("Bearer wrong", f"Bearer {token}é", token):
        assert (await client.get("/metrics", headers={b"Authorization": sent.encode()})).status_code == 401
    assert (await client.get("/metrics", headers={"Authorization": f"Bearer {token}"})).status_code == 200
