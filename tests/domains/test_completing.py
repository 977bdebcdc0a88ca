"""Completing a checkout: declined, slow, lost and late payments, repeats and races, and the sweep."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from doors import SignIn
from make import orders
from make.orders import count, product, stock, sweep, total
from merkato.domains.checkout.service import completing
from merkato.domains.inventory import service as inventory
from merkato.domains.payments.models import Outcome, Status
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new


async def test_a_declined_card_leaves_nothing_behind(sign_in: SignIn, database: Database) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug = await product(database, stock=1)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    declined = await orders.complete(anna, checkout, "decline", key="first")
    assert (declined.status_code, declined.json()["code"]) == (402, "payment-declined")
    assert declined.headers["Content-Type"] == "application/problem+json"
    assert await count(database, "orders") == 0
    assert (await stock(staff, mug["variant_id"]))["available"] == 1
    shown = (await anna.get(f"/v1/checkouts/{checkout['id']}")).json()
    assert shown["status"] == "ready_for_complete"
    assert [message["code"] for message in shown["messages"]] == ["payment_declined"]
    again = await orders.complete(anna, checkout, "decline", key="first")
    assert (again.status_code, again.content) == (402, declined.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    placed = await orders.complete(anna, checkout, key="second")
    assert (placed.status_code, placed.json()["number"]) == (201, 1001)


@pytest.mark.parametrize("token", ["slow", "lost-answer"])
async def test_slow_and_lost_answers_still_make_one_order(sign_in: SignIn, database: Database, token: str) -> None:
    anna, mug = await sign_in(), await product(database)
    await orders.cart(anna, (mug["variant_id"], 1))
    answer = await orders.complete(anna, await orders.checkout(anna), token)
    assert (answer.status_code, answer.json()["payment_status"]) == (201, "paid")
    assert await count(database, "payments_simulated_charges") == 1


async def test_an_unreachable_provider_charges_nothing(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    answer = await orders.complete(anna, checkout, "error")
    assert (answer.status_code, answer.json()["code"]) == (402, "payment-declined")
    assert (await orders.complete(anna, checkout)).status_code == 201


async def test_a_pending_payment_is_asked_again(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database, stock=1)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    waiting = await orders.complete(anna, checkout, "pending", key="k")
    assert (waiting.status_code, waiting.json()["status"]) == (202, "complete_in_progress")
    assert waiting.headers["Retry-After"]
    still = await orders.complete(anna, checkout, "pending", key="k")
    assert still.status_code == 202
    assert (await anna.patch(f"/v1/checkouts/{checkout['id']}", json={})).json()["code"] == "not-ready"
    assert (await anna.post(f"/v1/checkouts/{checkout['id']}/cancel")).json()["code"] == "not-ready"
    with clock.moved(timedelta(seconds=5)):
        placed = await orders.complete(anna, checkout, "pending", key="k")
        assert (placed.status_code, placed.json()["payment_status"]) == (201, "paid")
        again = await orders.complete(anna, checkout, "pending", key="k")
    assert again.content == placed.content
    other = await orders.complete(anna, checkout, "success", key="other")
    assert (other.status_code, other.json()["code"]) == (409, "already-completed")
    assert other.json()["order_id"] == placed.json()["id"]


async def test_the_sweep_goes_on_where_nobody_does(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database, stock=1)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    assert (await orders.complete(anna, checkout, "pending", key="k")).status_code == 202
    with clock.moved(timedelta(minutes=1)):
        await sweep(app)
        await sweep(app)
        answer = await orders.complete(anna, checkout, "pending", key="k")
    assert (answer.status_code, answer.json()["payment_status"]) == (201, "paid")
    assert await count(database, "orders") == 1


async def test_a_hold_that_runs_out_is_closed_at_the_provider_first(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug = await product(database, stock=1)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE pause (id int)"))
    assert (await orders.complete(anna, checkout, "pending")).status_code == 202
    assert (await stock(staff, mug["variant_id"]))["available"] == 0
    with clock.moved(timedelta(minutes=16)):
        await sweep(app)
    assert (await stock(staff, mug["variant_id"]))["available"] == 1
    async with database.reading() as session:
        assert await session.scalar(text("SELECT status FROM payments_simulated_charges")) == "voided"
        assert await session.scalar(text("SELECT state FROM payments_attempts")) == "canceled"
    assert (await anna.get(f"/v1/checkouts/{checkout['id']}")).json()["status"] == "ready_for_complete"
    assert (await orders.complete(anna, checkout)).status_code == 201


async def test_money_that_comes_after_the_stock_has_gone_is_given_back(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    anna, bert = await sign_in("Anna"), await sign_in("Bert")
    mug = await product(database, stock=1)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    assert (await orders.complete(anna, checkout, "pending", key="k")).status_code == 202
    async with database.transaction() as session:
        # As if the hold had been freed by hand while the bank was thinking.
        holder = await session.scalar(text("SELECT id FROM checkouts"))
        await inventory.release(session, holder)
    await orders.order(bert, (mug["variant_id"], 1))
    with clock.moved(timedelta(seconds=5)):
        answer = await orders.complete(anna, checkout, "pending", key="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "out-of-stock")
    async with database.reading() as session:
        states = await session.scalars(text("SELECT status FROM payments_simulated_charges ORDER BY key"))
        assert list(states) == ["voided", "captured"]
    assert await count(database, "orders") == 1


async def test_a_late_answer_about_one_attempt_does_not_touch_the_next(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    anna, mug = await sign_in(), await product(database, stock=1)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    assert (await orders.complete(anna, checkout, "decline")).status_code == 402
    async with database.reading() as session:
        first = await session.scalar(text("SELECT id FROM payments_attempts"))
    assert (await orders.complete(anna, checkout, "pending", key="k")).status_code == 202
    late = Outcome(Status.DECLINED, code="card_declined")
    settled = await database.run(completing.settle, UUID(checkout["id"]), first, late)
    assert settled.refusal is None
    with clock.moved(timedelta(seconds=5)):
        placed = await orders.complete(anna, checkout, "pending", key="k")
    assert (placed.status_code, placed.json()["payment_status"]) == (201, "paid")


async def test_trouble_with_one_checkout_does_not_keep_the_sweep_from_the_others(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    mug = await product(database, stock=2)
    for name in ("Anna", "Bert"):
        buyer = await sign_in(name)
        await orders.cart(buyer, (mug["variant_id"], 1))
        assert (await orders.complete(buyer, await orders.checkout(buyer), "pending")).status_code == 202
    async with database.transaction() as session:
        oldest = "SELECT id FROM payments_attempts ORDER BY id LIMIT 1"
        await session.execute(text(f"UPDATE payments_attempts SET provider = 'gone' WHERE id = ({oldest})"))
    with clock.moved(timedelta(minutes=1)):
        await sweep(app)
    assert await count(database, "orders") == 1


async def test_one_key_at_once_makes_one_order(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database, stock=50)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    answers = await asyncio.gather(*(orders.complete(anna, checkout, key="same") for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    placed = {answer.content for answer in answers if answer.status_code == 201}
    assert len(placed) == 1
    later = [await orders.complete(anna, checkout, key="same") for _ in range(3)]
    assert {answer.content for answer in later} == placed
    assert await count(database, "orders") == await count(database, "payments_attempts") == 1


async def test_different_keys_at_once_make_one_order(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database, stock=50)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    answers = await asyncio.gather(*(orders.complete(anna, checkout) for _ in range(10)))
    assert {answer.status_code for answer in answers} <= {201, 202, 409}
    assert await count(database, "orders") == await count(database, "payments_simulated_charges") == 1


async def test_a_changed_body_under_the_same_key_is_refused(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    assert (await orders.complete(anna, checkout, key="k")).status_code == 201
    other = await orders.complete(anna, checkout, key="k", expected_total=1)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_completing_asks_for_a_key_and_a_payment(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    url = f"/v1/checkouts/{checkout['id']}/complete"
    good = {"payment": {"provider": "simulated", "token": "success"}, "expected_total": total(checkout)}
    answer = await anna.post(url, json=good)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")
    bad: list[tuple[dict[str, Any], str]] = [
        (good | {"payment": None}, "/payment"),
        (good | {"payment": {"provider": "nobody", "token": "success"}}, "/payment/provider"),
        (good | {"payment": {"provider": "simulated", "token": "no-such"}}, "/payment/token"),
        (good | {"payment": {"provider": "simulated"}}, "/payment/token"),
        (good | {"expected_total": "1"}, "/expected_total"),
        (good | {"expected_total": -1}, "/expected_total"),
        (good | {"tip": 1}, "/tip"),
    ]
    for body, pointer in bad:
        answer = await anna.post(url, json=body, headers={"Idempotency-Key": str(new())})
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert await count(database, "inventory_holds") == await count(database, "payments_attempts") == 0


async def test_what_is_free_needs_no_payment(client: httpx.AsyncClient, database: Database) -> None:
    gift = await product(database, title="Gift", price=0, requires_shipping=False, fulfilment="digital")
    checkout = await orders.checkout(client, lines=[{"variant_id": gift["variant_id"]}], shipping_address=None)
    answer = await orders.complete(client, checkout, payment=None)
    assert (answer.status_code, answer.json()["payment_status"], answer.json()["shipping_address"]) == (
        201,
        "paid",
        None,
    )
    assert await count(database, "payments_attempts") == 0
