"""Orders: copies of what was bought, numbered without gaps, and cancelled once."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from doors import SignIn
from make import orders
from make.orders import product, stock
from merkato.domains.checkout import flows
from merkato.domains.payments.models import Charge, Outcome, Refunded
from merkato.domains.payments.providers.simulated import Simulated
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new


async def test_an_order_keeps_what_was_bought(sign_in: SignIn, database: Database) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug = await product(database, title="Mug", price=1000)
    own = (await anna.post("/v1/me/addresses", json=orders.BERLIN)).json()
    order = await orders.order(anna, (mug["variant_id"], 2))
    price = {"price": {"amount": 9999, "currency": "EUR"}}
    assert (await staff.patch(f"/v1/variants/{mug['variant_id']}", json=price)).status_code == 200
    assert (await staff.patch(f"/v1/products/{mug['product_id']}", json={"title": "Cup"})).status_code == 200
    assert (await anna.patch(f"/v1/me/addresses/{own['id']}", json={"city": "Potsdam"})).status_code == 200
    assert (await staff.delete(f"/v1/products/{mug['product_id']}")).status_code == 204
    kept = (await anna.get(f"/v1/orders/{order['id']}")).json()
    assert kept == order
    (line,) = kept["lines"]
    assert (line["title"], line["product"]["title"], line["unit_price"], line["total"]) == ("Mug", "Mug", 1000, 2000)
    assert kept["shipping_address"]["city"] == "Berlin"


async def test_orders_outlive_their_account(sign_in: SignIn, database: Database) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug = await product(database)
    order = await orders.order(anna, (mug["variant_id"], 1))
    assert (await anna.delete("/v1/me")).status_code == 204
    kept = (await staff.get(f"/v1/orders/{order['id']}")).json()
    assert (kept["number"], kept["lines"]) == (order["number"], order["lines"])


async def test_anothers_order_does_not_exist(sign_in: SignIn, database: Database) -> None:
    anna, bert = await sign_in("Anna"), await sign_in("Bert")
    mug = await product(database)
    order = await orders.order(anna, (mug["variant_id"], 1))
    url = f"/v1/orders/{order['id']}"
    for path in ("", "/events", "/payments", "/refunds"):
        assert (await bert.get(url + path)).status_code == 404
        assert (await anna.get(url + path)).status_code == 200
    assert (await bert.post(url + "/cancel")).status_code == 404
    assert (await bert.get("/v1/orders")).json()["data"] == []
    assert (await bert.get("/v1/orders?customer=all")).status_code == 403
    assert (await anna.get(url)).json()["status"] == "paid"


async def test_with_two_carts_filled_each_order_has_its_own_lines(sign_in: SignIn, database: Database) -> None:
    anna, bert = await sign_in("Anna"), await sign_in("Bert")
    mug, pot = await product(database, title="Mug"), await product(database, title="Pot")
    await orders.cart(bert, (pot["variant_id"], 3))
    order = await orders.order(anna, (mug["variant_id"], 1))
    assert [line["title"] for line in order["lines"]] == ["Mug"]
    assert [line["quantity"] for line in (await bert.get("/v1/cart")).json()["lines"]] == [3]


async def test_lists_are_newest_first_and_filtered(sign_in: SignIn, database: Database) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug = await product(database, stock=100)
    made = [await orders.order(anna, (mug["variant_id"], 1)) for _ in range(4)]
    ids = [order["id"] for order in reversed(made)]
    cancelled = ids[1]
    assert (await anna.post(f"/v1/orders/{cancelled}/cancel")).status_code == 200

    async def listed(client: httpx.AsyncClient, query: str = "") -> list[str]:
        answer = await client.get(f"/v1/orders{query}")
        assert answer.status_code == 200, answer.text
        return [order["id"] for order in answer.json()["data"]]

    assert await listed(anna) == ids
    assert await listed(staff) == []
    assert await listed(staff, "?customer=all") == ids
    me = (await anna.get("/v1/me")).json()["id"]
    assert await listed(staff, f"?customer={me}&cancelled=false") == [each for each in ids if each != cancelled]
    assert await listed(anna, "?cancelled=true") == await listed(anna, "?status=cancelled") == [cancelled]
    assert await listed(anna, "?status=cancelled&status=paid") == ids
    when = httpx.QueryParams({"created_before": made[1]["created_at"]})
    assert await listed(anna, f"?{when}") == [made[0]["id"]]
    pages, url = [], "/v1/orders?limit=3"
    while url:
        answer = await anna.get(url)
        pages.append([order["id"] for order in answer.json()["data"]])
        url = answer.links["next"]["url"] if "next" in answer.links else ""
    assert pages == [ids[:3], ids[3:]]
    for bad in ("?limit=-1", "?status=nice", "?cancelled=perhaps", "?created_after=yesterday", "?customer=bert"):
        assert (await anna.get(f"/v1/orders{bad}")).status_code == 422


async def test_cancelling_gives_stock_and_money_back_once(sign_in: SignIn, database: Database) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug = await product(database, stock=5)
    order = await orders.order(anna, (mug["variant_id"], 2))
    url = f"/v1/orders/{order['id']}/cancel"
    answers = await asyncio.gather(*(anna.post(url) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    cancelled = (await anna.get(f"/v1/orders/{order['id']}")).json()
    assert (cancelled["status"], cancelled["payment_status"]) == ("cancelled", "refunded")
    assert cancelled["lines"][0]["quantity_cancelled"] == 2
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 5, "reserved": 0, "available": 5}
    (refund,) = (await anna.get(f"/v1/orders/{order['id']}/refunds")).json()["data"]
    assert (refund["kind"], refund["state"], refund["amount"]) == ("refund", "succeeded", orders.total(order))
    async with database.reading() as session:
        assert await session.scalar(text("SELECT refunded_minor FROM payments_simulated_charges")) == orders.total(
            order
        )
    events = (await anna.get(f"/v1/orders/{order['id']}/events")).json()["data"]
    assert [event["name"] for event in events] == ["order.placed", "order.paid", "order.cancelled", "order.refunded"]
    me = (await anna.get("/v1/me")).json()["id"]
    assert [event["account_id"] for event in events] == [me, None, me, None]
    assert all(event["request_id"] for event in events)


async def test_cancelling_again_with_the_same_key_is_answered_again(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database)
    order = await orders.order(anna, (mug["variant_id"], 1))
    headers = {"Idempotency-Key": "cancel it"}
    url = f"/v1/orders/{order['id']}/cancel"
    first = await anna.post(url, headers=headers)
    again = await anna.post(url, headers=headers)
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)
    assert (first.json()["payment_status"], again.headers["Idempotent-Replayed"]) == ("refunded", "true")
    assert (await anna.post(url)).status_code == 409


async def test_the_largest_price_and_quantity_are_exact(sign_in: SignIn, database: Database) -> None:
    anna, yacht = await sign_in(), await product(database, price=10**12, stock=None)
    order = await orders.order(anna, (yacht["variant_id"], 10_000))
    assert orders.total(order) == 10**16 + 490
    (payment,) = (await anna.get(f"/v1/orders/{order['id']}/payments")).json()["data"]
    assert payment["captured"] == 10**16 + 490


async def test_staff_may_cancel_and_a_guest_by_the_token(
    sign_in: SignIn, client: httpx.AsyncClient, database: Database
) -> None:
    staff = await sign_in("Staff", "staff")
    mug = await product(database)
    first = await orders.order(client, (mug["variant_id"], 1))
    assert (await client.post(f"/v1/orders/{first['id']}/cancel")).json()["status"] == "cancelled"
    del client.headers["Checkout-Token"]
    second = await orders.order(client, (mug["variant_id"], 1))
    assert (await staff.post(f"/v1/orders/{second['id']}/cancel")).json()["status"] == "cancelled"
    assert (await staff.post(f"/v1/orders/{new()}/cancel")).status_code == 404


async def test_a_provider_that_is_away_is_asked_for_the_refund_again(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    class Away(Simulated):
        """The simulated provider, with its line cut."""

        async def refund(self, charge: Charge, refund_key: UUID, amount: int) -> Refunded:  # noqa: ARG002
            raise ConnectionRefusedError

    anna, mug = await sign_in(), await product(database)
    order = await orders.order(anna, (mug["variant_id"], 1))
    present = app.state.payment_providers
    app.state.payment_providers = {"simulated": Away(database)}
    cancelled = (await anna.post(f"/v1/orders/{order['id']}/cancel")).json()
    assert (cancelled["status"], cancelled["payment_status"]) == ("cancelled", "paid")
    app.state.payment_providers = present
    with clock.moved(timedelta(minutes=1)):
        await flows.sweep(database, present, app.state.settings)
    assert (await anna.get(f"/v1/orders/{order['id']}")).json()["payment_status"] == "refunded"


async def test_a_capture_that_failed_is_made_later(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    class Away(Simulated):
        """It authorises, and is away when the money is to be taken."""

        async def capture(self, charge: Charge, amount: int) -> Outcome:  # noqa: ARG002
            raise ConnectionRefusedError

    anna, mug = await sign_in(), await product(database)
    present = app.state.payment_providers
    app.state.payment_providers = {"simulated": Away(database)}
    order = await orders.order(anna, (mug["variant_id"], 1))
    assert (order["status"], order["payment_status"]) == ("paid", "authorized")
    with clock.moved(timedelta(minutes=1)):
        await flows.sweep(database, present, app.state.settings)
    assert (await anna.get(f"/v1/orders/{order['id']}")).json()["payment_status"] == "paid"


async def test_an_authorised_order_is_voided(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    app.state.settings = app.state.settings.model_copy(update={"capture": "manual"})
    anna, mug = await sign_in(), await product(database)
    order = await orders.order(anna, (mug["variant_id"], 1))
    assert order["payment_status"] == "authorized"
    cancelled = (await anna.post(f"/v1/orders/{order['id']}/cancel")).json()
    assert cancelled["payment_status"] == "voided"


async def test_numbers_have_no_gaps(sign_in: SignIn, database: Database) -> None:
    buyers = [await sign_in(name) for name in ("Anna", "Bert", "Cleo", "Dora")]
    mug = await product(database, stock=100)

    async def buy(buyer: httpx.AsyncClient, token: str) -> None:
        await orders.cart(buyer, (mug["variant_id"], 1))
        await orders.complete(buyer, await orders.checkout(buyer), token)

    for token in ("success", "decline", "success"):
        await asyncio.gather(*(buy(buyer, token) for buyer in buyers))
    async with database.reading() as session:
        numbers = list(await session.scalars(text("SELECT number FROM orders ORDER BY number")))
    assert numbers == list(range(1001, 1009))


async def test_every_event_has_one_outbox_row(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database)
    await orders.order(anna, (mug["variant_id"], 1))
    async with database.reading() as session:
        names = list(
            await session.scalars(text("SELECT name FROM outbox_events WHERE name LIKE 'order.%' ORDER BY id"))
        )
    assert names == ["order.placed", "order.paid"]
