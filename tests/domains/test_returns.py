"""Returns: asked for, approved, received and refunded, each once."""

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
from make.books import balance, balances
from make.orders import product, stock
from make.tasks import settle
from merkato.domains.fulfilment import schedules
from merkato.domains.payments.models import Charge, Refunded
from merkato.domains.payments.providers.simulated import Simulated
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new

WHY = "It does not fit."


@pytest.fixture
async def mug(database: Database) -> dict[str, str]:
    return await product(database, title="Mug", price=1000, stock=10)


@pytest.fixture
async def anna(sign_in: SignIn) -> httpx.AsyncClient:
    return await sign_in("Anna")


async def arrived(buyer: httpx.AsyncClient, staff: httpx.AsyncClient, variant_id: str, quantity: int) -> dict[str, Any]:
    """An order whose goods have arrived."""
    order = await orders.order(buyer, (variant_id, quantity))
    sent = await made(staff, f"/v1/orders/{order['id']}/fulfilments")
    for verb in ("dispatch", "deliver"):
        assert (await staff.post(f"/v1/fulfilments/{sent['id']}/{verb}")).status_code == 200
    return order


async def asked(client: httpx.AsyncClient, order: dict[str, Any], quantity: int) -> dict[str, Any]:
    lines = [{"line_id": order["lines"][0]["id"], "quantity": quantity}]
    return await made(client, f"/v1/orders/{order['id']}/returns", lines=lines, reason=WHY)


async def does(staff: httpx.AsyncClient, found: dict[str, Any], *verbs: str) -> dict[str, Any]:
    """The return after these steps."""
    for verb in verbs:
        answer = await staff.post(f"/v1/returns/{found['id']}/{verb}")
        assert answer.status_code == 200, answer.text
        found = answer.json()
    return found


async def standing(client: httpx.AsyncClient, order: dict[str, Any]) -> tuple[str, str, int, int]:
    found = (await client.get(f"/v1/orders/{order['id']}")).json()
    line = found["lines"][0]
    return found["payment_status"], found["fulfilment_status"], line["quantity_returned"], line["quantity_refunded"]


async def given_back(client: httpx.AsyncClient, order: dict[str, Any]) -> int:
    found = (await client.get(f"/v1/orders/{order['id']}/refunds")).json()["data"]
    return sum(refund["amount"] for refund in found if refund["state"] == "succeeded")


async def test_goods_come_back_in_parts_and_each_part_once(
    app: FastAPI, anna: httpx.AsyncClient, staff: httpx.AsyncClient, mug: dict[str, str]
) -> None:
    order = await arrived(anna, staff, mug["variant_id"], 3)
    path = f"/v1/orders/{order['id']}/returns"
    line = {"line_id": order["lines"][0]["id"], "quantity": 4}
    assert code(await anna.post(path, json={"lines": [line], "reason": WHY})) == (409, "more-than-left")
    assert pointers(await anna.post(path, json={"lines": [], "reason": ""})) == {"/lines", "/reason"}
    foreign = {"line_id": str(new()), "quantity": 1}
    assert pointers(await anna.post(path, json={"lines": [foreign], "reason": WHY})) == {"/lines/0/line_id"}

    first = await asked(anna, order, 2)
    assert (first["state"], first["lines"], first["reason"]) == ("requested", [line | {"quantity": 2}], WHY)
    again = await anna.post(path, json={"lines": [line | {"quantity": 2}], "reason": WHY})
    assert (code(again), again.json()["left"]) == ((409, "more-than-left"), 1)
    assert code(await staff.post(f"/v1/returns/{first['id']}/receive")) == (409, "not-in-this-state")
    # So that what follows is at once, and not one after another as connections are made.
    unknown = await asyncio.gather(*(staff.post(f"/v1/returns/{new()}/approve") for _ in range(6)))
    assert {answer.status_code for answer in unknown} == {404}
    approved = await asyncio.gather(*(staff.post(f"/v1/returns/{first['id']}/approve") for _ in range(4)))
    assert sorted(answer.status_code for answer in approved) == [200, 409, 409, 409]
    listed = (await staff.get("/v1/returns?state=approved")).json()["data"]
    assert [each["id"] for each in listed] == [first["id"]]

    received = await asyncio.gather(*(staff.post(f"/v1/returns/{first['id']}/receive") for _ in range(6)))
    assert sorted(answer.status_code for answer in received) == [200] + [409] * 5
    (done,) = [answer.json() for answer in received if answer.status_code == 200]
    assert (done["state"], done["restocked"], len(done["refund_ids"])) == ("refunded", True, 1)
    assert await standing(anna, order) == ("partially_refunded", "delivered", 2, 2)
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 9, "reserved": 0, "available": 9}
    newest = (await staff.get(f"/v1/variants/{mug['variant_id']}/stock/movements")).json()["data"][0]
    assert (newest["delta"], newest["reason"]) == (2, "returned")
    assert await given_back(anna, order) == 2000

    rest = await does(staff, await asked(anna, order, 1), "approve")
    headers = {"Idempotency-Key": "the last"}
    answers = [
        await staff.post(f"/v1/returns/{rest['id']}/receive", json={"restock": False}, headers=headers)
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["state"], answers[0].json()["restocked"]) == ("refunded", False)
    # Shipping is not given back by returning.
    assert await standing(anna, order) == ("partially_refunded", "returned", 3, 3)
    assert await given_back(anna, order) == 3000
    assert (await stock(staff, mug["variant_id"]))["on_hand"] == 9
    await settle(app)
    assert await standing(anna, order) == ("partially_refunded", "returned", 3, 3)
    assert "receivable" not in await balances(staff, order)
    await balance(app.state.database)
    names = [event["name"] for event in (await anna.get(f"/v1/orders/{order['id']}/events")).json()["data"]]
    once = ["return.requested", "return.approved", "return.received", "order.refunded"]
    assert [name for name in names if name.startswith("return") or name == "order.refunded"] == once * 2
    assert [each["id"] for each in (await anna.get(path)).json()["data"]] == [first["id"], rest["id"]]


async def test_a_return_can_be_rejected_and_asked_for_anew(
    anna: httpx.AsyncClient, staff: httpx.AsyncClient, mug: dict[str, str]
) -> None:
    unsent = await orders.order(anna, (mug["variant_id"], 1))
    line = {"line_id": unsent["lines"][0]["id"], "quantity": 1}
    early = await anna.post(f"/v1/orders/{unsent['id']}/returns", json={"lines": [line], "reason": WHY})
    assert code(early) == (409, "more-than-left")
    order = await arrived(anna, staff, mug["variant_id"], 1)
    first, second = await asked(anna, order, 1), None
    rejected = await staff.post(f"/v1/returns/{first['id']}/reject", json={"reason": "too late"})
    assert (rejected.json()["state"], rejected.json()["rejection"]) == ("rejected", "too late")
    for verb in ("approve", "reject", "receive"):
        assert code(await staff.post(f"/v1/returns/{first['id']}/{verb}")) == (409, "not-in-this-state")
    second = await does(staff, await asked(anna, order, 1), "approve", "reject")
    assert (second["state"], second["rejection"]) == ("rejected", None)
    assert await standing(anna, order) == ("paid", "delivered", 0, 0)
    assert (await staff.post(f"/v1/returns/{new()}/receive")).status_code == 404


async def test_what_was_refunded_before_is_not_refunded_again(
    anna: httpx.AsyncClient, staff: httpx.AsyncClient, mug: dict[str, str], database: Database
) -> None:
    order = await arrived(anna, staff, mug["variant_id"], 2)
    asked_for = await asked(anna, order, 2)
    refund: dict[str, Any] = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}
    path = f"/v1/orders/{order['id']}/refunds"
    assert (await staff.post(path, json=refund, headers={"Idempotency-Key": "goodwill"})).status_code == 201
    done = await does(staff, asked_for, "approve", "receive")
    assert (done["state"], len(done["refund_ids"])) == ("refunded", 1)
    assert await standing(anna, order) == ("partially_refunded", "returned", 2, 2)
    assert await given_back(anna, order) == 2000

    order = await arrived(anna, staff, mug["variant_id"], 1)
    refund = {"amount": orders.total(order) - 300}
    path = f"/v1/orders/{order['id']}/refunds"
    assert (await staff.post(path, json=refund, headers={"Idempotency-Key": "most of it"})).status_code == 201
    done = await does(staff, await asked(anna, order, 1), "approve", "receive")
    assert done["state"] == "refunded"
    assert await given_back(anna, order) == orders.total(order)

    order = await arrived(anna, staff, mug["variant_id"], 1)
    refund = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}], "restock": True}
    path = f"/v1/orders/{order['id']}/refunds"
    late = await does(staff, await asked(anna, order, 1), "approve")
    assert (await staff.post(path, json=refund, headers={"Idempotency-Key": "and back"})).status_code == 201
    assert code(await staff.post(f"/v1/returns/{late['id']}/receive")) == (409, "more-than-left")

    gift = await product(database, title="Gift", price=0, stock=1, requires_shipping=False)
    order = await arrived(anna, staff, gift["variant_id"], 1)
    done = await does(staff, await asked(anna, order, 1), "approve", "receive")
    assert (done["state"], done["refund_ids"]) == ("refunded", [])
    await balance(database)
    assert await stock(staff, gift["variant_id"]) == {"on_hand": 1, "reserved": 0, "available": 1}


async def test_a_refund_that_is_slow_finishes_the_return_later(
    app: FastAPI, anna: httpx.AsyncClient, staff: httpx.AsyncClient, mug: dict[str, str], database: Database
) -> None:
    class Away(Simulated):
        """The simulated provider, with its line cut."""

        async def refund(self, charge: Charge, refund_key: UUID, amount: int) -> Refunded:  # noqa: ARG002
            raise ConnectionRefusedError

    order = await arrived(anna, staff, mug["variant_id"], 1)
    approved = await does(staff, await asked(anna, order, 1), "approve")
    present = app.state.payment_providers
    app.state.payment_providers = {"simulated": Away(database)}
    assert (await does(staff, approved, "receive"))["state"] == "received"
    await schedules.finish_returns(app.state.store)
    assert (await anna.get(f"/v1/orders/{order['id']}/returns")).json()["data"][0]["state"] == "received"
    app.state.payment_providers = present
    with clock.moved(timedelta(minutes=1)):
        await orders.sweep(app)
    await schedules.finish_returns(app.state.store)
    assert (await anna.get(f"/v1/orders/{order['id']}/returns")).json()["data"][0]["state"] == "refunded"
    assert await standing(anna, order) == ("partially_refunded", "returned", 1, 1)


async def test_money_that_is_not_taken_yet_is_not_given_back(
    app: FastAPI, client: httpx.AsyncClient, staff: httpx.AsyncClient, mug: dict[str, str]
) -> None:
    automatic = app.state.settings
    app.state.settings = automatic.model_copy(update={"capture": "manual"})
    # A guest asks by the checkout's token.
    order = await arrived(client, staff, mug["variant_id"], 1)
    approved = await does(staff, await asked(client, order, 1), "approve")
    assert code(await staff.post(f"/v1/returns/{approved['id']}/receive")) == (409, "refund-too-large")
    assert (await stock(staff, mug["variant_id"]))["on_hand"] == 9
    app.state.settings = automatic
    with clock.moved(timedelta(minutes=1)):
        await orders.sweep(app)
    assert (await does(staff, approved, "receive"))["state"] == "refunded"
    del client.headers["Checkout-Token"]
    assert (await client.get(f"/v1/orders/{order['id']}/returns")).status_code == 401
