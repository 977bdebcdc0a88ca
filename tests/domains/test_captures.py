"""Reserved money: staff take it, or some of it, or let it go."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from doors import ClientOf
from make import accounts, books, orders, tasks
from make.answers import code, pointers
from make.orders import product
from merkato.domains.checkout.service.completing import ABANDONED
from merkato.domains.orders import service
from merkato.domains.orders.schemas import RefundDraft
from merkato.domains.payments import flows
from merkato.domains.payments.models import Charge, Outcome, Status
from merkato.domains.payments.providers.provider import Ability
from merkato.domains.payments.providers.simulated import Simulated
from merkato.kit import clock
from merkato.kit.ids import new
from merkato.settings import Settings

Shop = tuple[FastAPI, httpx.AsyncClient, httpx.AsyncClient, str]
"""The application, a buyer, staff, and a variant to buy."""
TOTAL = 1490


@pytest.fixture
async def shop(make_app: Callable[[Settings], FastAPI], client_of: ClientOf, settings: Settings) -> Shop:
    """A shop whose staff capture payments themselves."""
    app = make_app(settings.model_copy(update={"capture": "manual"}))
    anna, staff = client_of(app), client_of(app)
    await accounts.sign_in(app, anna)
    await accounts.sign_in(app, staff, "Staff", ["staff"])
    return app, anna, staff, (await product(app.state.database, price=1000, stock=100))["variant_id"]


async def ask(
    staff: httpx.AsyncClient, order: dict[str, Any], verb: str, key: str | None = None, **said: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(new())}
    body = said if verb == "captures" else None
    return await staff.post(f"/v1/orders/{order['id']}/{verb}", headers=headers, json=body)


async def status(client: httpx.AsyncClient, order: dict[str, Any]) -> str:
    return str((await client.get(f"/v1/orders/{order['id']}")).json()["payment_status"])


async def test_reserved_money_is_taken_in_part_or_let_go(shop: Shop) -> None:
    _, anna, staff, mug = shop
    whole, part, gone = [await orders.order(anna, (mug, 1)) for _ in range(3)]
    assert {order["payment_status"] for order in (whole, part, gone)} == {"authorized"}
    for wrong in (0, -1, "1", True):
        assert pointers(await ask(staff, part, "captures", amount=wrong)) == {"/amount"}
    over = await ask(staff, part, "captures", amount=TOTAL + 1)
    assert (code(over), over.json()["authorized"]) == ((409, "capture-too-large"), TOTAL)

    first = await ask(staff, part, "captures", "one key", amount=600)
    assert (first.status_code, first.json()["payment_status"]) == (200, "partially_paid")
    assert (await ask(staff, part, "captures", "one key", amount=600)).content == first.content
    assert (await books.balances(staff, part))["provider_clearing"] == 600
    assert (await books.balances(staff, part))["receivable"] == TOTAL - 600
    headers = {"Idempotency-Key": "give it back"}
    back = await staff.post(f"/v1/orders/{part['id']}/refunds", json={"amount": 601}, headers=headers)
    assert back.json()["refundable"] == 600
    assert (await staff.post(f"/v1/orders/{part['id']}/cancel")).json()["payment_status"] == "refunded"
    assert await books.balances(staff, part) == {}

    taken = await ask(staff, whole, "captures")
    assert (taken.status_code, taken.json()["payment_status"], taken.json()["status"]) == (200, "paid", "paid")
    voided = await ask(staff, gone, "void", "void it")
    assert (voided.status_code, voided.json()["payment_status"], voided.json()["status"]) == (200, "voided", "created")
    assert (await ask(staff, gone, "void", "void it")).content == voided.content
    for order, verb in ((whole, "captures"), (whole, "void"), (gone, "captures"), (gone, "void")):
        assert code(await ask(staff, order, verb)) == (409, "nothing-authorized")
    assert (await anna.post(f"/v1/orders/{gone['id']}/cancel")).json()["payment_status"] == "voided"
    assert await books.balances(staff, gone) == {}
    assert (await ask(staff, {"id": new()}, "captures")).status_code == 404


class Deaf(Simulated):
    """It does what it is asked, and the answer is lost."""

    async def capture(self, charge: Charge, amount: int) -> Outcome:
        await super().capture(charge, amount)
        raise ConnectionResetError

    async def void(self, charge: Charge) -> Outcome:
        await super().void(charge)
        raise ConnectionResetError


class Refusing(Simulated):
    """The reservation has expired there."""

    async def capture(self, charge: Charge, amount: int) -> Outcome:  # noqa: ARG002
        return Outcome(Status.VOIDED)


class Simple(Simulated):
    """It cannot do what is asked here."""

    can = Simulated.can - {Ability.CAPTURE, Ability.VOID}


async def test_what_the_provider_did_without_telling_is_found_out(shop: Shop) -> None:
    app, anna, staff, mug = shop
    taken, gone, asked, refused = [await orders.order(anna, (mug, 1)) for _ in range(4)]
    present = app.state.payment_providers

    def speaks(provider: type[Simulated]) -> None:
        app.state.payment_providers = {"simulated": provider(app.state.database)}

    speaks(Deaf)
    for order, verb, said in ((taken, "captures", {"amount": 700}), (gone, "void", {}), (asked, "captures", {})):
        answer = await ask(staff, order, verb, "a key", **said)
        assert (answer.status_code, answer.json()["payment_status"]) == (202, "authorized")
        assert answer.headers["Retry-After"] == "2"
    assert code(await ask(staff, taken, "captures", amount=100)) == (409, "capture-under-way")
    assert code(await ask(staff, taken, "void")) == (409, "capture-under-way")
    assert code(await ask(staff, gone, "captures")) == (409, "nothing-authorized")
    app.state.payment_providers = present
    repeated = await ask(staff, asked, "captures", "a key")
    assert (repeated.status_code, repeated.json()["payment_status"]) == (200, "paid")
    with clock.moved(ABANDONED):
        await orders.sweep(app)
    assert [await status(staff, order) for order in (taken, gone)] == ["partially_paid", "voided"]
    found = await ask(staff, taken, "captures", "a key", amount=700)
    assert (found.status_code, found.json()["payment_status"]) == (200, "partially_paid")
    assert (await ask(staff, gone, "void", "a key")).json()["payment_status"] == "voided"

    speaks(Simple)
    for verb in ("captures", "void"):
        assert code(await ask(staff, refused, verb)) == (409, "not-supported")
    speaks(Refusing)
    for _ in range(2):
        assert code(await ask(staff, refused, "captures", "refused")) == (409, "capture-refused")
    assert await status(staff, refused) == "voided"


async def test_an_order_learns_of_its_money_when_the_process_died_before_it_was_told(shop: Shop) -> None:
    app, anna, staff, mug = shop
    order = await orders.order(anna, (mug, 1))
    database, providers = app.state.database, app.state.payment_providers
    (payment,) = (await staff.get(f"/v1/orders/{order['id']}/payments")).json()["data"]
    assert await flows.capture(database, providers, UUID(payment["id"]))
    assert await status(anna, order) == "authorized"
    await tasks.settle(app)
    assert await status(anna, order) == "paid"
    async with database.transaction() as session:
        planned = await service.refund(session, UUID(order["id"]), RefundDraft(amount=TOTAL), by=None)
    await flows.carry_out(database, providers, planned[0].id)
    await tasks.settle(app)
    assert await status(anna, order) == "refunded"


async def test_captures_and_voids_at_once_have_one_outcome(shop: Shop) -> None:
    _, anna, staff, mug = shop
    order = await orders.order(anna, (mug, 1))
    wishes = [ask(staff, order, "captures", amount=100 * each) for each in range(1, 7)]
    answers = await asyncio.gather(*wishes, *(ask(staff, order, "void") for _ in range(6)))
    done = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(done) == 1
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refused <= {"nothing-authorized", "capture-under-way"}
    (payment,) = (await staff.get(f"/v1/orders/{order['id']}/payments")).json()["data"]
    booked = (await books.balances(staff, order)).get("provider_clearing", 0)
    assert payment["captured"] == booked
    assert (payment["state"], done[0]["payment_status"]) in {("captured", "partially_paid"), ("voided", "voided")}
