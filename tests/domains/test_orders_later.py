"""Orders to be paid later: made, rewritten and given up while their stock is held, and ended when nobody pays."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from doors import SignIn
from make import books, orders
from make.answers import code, pointers
from make.orders import count, later, pay, product, stock, sweep
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new


@pytest.fixture(autouse=True)
async def _balanced(database: Database) -> AsyncIterator[None]:
    """Whatever happens to an order, the books hold."""
    yield
    await books.balance(database)


async def history(client: httpx.AsyncClient, order: dict[str, Any]) -> list[tuple[str, Any]]:
    events = (await client.get(f"/v1/orders/{order['id']}/events")).json()["data"]
    return [(event["name"], event["details"].get("reason")) for event in events]


async def test_an_order_now_is_paid_later(sign_in: SignIn, database: Database, staff: httpx.AsyncClient) -> None:
    anna, mug = await sign_in("Anna"), await product(database, title="Mug", price=1190, stock=10)
    tea = await product(database, title="Tea", price=500, stock=None)
    lines = [{"sku": mug["sku"]}, {"variant_id": tea["variant_id"], "quantity": 2}, {"variant_id": mug["variant_id"]}]
    answer = await anna.post("/v1/orders", json={"lines": lines})
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert answer.headers["Location"] == f"/v1/orders/{order['id']}"
    assert (order["status"], order["payment_status"], order["number"]) == ("created", "unpaid", 1001)
    assert (order["email"], order["placed_at"], order["shipping_address"]) == ("anna@example.com", None, None)
    held = datetime.fromisoformat(order["pay_by"]) - datetime.fromisoformat(order["created_at"])
    assert timedelta(minutes=29) < held < timedelta(minutes=31)
    # Lines of the same variant, by whichever name, become one.
    assert [(line["title"], line["quantity"], line["total"]) for line in order["lines"]] == [
        ("Mug", 2, 2380),
        ("Tea", 2, 1000),
    ]
    assert order["totals"] == [{"type": "subtotal", "amount": 3380}, {"type": "total", "amount": 3380}]
    assert [(tax["base"], tax["amount"], tax["included"]) for tax in order["taxes"]] == [(2840, 540, True)]
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 10, "reserved": 2, "available": 8}
    assert (await anna.get("/v1/orders?status=created")).json()["data"] == [order]
    assert await history(anna, order) == [("order.created", None)]
    placed = (await pay(anna, order)).json()
    assert (placed["status"], placed["payment_status"], placed["number"]) == ("paid", "paid", 1001)
    assert placed["placed_at"] > order["created_at"]
    assert placed["version"] > order["version"]
    assert [name for name, _ in await history(anna, order)] == ["order.created", "order.placed", "order.paid"]
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 10, "reserved": 2, "available": 8}
    assert await count(database, "inventory_holds") == 0


async def test_malformed_orders_name_the_line(sign_in: SignIn, staff: httpx.AsyncClient, database: Database) -> None:
    anna, mug = await sign_in("Anna"), await product(database, stock=3)
    variant, draft = mug["variant_id"], await product(database, title="Draft", status="draft")
    order = await later(anna, (variant, 1))
    good = {"variant_id": variant}
    bad: list[tuple[Any, set[str]]] = [
        ({}, {"/lines"}),
        ({"lines": []}, {"/lines"}),
        ({"lines": None}, {"/lines"}),
        ({"lines": [good], "email": "a@example.com"}, {"/email"}),
        ({"lines": [good | {"price": 1}]}, {"/lines/0/price"}),
        *[
            ({"lines": [good, good | {"quantity": wrong}]}, {"/lines/1/quantity"})
            for wrong in (0, -1, None, "1", 1.5, True, 10_001)
        ],
        ({"lines": [good | {"quantity": 9999}, good, good]}, {"/lines/2/quantity"}),
        ({"lines": [{"quantity": 1}]}, {"/lines/0/variant_id"}),
        ({"lines": [good | {"sku": mug["sku"]}]}, {"/lines/0/sku"}),
        ({"lines": [{"variant_id": None}]}, {"/lines/0/variant_id"}),
        ({"lines": [{"variant_id": "mug"}, good]}, {"/lines/0/variant_id"}),
        ({"lines": [good, {"variant_id": str(new())}, {"sku": "none"}]}, {"/lines/1/variant_id", "/lines/2/sku"}),
        ({"lines": [{"variant_id": draft["variant_id"]}]}, {"/lines/0/variant_id"}),
    ]
    for body, wrong in bad:
        assert pointers(await anna.post("/v1/orders", json=body)) == wrong, body
        assert pointers(await anna.put(f"/v1/orders/{order['id']}", json=body)) == wrong, body
    dollars = await product(database, title="Abroad", currency="USD")
    refused = await anna.post("/v1/orders", json={"lines": [{"variant_id": dollars["variant_id"]}]})
    assert code(refused) == (409, "not-priced")
    short = await anna.post("/v1/orders", json={"lines": [{"variant_id": variant, "quantity": 3}]})
    assert code(short) == (409, "out-of-stock")
    assert short.json()["variants"] == [{"variant_id": variant, "requested": 3, "available": 2}]
    assert (await anna.get("/v1/orders")).json()["data"] == [order]
    assert (await stock(staff, variant))["reserved"] == 1
    # A refusal burns no number.
    assert (await later(anna, (variant, 2)))["number"] == order["number"] + 1
    for query in ("limit=-1", "limit=0", "cancelled=perhaps"):
        assert (await anna.get(f"/v1/orders?{query}")).status_code == 422


async def test_an_open_order_is_rewritten_and_given_up(
    sign_in: SignIn, staff: httpx.AsyncClient, database: Database
) -> None:
    anna = await sign_in("Anna")
    mug, pot = await product(database, price=1000, stock=5), await product(database, price=3000, stock=5)
    order = await later(anna, (mug["variant_id"], 4))
    url = f"/v1/orders/{order['id']}"
    price = {"price": {"amount": 1100, "currency": "EUR"}}
    assert (await staff.patch(f"/v1/variants/{mug['variant_id']}", json=price)).status_code == 200
    assert (await anna.get(url)).json()["totals"] == order["totals"]
    lines = [{"sku": pot["sku"]}, {"variant_id": mug["variant_id"], "quantity": 5}]
    changed = (await anna.put(url, json={"lines": lines})).json()
    assert [(line["unit_price"], line["quantity"]) for line in changed["lines"]] == [(3000, 1), (1100, 5)]
    assert orders.total(changed) == 8500
    assert [changed[name] for name in ("number", "pay_by", "created_at")] == [
        order[name] for name in ("number", "pay_by", "created_at")
    ]
    assert changed["version"] > order["version"]
    assert changed["updated_at"] > order["updated_at"]
    assert (await stock(staff, mug["variant_id"]))["reserved"] == 5
    too_many = {"lines": [{"variant_id": pot["variant_id"], "quantity": 6}]}
    assert code(await anna.put(url, json=too_many)) == (409, "out-of-stock")
    assert (await anna.get(url)).json() == changed
    deleted = await anna.delete(url)
    assert (deleted.status_code, deleted.content) == (204, b"")
    kept = (await anna.get(url)).json()
    assert (kept["status"], kept["number"], kept["payment_status"]) == ("cancelled", order["number"], "unpaid")
    for variant in (mug, pot):
        assert (await stock(staff, variant["variant_id"]))["available"] == 5
    assert code(await anna.delete(url)) == code(await anna.put(url, json=too_many)) == (409, "no-longer-open")
    assert code(await pay(anna, order)) == (409, "no-longer-open")
    assert code(await anna.post(f"{url}/cancel")) == (409, "too-late-to-cancel")
    assert await history(anna, order) == [
        ("order.created", None),
        ("order.changed", None),
        ("order.cancelled", "withdrawn"),
    ]
    # Cancelling is the same with another answer, and a placed order is cancelled, never rewritten.
    second = await later(anna, (pot["variant_id"], 2))
    cancelled = await anna.post(f"/v1/orders/{second['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (await stock(staff, pot["variant_id"]))["available"] == 5
    paid = (await pay(anna, await later(anna, (pot["variant_id"], 1)))).json()
    paid_url = f"/v1/orders/{paid['id']}"
    assert code(await anna.put(paid_url, json=too_many)) == code(await anna.delete(paid_url)) == (409, "no-longer-open")
    assert (await anna.get(paid_url)).json() == paid
    assert (await anna.post(f"{paid_url}/cancel")).json()["payment_status"] == "refunded"
    assert (await stock(staff, pot["variant_id"]))["available"] == 5
    assert {each["id"] for each in (await anna.get("/v1/orders?cancelled=true")).json()["data"]} == {
        each["id"] for each in (order, second, paid)
    }
    assert (await anna.get("/v1/orders?cancelled=false")).json()["data"] == []


async def test_another_ones_open_order_does_not_exist(
    sign_in: SignIn, staff: httpx.AsyncClient, client: httpx.AsyncClient, database: Database
) -> None:
    anna, bert, mug = await sign_in("Anna"), await sign_in("Bert"), await product(database)
    order = await later(anna, (mug["variant_id"], 1))
    url, lines = f"/v1/orders/{order['id']}", {"lines": [{"variant_id": mug["variant_id"]}]}
    for stranger, status in ((bert, 404), (client, 401)):
        answers = [
            await stranger.get(url),
            await stranger.put(url, json=lines),
            await stranger.delete(url),
            await pay(stranger, order),
            await stranger.post(f"{url}/cancel"),
        ]
        assert {answer.status_code for answer in answers} == {status}
    assert (await client.post("/v1/orders", json=lines)).status_code == 401
    assert (await bert.get("/v1/orders")).json()["data"] == []
    # Staff see it, but it is not theirs to rewrite or to pay.
    assert (await staff.get(url)).json() == (await anna.get(url)).json() == order
    assert {(await staff.put(url, json=lines)).status_code, (await pay(staff, order)).status_code} == {404}
    assert (await staff.post(f"{url}/cancel")).json()["status"] == "cancelled"


async def test_nobody_hoards_stock(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    app.state.settings = app.state.settings.model_copy(update={"unpaid_orders_max": 3, "pay_minutes": 5})
    anna, mug = await sign_in("Anna"), await product(database, stock=100)
    lines = {"lines": [{"variant_id": mug["variant_id"]}]}
    answers = await asyncio.gather(*(anna.post("/v1/orders", json=lines) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 17
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"too-many-unpaid-orders"}
    made = [answer.json() for answer in answers if answer.status_code == 201]
    assert sorted(order["number"] for order in made) == [1001, 1002, 1003]
    # A repeat under its key is no second order; a paid, deleted or expired one makes room.
    assert (await pay(anna, made[0])).status_code == 200
    keyed = {"Idempotency-Key": "once"}
    again = await asyncio.gather(*(anna.post("/v1/orders", json=lines, headers=keyed) for _ in range(3)))
    assert {answer.status_code for answer in again} == {201}
    assert len({answer.json()["id"] for answer in again}) == 1
    assert (await anna.delete(f"/v1/orders/{made[1]['id']}")).status_code == 204
    await later(anna, (mug["variant_id"], 1))
    assert code(await anna.post("/v1/orders", json=lines)) == (409, "too-many-unpaid-orders")
    with clock.moved(timedelta(minutes=6)):
        await sweep(app)
        assert (await anna.post("/v1/orders", json=lines)).status_code == 201


async def test_what_is_not_paid_in_time_ends(
    app: FastAPI, sign_in: SignIn, staff: httpx.AsyncClient, database: Database
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"pay_minutes": 5})
    anna, mug = await sign_in("Anna"), await product(database, stock=1)
    order = await later(anna, (mug["variant_id"], 1))
    url = f"/v1/orders/{order['id']}"
    with clock.moved(timedelta(minutes=4)):
        await sweep(app)
    assert (await anna.get(url)).json() == order
    with clock.moved(timedelta(minutes=6)):
        lines = {"lines": [{"variant_id": mug["variant_id"]}]}
        assert code(await pay(anna, order)) == code(await anna.put(url, json=lines)) == (409, "no-longer-open")
        await asyncio.gather(sweep(app), sweep(app), sweep(app))
        await sweep(app)
    ended = (await anna.get(url)).json()
    assert (ended["status"], ended["payment_status"], ended["number"]) == ("cancelled", "unpaid", order["number"])
    assert await history(anna, order) == [("order.created", None), ("order.cancelled", "not paid in time")]
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 1, "reserved": 0, "available": 1}
    assert code(await pay(anna, order)) == (409, "no-longer-open")
    assert await count(database, "payments_attempts") == 0
