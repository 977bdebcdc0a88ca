"""Paying for an order: charged once, whatever is lost, repeated or done at the same time, and late money."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from doors import SignIn
from make import books, orders, tasks
from make.answers import code, pointers
from make.orders import count, later, pay, product, stock, sweep
from make.providers import Unreachable
from merkato.domains.identity.models import Actor
from merkato.domains.orders.flows import paying
from merkato.domains.orders.schemas import OrderPayment
from merkato.domains.payments.events import PaymentReported
from merkato.domains.payments.models import Charge
from merkato.domains.payments.providers.simulated import Simulated
from merkato.domains.payments.schemas import PaymentDraft
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.events import publish
from merkato.kit.idempotency import Claim
from merkato.kit.ids import new

CARD = PaymentDraft(provider="simulated", token="success")


@pytest.fixture(autouse=True)
async def _balanced(database: Database) -> AsyncIterator[None]:
    """Whatever happens to an order, the books hold."""
    yield
    await books.balance(database)


@pytest.fixture
def brief(app: FastAPI) -> None:
    """Orders are to be paid within five minutes: sooner than access tokens run out."""
    app.state.settings = app.state.settings.model_copy(update={"pay_minutes": 5})


async def charges(database: Database) -> list[tuple[str, int, int]]:
    """What the provider remembers."""
    async with database.reading() as session:
        rows = await session.execute(
            text("SELECT status, captured_minor, refunded_minor FROM payments_simulated_charges ORDER BY created_at")
        )
        return [(row[0], row[1], row[2]) for row in rows]


async def events(client: httpx.AsyncClient, order: dict[str, Any]) -> list[str]:
    return [each["name"] for each in (await client.get(f"/v1/orders/{order['id']}/events")).json()["data"]]


async def test_a_payment_is_asked_for_well(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in("Anna"), await product(database)
    order = await later(anna, (mug["variant_id"], 1))
    url = f"/v1/orders/{order['id']}/pay"
    good = {"payment": {"provider": "simulated", "token": "success"}}
    assert code(await anna.post(url, json=good)) == (400, "idempotency-key-missing")
    bad: list[tuple[dict[str, Any], str]] = [
        ({}, "/payment"),
        ({"payment": None}, "/payment"),
        ({"payment": {"provider": "nobody", "token": "success"}}, "/payment/provider"),
        ({"payment": {"provider": "simulated", "token": "no-such"}}, "/payment/token"),
        (good | {"amount": 1}, "/amount"),
    ]
    for body, pointer in bad:
        assert pointers(await anna.post(url, json=body, headers={"Idempotency-Key": str(new())})) == {pointer}
    assert await count(database, "payments_attempts") == 0
    gift = await product(database, price=0)
    free = await later(anna, (gift["variant_id"], 1))
    taken = await anna.post(f"/v1/orders/{free['id']}/pay", json={}, headers={"Idempotency-Key": str(new())})
    assert (taken.status_code, taken.json()["status"], taken.json()["payment_status"]) == (200, "paid", "paid")
    assert await events(anna, free) == ["order.created", "order.placed", "order.paid"]
    assert await count(database, "payments_attempts") == 0


async def test_after_a_decline_it_is_paid_with_another_card(
    sign_in: SignIn, staff: httpx.AsyncClient, database: Database
) -> None:
    anna, mug = await sign_in("Anna"), await product(database, stock=1)
    order = await later(anna, (mug["variant_id"], 1))
    declined = await pay(anna, order, "decline", key="first")
    assert code(declined) == (402, "payment-declined")
    assert (await pay(anna, order, "decline", key="first")).content == declined.content
    assert code(await pay(anna, order, "error")) == (402, "payment-declined")
    waiting = (await anna.get(f"/v1/orders/{order['id']}")).json()
    assert (waiting["status"], waiting["payment_status"], waiting["pay_by"]) == ("created", "unpaid", order["pay_by"])
    assert (await stock(staff, mug["variant_id"]))["available"] == 0
    paid = await pay(anna, order, "lost-answer", key="second")
    assert (paid.status_code, paid.json()["payment_status"]) == (200, "paid")
    again = await pay(anna, order, "lost-answer", key="second")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (paid.content, "true")
    assert code(await pay(anna, order, key="second")) == (422, "idempotency-key-reused")
    assert code(await pay(anna, order, key="third")) == (409, "already-paid")
    assert sorted(await charges(database)) == [("captured", 1200, 0), ("declined", 0, 0), ("voided", 0, 0)]
    assert await events(anna, order) == ["order.created", "order.placed", "order.paid"]


async def test_twenty_payments_at_once_charge_once(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in("Anna"), await product(database)
    for key in (None, "same"):
        order = await later(anna, (mug["variant_id"], 1))
        answers = await asyncio.gather(*(pay(anna, order, key=key) for _ in range(20)))
        paid = [answer for answer in answers if answer.status_code == 200]
        assert len({answer.content for answer in paid}) == 1
        refused = {code(answer) for answer in answers if answer.status_code != 200}
        assert refused <= {(409, "already-paid"), (409, "payment-under-way"), (409, "still-running")}
        if key is None:
            assert len(paid) == 1
        assert len((await anna.get(f"/v1/orders/{order['id']}/payments")).json()["data"]) == 1
        assert await events(anna, order) == ["order.created", "order.placed", "order.paid"]
    assert await charges(database) == [("captured", 1200, 0)] * 2


async def test_while_a_payment_is_open_the_order_stays(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in("Anna"), await product(database)
    order = await later(anna, (mug["variant_id"], 1))
    url, lines = f"/v1/orders/{order['id']}", {"lines": [{"variant_id": mug["variant_id"], "quantity": 2}]}
    waiting = await pay(anna, order, "pending", key="k")
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "2")
    shown = waiting.json()
    assert (shown["status"], shown["payment_status"]) == ("created", "pending")
    assert (shown["next_action"], shown["continue_url"]) == ({"type": "wait"}, None)
    assert (await pay(anna, order, "pending", key="k")).status_code == 202
    under_way = (409, "payment-under-way")
    assert code(await pay(anna, order)) == code(await anna.put(url, json=lines)) == under_way
    assert code(await anna.delete(url)) == code(await anna.post(f"{url}/cancel")) == under_way
    with clock.moved(timedelta(seconds=5)):
        paid = await pay(anna, order, "pending", key="k")
        assert (paid.status_code, paid.json()["payment_status"]) == (200, "paid")
        assert (await pay(anna, order, "pending", key="k")).content == paid.content
    # Where the buyer does not ask again, the sweep does; the buyer's key then finds what it has found.
    second = await later(anna, (mug["variant_id"], 1))
    assert (await pay(anna, second, "pending", key="s")).status_code == 202
    with clock.moved(timedelta(seconds=40)):
        await asyncio.gather(sweep(app), sweep(app))
        assert (await anna.get(f"/v1/orders/{second['id']}")).json()["payment_status"] == "paid"
        assert (await pay(anna, second, "pending", key="s")).status_code == 200
    # Or its provider does, by an event.
    third = await later(anna, (mug["variant_id"], 1))
    assert (await pay(anna, third, "pending")).status_code == 202
    (attempt,) = (await anna.get(f"/v1/orders/{third['id']}/payments")).json()["data"]
    with clock.moved(timedelta(seconds=5)):
        async with database.transaction() as session:
            await publish(session, PaymentReported(attempt_id=UUID(attempt["id"]), payable_id=UUID(third["id"])))
        await tasks.settle(app)
    assert (await anna.get(f"/v1/orders/{third['id']}")).json()["payment_status"] == "paid"
    assert await charges(database) == [("captured", 1200, 0)] * 3


async def test_what_staff_let_go_is_paid_again(
    app: FastAPI, sign_in: SignIn, staff: httpx.AsyncClient, database: Database
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"capture": "manual"})
    anna, mug = await sign_in("Anna"), await product(database, stock=1)
    order = await later(anna, (mug["variant_id"], 1))
    url = f"/v1/orders/{order['id']}"
    for first in (True, False):
        assert (await pay(anna, order)).json()["payment_status"] == "authorized"
        assert code(await pay(anna, order)) == (409, "already-paid")
        if first:
            assert (await staff.post(f"{url}/void", headers={"Idempotency-Key": "void"})).status_code == 200
    # It was placed once, so that it is no longer rewritten; and its time to be paid no longer ends it.
    assert code(await anna.delete(url)) == (409, "no-longer-open")
    with clock.moved(timedelta(hours=2)):
        await sweep(app)
    assert (await anna.get(url)).json()["payment_status"] == "authorized"
    assert await events(anna, order) == ["order.created", "order.placed"]
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 1, "reserved": 1, "available": 0}


@pytest.mark.parametrize("told", [False, True], ids=["before the provider", "after the provider"])
async def test_a_payment_whose_process_died_is_finished(
    app: FastAPI, sign_in: SignIn, database: Database, *, told: bool
) -> None:
    anna, mug = await sign_in("Anna"), await product(database)
    order = await later(anna, (mug["variant_id"], 1))
    me = Actor(account_id=UUID((await anna.get("/v1/me")).json()["id"]))
    claim = Claim(b"scope", b"request", new(), app.state.secret)
    begun = database.run(
        paying._begin,
        me,
        UUID(order["id"]),
        OrderPayment(payment=CARD),
        claim=claim,
        providers=app.state.payment_providers,
    )
    assert await begun is None
    (attempt,) = (await anna.get(f"/v1/orders/{order['id']}/payments")).json()["data"]
    if told:
        charge = Charge(UUID(attempt["id"]), "success", 1200, "EUR", clock.now())
        await app.state.payment_providers["simulated"].authorise(charge)
    await sweep(app)
    assert (await anna.get(f"/v1/orders/{order['id']}")).json()["payment_status"] == "pending"
    with clock.moved(timedelta(seconds=40)):
        await sweep(app)
    assert (await anna.get(f"/v1/orders/{order['id']}")).json()["payment_status"] == "paid"
    assert await charges(database) == [("captured", 1200, 0)]


async def test_paying_and_giving_up_at_once_have_one_winner(
    sign_in: SignIn, staff: httpx.AsyncClient, database: Database
) -> None:
    anna, mug = await sign_in("Anna"), await product(database, stock=50)
    won = set()
    for _ in range(4):
        order = await later(anna, (mug["variant_id"], 1))
        url = f"/v1/orders/{order['id']}"
        deleted, paid = await asyncio.gather(anna.delete(url), pay(anna, order))
        assert (deleted.status_code, paid.status_code) in {(204, 409), (409, 200)}
        won.add(paid.status_code)
        status = (await anna.get(url)).json()["status"]
        assert status == ("paid" if paid.status_code == 200 else "cancelled")
    paid_for = len([each for each in await charges(database) if each == ("captured", 1200, 0)])
    assert (await stock(staff, mug["variant_id"]))["reserved"] == paid_for
    assert await count(database, "payments_simulated_charges") == paid_for


@pytest.mark.usefixtures("brief")
async def test_an_open_payment_is_closed_before_its_stock_is_freed(
    app: FastAPI, sign_in: SignIn, staff: httpx.AsyncClient, database: Database
) -> None:
    anna, mug = await sign_in("Anna"), await product(database, stock=1)
    order = await later(anna, (mug["variant_id"], 1))
    assert (await pay(anna, order, "pending", key="k")).status_code == 202
    with clock.moved(timedelta(minutes=6)):
        answers = await asyncio.gather(sweep(app), sweep(app), pay(anna, order, "pending", key="k"))
        assert code(answers[2]) == (409, "no-longer-open")
    ended = (await anna.get(f"/v1/orders/{order['id']}")).json()
    assert (ended["status"], ended["payment_status"]) == ("cancelled", "unpaid")
    assert await events(anna, order) == ["order.created", "order.cancelled"]
    assert await charges(database) == [("voided", 0, 0)]
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 1, "reserved": 0, "available": 1}


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("sold_out", [False, True])
async def test_late_money_places_the_order_or_is_given_back(
    app: FastAPI, sign_in: SignIn, staff: httpx.AsyncClient, database: Database, *, sold_out: bool
) -> None:
    provider = Unreachable(database)
    app.state.payment_providers = {"simulated": provider}
    anna, bert, mug = await sign_in("Anna"), await sign_in("Bert"), await product(database, stock=1)
    order = await later(anna, (mug["variant_id"], 1))
    assert (await pay(anna, order)).status_code == 202
    with clock.moved(timedelta(minutes=10)):
        await sweep(app)
    # As long as the provider cannot be asked, the stock is kept a little longer; but not for ever.
    assert (await anna.get(f"/v1/orders/{order['id']}")).json()["status"] == "created"
    assert (await stock(staff, mug["variant_id"]))["available"] == 0
    with clock.moved(timedelta(minutes=70)):
        await sweep(app)
    assert (await stock(staff, mug["variant_id"]))["available"] == 1
    app.state.payment_providers = {"simulated": Simulated(database)}
    if sold_out:
        assert (await orders.order(bert, (mug["variant_id"], 1)))["status"] == "paid"
    provider.back = True
    app.state.payment_providers = {"simulated": provider}
    with clock.moved(timedelta(minutes=80)):
        await sweep(app)
    ended = (await anna.get(f"/v1/orders/{order['id']}")).json()
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 1, "reserved": 1, "available": 0}
    if sold_out:
        assert (ended["status"], ended["payment_status"]) == ("cancelled", "refunded")
        assert (await charges(database))[0] == ("captured", 1200, 1200)
        assert await events(anna, order) == ["order.created", "order.cancelled", "order.refunded"]
        await tasks.settle(app)
        mail = text("SELECT template, state FROM notifications_messages")
        async with database.reading() as session:
            sent = {(row[0], row[1]) for row in await session.execute(mail)}
        # It was never promised, so that its end is not told; but its money is.
        assert sent >= {("order_cancelled", "dropped"), ("order_refunded", "sent")}
    else:
        assert (ended["status"], ended["payment_status"]) == ("paid", "paid")
        assert await charges(database) == [("captured", 1200, 0)]
        assert await events(anna, order) == ["order.created", "order.placed", "order.paid"]
