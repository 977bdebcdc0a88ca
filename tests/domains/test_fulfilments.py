"""Fulfilments: pieces leave once, in parts, and the order says how far they are."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from doors import SignIn
from make import orders
from make.answers import code, made, pointers
from make.books import balance
from make.orders import product, stock
from make.tasks import settle
from merkato.domains.fulfilment import flows, schedules
from merkato.domains.fulfilment.errors import KitchenTrouble
from merkato.domains.fulfilment.models import Item, KitchenStatus
from merkato.domains.fulfilment.providers.simulated import Simulated
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new

TRACKING = {"carrier": "DHL", "number": "00340434292135100186", "url": "https://example.com/00340434292135100186"}


async def standing(client: httpx.AsyncClient, order: dict[str, Any]) -> tuple[str, str, list[int]]:
    """An order's status, its goods' status, and how many pieces of each line have left."""
    found = (await client.get(f"/v1/orders/{order['id']}")).json()
    return found["status"], found["fulfilment_status"], [line["quantity_fulfilled"] for line in found["lines"]]


async def history(client: httpx.AsyncClient, order: dict[str, Any]) -> list[str]:
    return [event["name"] for event in (await client.get(f"/v1/orders/{order['id']}/events")).json()["data"]]


async def test_an_order_leaves_in_parts_and_arrives(sign_in: SignIn, database: Database, app: FastAPI) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug, pot = await product(database, title="Mug", stock=10), await product(database, title="Pot", stock=None)
    order = await orders.order(anna, (mug["variant_id"], 3), (pot["variant_id"], 1))
    await settle(app)
    of_mug, of_pot = (line["id"] for line in order["lines"])
    path = f"/v1/orders/{order['id']}/fulfilments"
    assert (await anna.get(path)).json()["data"] == []

    first = await made(staff, path, lines=[{"line_id": of_mug, "quantity": 1}, {"line_id": of_mug, "quantity": 1}])
    assert (first["state"], first["way"], first["tracking"], first["ticket"]) == ("open", "shipment", None, None)
    assert first["lines"] == [{"line_id": of_mug, "quantity": 2}]
    assert await standing(anna, order) == ("in_progress", "in_progress", [0, 0])
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 10, "reserved": 3, "available": 7}
    too_many = await staff.post(path, json={"lines": [{"line_id": of_mug, "quantity": 2}]})
    assert code(too_many) == (409, "more-than-left")
    assert (too_many.json()["line_id"], too_many.json()["left"]) == (of_mug, 1)
    unknown = [{"line_id": of_pot, "quantity": 1}, {"line_id": str(new()), "quantity": 1}]
    assert pointers(await staff.post(path, json={"lines": unknown})) == {"/lines/1/line_id"}
    assert pointers(await staff.post(path, json={"lines": []})) == {"/lines"}

    version = (await anna.get(f"/v1/orders/{order['id']}")).json()["version"]
    left = await staff.post(f"/v1/fulfilments/{first['id']}/dispatch", json={"tracking": TRACKING})
    assert (left.status_code, left.json()["state"], left.json()["tracking"]) == (200, "dispatched", TRACKING)
    assert await standing(anna, order) == ("in_progress", "partial", [2, 0])
    assert (await anna.get(f"/v1/orders/{order['id']}")).json()["version"] > version
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 8, "reserved": 1, "available": 7}
    newest = (await staff.get(f"/v1/variants/{mug['variant_id']}/stock/movements")).json()["data"][0]
    assert (newest["delta"], newest["on_hand"], newest["reason"]) == (-2, 8, "dispatched")
    assert code(await anna.post(f"/v1/orders/{order['id']}/cancel")) == (409, "too-late-to-cancel")
    assert code(await staff.post(f"/v1/fulfilments/{first['id']}/dispatch")) == (409, "not-in-this-state")

    rest = await made(staff, path, tracking={"carrier": "by hand"})
    assert {line["line_id"]: line["quantity"] for line in rest["lines"]} == {of_mug: 1, of_pot: 1}
    assert code(await staff.post(path, json={})) == (409, "more-than-left")
    assert code(await staff.post(f"/v1/fulfilments/{rest['id']}/deliver")) == (409, "not-in-this-state")
    assert (await staff.post(f"/v1/fulfilments/{rest['id']}/dispatch")).status_code == 200
    assert await standing(anna, order) == ("dispatched", "dispatched", [3, 1])
    for each in (first, rest):
        delivered = await staff.post(f"/v1/fulfilments/{each['id']}/deliver")
        assert (delivered.status_code, delivered.json()["state"]) == (200, "delivered")
    assert await standing(anna, order) == ("delivered", "delivered", [3, 1])
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 7, "reserved": 0, "available": 7}
    assert (await history(anna, order))[2:] == [
        "fulfilment.dispatched",
        "fulfilment.dispatched",
        "order.dispatched",
        "order.delivered",
    ]
    shown = (await anna.get(path)).json()["data"]
    assert [each["id"] for each in shown] == [first["id"], rest["id"]]
    assert shown[1]["tracking"] == {"carrier": "by hand", "number": None, "url": None}
    assert (await staff.post(f"/v1/fulfilments/{new()}/dispatch")).status_code == 404
    assert await orders.count(database, "inventory_allocations") == 0
    await balance(database)


async def test_twenty_at_once_for_the_last_piece_make_one_fulfilment(
    sign_in: SignIn, database: Database, app: FastAPI
) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug = await product(database, stock=5)
    order = await orders.order(anna, (mug["variant_id"], 1))
    path = f"/v1/orders/{order['id']}/fulfilments"
    answers = await asyncio.gather(*(staff.post(path, json={}) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    (fulfilment,) = (await staff.get(path)).json()["data"]
    dispatch, cancel = f"/v1/fulfilments/{fulfilment['id']}/dispatch", f"/v1/orders/{order['id']}/cancel"
    answers = await asyncio.gather(*(staff.post(path) for path in [dispatch] * 4 + [cancel] + [dispatch] * 4))
    done = [answer.json().get("state") or answer.json()["status"] for answer in answers if answer.status_code == 200]
    await settle(app)
    state = (await staff.get(path)).json()["data"][0]["state"]
    if done == ["dispatched"]:
        assert (state, await stock(staff, mug["variant_id"])) == (
            "dispatched",
            {"on_hand": 4, "reserved": 0, "available": 4},
        )
    else:
        assert (done, state) == (["cancelled"], "cancelled")
        assert await stock(staff, mug["variant_id"]) == {"on_hand": 5, "reserved": 0, "available": 5}


async def test_what_is_cancelled_can_be_fulfilled_anew_or_not_at_all(
    sign_in: SignIn, database: Database, app: FastAPI
) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug = await product(database, stock=5)
    order = await orders.order(anna, (mug["variant_id"], 2))
    path = f"/v1/orders/{order['id']}/fulfilments"
    first = await made(staff, path)
    cancelled = await staff.post(f"/v1/fulfilments/{first['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert await standing(anna, order) == ("paid", "unfulfilled", [0])
    second = await made(staff, path)
    # A refund takes a piece out of what is set aside: what staff have packed no longer fits.
    refund = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}], "restock": True}
    key = {"Idempotency-Key": "one of two"}
    assert (await staff.post(f"/v1/orders/{order['id']}/refunds", json=refund, headers=key)).status_code == 201
    assert code(await staff.post(f"/v1/fulfilments/{second['id']}/dispatch")) == (409, "more-than-left")
    assert (await anna.post(f"/v1/orders/{order['id']}/cancel")).status_code == 200
    assert code(await staff.post(f"/v1/fulfilments/{second['id']}/dispatch")) == (409, "not-fulfillable")
    assert code(await staff.post(path, json={})) == (409, "not-fulfillable")
    await settle(app)
    assert [each["state"] for each in (await anna.get(path)).json()["data"]] == ["cancelled", "cancelled"]
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 5, "reserved": 0, "available": 5}


async def test_the_simulated_kitchen_cooks_and_can_be_told_to_stop(
    sign_in: SignIn, database: Database, app: FastAPI
) -> None:
    anna = await sign_in("Anna")
    latte = await product(database, title="Latte", stock=None, fulfilment="kitchen")
    cooked, stopped, late = [await orders.order(anna, (latte["variant_id"], 1)) for _ in range(3)]
    await settle(app)
    assert (await anna.post(f"/v1/orders/{stopped['id']}/cancel")).status_code == 200
    await settle(app)
    simulated = Simulated(database)
    seen = await simulated.since(clock.now() - timedelta(minutes=1))
    assert [each.items for each in seen] == [(Item("Latte", "medium", 1),)] * 3
    assert [each.status is KitchenStatus.CANCELLED for each in seen] == [False, True, False]
    (fulfilment,) = (await anna.get(f"/v1/orders/{cooked['id']}/fulfilments")).json()["data"]
    for seconds, status in ((3, "in_progress"), (9, "dispatched")):
        with clock.moved(seen[0].at + timedelta(seconds=seconds) - clock.now()):
            await flows.tend(database, simulated, UUID(fulfilment["ticket"]["id"]))
        assert (await standing(anna, cooked))[1] == status
    with clock.moved(timedelta(minutes=1)):
        await schedules.tend_kitchen(app.state.store)
        with pytest.raises(KitchenTrouble):
            await simulated.cancel(seen[2].id)
    assert [(await standing(anna, order))[1] for order in (stopped, late)] == ["unfulfilled", "dispatched"]
    with pytest.raises(KitchenTrouble):
        await simulated.status(new())


async def test_a_refund_of_the_last_waiting_pieces_completes_the_rest(
    sign_in: SignIn, database: Database, app: FastAPI
) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug = await product(database, stock=5)
    order = await orders.order(anna, (mug["variant_id"], 3))
    line = order["lines"][0]["id"]
    first = await made(staff, f"/v1/orders/{order['id']}/fulfilments", lines=[{"line_id": line, "quantity": 2}])
    await staff.post(f"/v1/fulfilments/{first['id']}/dispatch")
    refund = {"lines": [{"line_id": line, "quantity": 1}], "restock": True}
    key = {"Idempotency-Key": "the third"}
    assert (await staff.post(f"/v1/orders/{order['id']}/refunds", json=refund, headers=key)).status_code == 201
    await settle(app)
    assert await standing(anna, order) == ("dispatched", "dispatched", [2])
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 3, "reserved": 0, "available": 3}
    await balance(database)


async def test_digital_goods_are_delivered_at_once_whatever_the_catalogue_says_later(
    sign_in: SignIn, database: Database, app: FastAPI
) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    song = await product(database, title="Song", stock=None, fulfilment="digital")
    wish = await product(database, title="Wish", stock=3, fulfilment="none")
    mug = await product(database, title="Mug", stock=3)
    order = await orders.order(anna, (song["variant_id"], 1), (wish["variant_id"], 2))
    assert [line["product"]["fulfilment"] for line in order["lines"]] == ["digital", "none"]
    await staff.patch(f"/v1/products/{song['product_id']}", json={"fulfilment": "kitchen"})
    await settle(app)
    assert await standing(anna, order) == ("delivered", "delivered", [1, 2])
    (fulfilment,) = (await anna.get(f"/v1/orders/{order['id']}/fulfilments")).json()["data"]
    assert (fulfilment["way"], fulfilment["state"]) == ("instant", "delivered")
    assert await stock(staff, wish["variant_id"]) == {"on_hand": 1, "reserved": 0, "available": 1}
    assert (await history(anna, order))[2:] == ["order.delivered"]

    mixed = await orders.order(anna, (wish["variant_id"], 1), (mug["variant_id"], 1))
    await settle(app)
    assert await standing(anna, mixed) == ("in_progress", "partial", [1, 0])
    rest = await made(staff, f"/v1/orders/{mixed['id']}/fulfilments")
    assert [line["quantity"] for line in rest["lines"]] == [1]
