"""Refunds: for pieces or as an amount, never more than was taken, and to the last cent."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from doors import ClientOf, SignIn
from make import accounts, books, orders
from make.answers import code, pointers
from make.orders import product, stock
from merkato.domains.checkout.service.completing import ABANDONED
from merkato.domains.payments.models import Charge, Refunded, ReversalState
from merkato.domains.payments.providers.simulated import Simulated
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new
from merkato.settings import Settings


async def refund(
    staff: httpx.AsyncClient, order: dict[str, Any], key: str | None = None, **said: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(new())}
    return await staff.post(f"/v1/orders/{order['id']}/refunds", json=said, headers=headers, timeout=60)


async def refunds(client: httpx.AsyncClient, order: dict[str, Any]) -> list[tuple[str, int]]:
    listed = (await client.get(f"/v1/orders/{order['id']}/refunds")).json()["data"]
    return [(each["state"], each["amount"]) for each in listed]


async def given_back(database: Database) -> int:
    """What the provider says."""
    async with database.reading() as session:
        return int(await session.scalar(text("SELECT sum(refunded_minor) FROM payments_simulated_charges")) or 0)


async def test_an_amount_is_given_back_once_and_never_more_than_was_taken(sign_in: SignIn, database: Database) -> None:
    anna, staff, mug = await sign_in(), await sign_in("Staff", "staff"), await product(database, price=1000)
    order = await orders.order(anna, (mug["variant_id"], 1))
    first = await refund(staff, order, "first", amount=490, reason="late")
    assert (first.status_code, first.json()["state"], first.json()["amount"]) == (201, "succeeded", 490), first.text
    again = await refund(staff, order, "first", amount=490, reason="late")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert code(await refund(staff, order, "first", amount=1)) == (422, "idempotency-key-reused")
    over = await refund(staff, order, amount=1001)
    assert (code(over), over.json()["refundable"]) == ((409, "refund-too-large"), 1000)
    url = f"/v1/orders/{order['id']}"
    assert (await anna.get(url)).json()["payment_status"] == "partially_refunded"
    assert (await refund(staff, order, amount=1000)).json()["state"] == "succeeded"
    assert (await anna.get(url)).json()["payment_status"] == "refunded"
    assert await refunds(anna, order) == [("succeeded", 490), ("succeeded", 1000)]
    assert await given_back(database) == 1490
    events = (await anna.get(f"{url}/events")).json()["data"]
    told = [event["details"]["amount"] for event in events if event["name"] == "order.refunded"]
    assert told == [490, 1000]
    assert (await anna.post(f"{url}/cancel")).json()["status"] == "cancelled"
    assert await given_back(database) == 1490


async def test_what_is_said_wrongly_is_named(sign_in: SignIn, database: Database) -> None:
    anna, staff, mug = await sign_in(), await sign_in("Staff", "staff"), await product(database)
    order = await orders.order(anna, (mug["variant_id"], 1))
    line = {"line_id": order["lines"][0]["id"], "quantity": 1}
    for said in ({}, {"amount": 1, "lines": [line]}, {"amount": 1, "restock": True}):
        assert pointers(await refund(staff, order, **said)) == {""}
    assert pointers(await refund(staff, order, lines=[line, {**line, "line_id": str(new())}])) == {"/lines/1/line_id"}
    for amount in (0, -1, "1", 10**19, 1.5, True):
        assert pointers(await refund(staff, order, amount=amount)) == {"/amount"}
    assert code(await refund(staff, order, lines=[line, line])) == (409, "more-than-left")
    missing = await staff.post(f"/v1/orders/{order['id']}/refunds", json={"amount": 1})
    assert code(missing) == (400, "idempotency-key-missing")
    assert (await refund(staff, {"id": new()}, amount=1)).status_code == 404
    assert await refunds(anna, order) == []


async def test_pieces_sum_to_their_line_and_go_back_to_the_shelf(
    make_app: Callable[[Settings], FastAPI], client_of: ClientOf, settings: Settings
) -> None:
    app = make_app(settings.model_copy(update={"prices_include_tax": False}))
    anna, staff = client_of(app), client_of(app)
    await accounts.sign_in(app, anna)
    await accounts.sign_in(app, staff, "Staff", ["staff"])
    mug = await product(app.state.database, price=333, stock=10)
    order = await orders.order(anna, (mug["variant_id"], 7))
    line = order["lines"][0]["id"]
    tax, whole = 443, 7 * 333 + 443
    assert orders.total(order) == whole + 490 + 93, tax
    first = (await refund(staff, order, lines=[{"line_id": line, "quantity": 1}])).json()["amount"]
    one_by_one = [first] + [
        (await refund(staff, order, lines=[{"line_id": line, "quantity": 1}], restock=True)).json()["amount"]
        for _ in range(6)
    ]
    assert sum(one_by_one) == whole
    assert set(one_by_one) <= {396, 397}
    (shown,) = (await staff.get(f"/v1/orders/{order['id']}")).json()["lines"]
    assert (shown["quantity_refunded"], shown["quantity_cancelled"], shown["quantity_returned"]) == (7, 6, 0)
    # The first was not put back: it is still to be sent.
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 10, "reserved": 1, "available": 9}
    assert code(await refund(staff, order, lines=[{"line_id": line, "quantity": 1}])) == (409, "more-than-left")
    assert (await refund(staff, order, amount=490 + 93)).json()["state"] == "succeeded"
    assert (await staff.get(f"/v1/orders/{order['id']}")).json()["payment_status"] == "refunded"


async def test_pieces_that_came_back_are_on_hand_again(sign_in: SignIn, database: Database) -> None:
    anna, staff, mug = await sign_in(), await sign_in("Staff", "staff"), await product(database, stock=5)
    order = await orders.order(anna, (mug["variant_id"], 3))
    async with database.transaction() as session:
        # As after the dispatch of two of the three.
        await session.execute(text("UPDATE orders_lines SET quantity_fulfilled = 2"))
        await session.execute(text("UPDATE inventory_allocations SET quantity = 1"))
        await session.execute(text("UPDATE inventory_stock SET on_hand = 3, reserved = 1"))
    line = {"line_id": order["lines"][0]["id"], "quantity": 2}
    assert (await refund(staff, order, lines=[line], restock=True)).status_code == 201
    (shown,) = (await staff.get(f"/v1/orders/{order['id']}")).json()["lines"]
    assert (shown["quantity_cancelled"], shown["quantity_returned"], shown["quantity_refunded"]) == (1, 1, 2)
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 4, "reserved": 0, "available": 4}


async def test_twenty_refunds_at_once_give_back_what_was_taken(sign_in: SignIn, database: Database) -> None:
    anna, staff, mug = await sign_in(), await sign_in("Staff", "staff"), await product(database, price=1000)
    order = await orders.order(anna, (mug["variant_id"], 1))
    answers = await asyncio.gather(*(refund(staff, order, amount=300, reason="twice") for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [409] * 16
    assert await given_back(database) == 1200
    same = await asyncio.gather(*(refund(staff, order, "same", amount=100) for _ in range(8)))
    assert {answer.status_code for answer in same} == {201}
    assert len({answer.json()["id"] for answer in same}) == 1
    assert await given_back(database) == 1300


class Away(Simulated):
    """The simulated provider, with its line cut when money is to be given back."""

    async def refund(self, charge: Charge, refund_key: UUID, amount: int) -> Refunded:  # noqa: ARG002
        raise ConnectionRefusedError


class Unwilling(Simulated):
    """The simulated provider, which refuses every refund."""

    async def refund(self, charge: Charge, refund_key: UUID, amount: int) -> Refunded:  # noqa: ARG002
        return Refunded(ReversalState.FAILED, reason="No.")


async def test_what_the_provider_does_not_answer_is_pending_and_counts(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    anna, staff, mug = await sign_in(), await sign_in("Staff", "staff"), await product(database, price=1000)
    order = await orders.order(anna, (mug["variant_id"], 1))
    present = app.state.payment_providers
    app.state.payment_providers = {"simulated": Away(database)}
    pending = await refund(staff, order, amount=1000)
    assert (pending.status_code, pending.json()["state"]) == (201, "pending")
    assert (await refund(staff, order, amount=500)).json()["refundable"] == 490
    assert (await anna.get(f"/v1/orders/{order['id']}")).json()["payment_status"] == "paid"
    app.state.payment_providers = present
    with clock.moved(ABANDONED):
        await orders.sweep(app)
    assert await refunds(anna, order) == [("succeeded", 1000)]
    assert (await anna.get(f"/v1/orders/{order['id']}")).json()["payment_status"] == "partially_refunded"
    app.state.payment_providers = {"simulated": Unwilling(database)}
    assert (await refund(staff, order, amount=200)).json()["state"] == "failed"
    # The customer is credited with it all the same, and is owed it.
    assert (await books.balances(staff, order))["receivable"] == -200
    app.state.payment_providers = present
    assert (await refund(staff, order, amount=300)).json()["state"] == "succeeded"
    assert "receivable" not in await books.balances(staff, order)
    assert await refunds(anna, order) == [("succeeded", 1000), ("failed", 200), ("succeeded", 300)]
    assert await given_back(database) == 1300
