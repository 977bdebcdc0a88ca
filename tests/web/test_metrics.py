"""Figures for Prometheus, when they are wanted."""

from collections.abc import Callable

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from doors import ClientOf, SignIn
from make import orders
from make.orders import product
from make.tasks import settle
from merkato.domains.orders.events import OrderPlaced
from merkato.domains.webhooks import service
from merkato.kit.database import Database
from merkato.kit.ids import new
from merkato.settings import Settings


async def test_figures_are_told_when_they_are_wanted(
    app: FastAPI,
    client: httpx.AsyncClient,
    make_app: Callable[[Settings], FastAPI],
    client_of: ClientOf,
    settings: Settings,
    sign_in: SignIn,
    database: Database,
) -> None:
    assert (await client.get("/metrics")).status_code == 404
    wanted = client_of(make_app(settings.model_copy(update={"metrics": True})))

    async def figures() -> dict[tuple[str, ...], float]:
        answer = await wanted.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        families = text_string_to_metric_families(answer.text)
        return {
            (sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples
        }

    empty = await figures()
    assert empty["merkato_outbox_waiting",] == empty["merkato_outbox_oldest_seconds",] == 0
    assert empty["merkato_reconciliation_findings", "order-without-money"] == 0
    assert empty["merkato_orders", "paid"] == 0
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    await staff.post("/v1/webhooks", json={"url": "https://1.1.1.1/", "events": ["order.placed"]})
    await settle(app)
    mug = await product(database)
    await orders.order(anna, (mug["variant_id"], 1))
    await database.run(service.fan_out, OrderPlaced(order_id=new()))
    told = await figures()
    assert told["merkato_outbox_waiting",] == await orders.count(database, "outbox_events WHERE relayed_at IS NULL") > 0
    assert told["merkato_outbox_oldest_seconds",] > 0
    assert told["merkato_tasks", "dead"] == 0
    assert told["merkato_orders", "paid"] == 1
    assert told["merkato_webhook_deliveries", "waiting"] == 1
    assert "request" not in " ".join(name for name, *_ in told)
