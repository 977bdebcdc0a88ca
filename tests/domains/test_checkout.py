"""From the cart to a checkout that is ready: what is missing, what it costs, and whose it is."""

import asyncio
from datetime import timedelta

import httpx
from fastapi import FastAPI

from doors import SignIn
from make import orders
from make.orders import BERLIN, product, stock, sweep, total
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new


async def test_buying_from_cart_to_order(sign_in: SignIn, database: Database) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug, pot = (
        await product(database, title="Mug", price=1190, stock=5),
        await product(database, title="Pot", price=999),
    )
    await orders.cart(anna, (mug["variant_id"], 2), (pot["variant_id"], 1))
    checkout = await orders.checkout(anna)
    assert checkout["status"] == "ready_for_complete"
    assert checkout["totals"] == [
        {"type": "subtotal", "amount": 3379},
        {"type": "fulfillment", "amount": 490},
        {"type": "total", "amount": 3869},
    ]
    (tax,) = checkout["taxes"]
    assert (tax["rate"], tax["included"], tax["base"] + tax["amount"]) == ("0.19", True, 3869)
    answer = await orders.complete(anna, checkout)
    assert answer.status_code == 201
    order = answer.json()
    assert answer.headers["Location"] == f"/v1/orders/{order['id']}"
    assert (order["status"], order["payment_status"], order["number"]) == ("paid", "paid", 1001)
    assert order["totals"] == checkout["totals"]
    assert (await anna.get(f"/v1/orders/{order['id']}")).json() == order
    assert (await anna.get("/v1/cart")).json()["lines"] == []
    assert await stock(staff, mug["variant_id"]) == {"on_hand": 5, "reserved": 2, "available": 3}
    done = (await anna.get(f"/v1/checkouts/{checkout['id']}")).json()
    assert (done["status"], done["order"]) == ("completed", {"id": order["id"], "number": 1001})


async def test_messages_say_what_is_missing(client: httpx.AsyncClient, database: Database) -> None:
    mug = await product(database)
    await orders.cart(client, (mug["variant_id"], 1))
    answer = await client.post("/v1/checkouts", json={})
    checkout = answer.json()
    client.headers["Checkout-Token"] = checkout["token"]
    assert (answer.status_code, checkout["status"]) == (201, "incomplete")
    assert {message["path"] for message in checkout["messages"]} == {"$.email", "$.shipping_address"}
    refused = await orders.complete(client, checkout)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-ready")
    url = f"/v1/checkouts/{checkout['id']}"
    filled = (await client.patch(url, json={"email": "g@example.com", "shipping_address": BERLIN})).json()
    assert (filled["status"], filled["messages"]) == ("ready_for_complete", [])
    cleared = (await client.patch(url, json={"email": None})).json()
    assert cleared["status"] == "incomplete"
    assert (await client.patch(url, json={"shipping_option_id": "rocket"})).status_code == 422
    assert (await client.patch(url, json={"shipping_address": BERLIN | {"postal_code": "x"}})).status_code == 422
    assert (await client.patch(url, json={"colour": "red"})).status_code == 422


async def test_a_cart_has_one_open_checkout(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database, price=1000)
    await orders.cart(anna, (mug["variant_id"], 1))
    answers = await asyncio.gather(*(anna.post("/v1/checkouts", json={}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    await orders.cart(anna, (mug["variant_id"], 1))
    again = await anna.post("/v1/checkouts", json={})
    assert (again.status_code, again.json()["lines"][0]["quantity"]) == (200, 2)


async def test_an_empty_cart_buys_nothing(sign_in: SignIn, client: httpx.AsyncClient) -> None:
    for buyer in (await sign_in(), client):
        answer = await buyer.post("/v1/checkouts", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-buy")
    assert (await client.post("/v1/checkouts", json={"lines": []})).status_code == 422


async def test_buying_now_leaves_the_cart_alone(client: httpx.AsyncClient, database: Database) -> None:
    mug, pot = await product(database, title="Mug"), await product(database, title="Pot")
    await orders.cart(client, (pot["variant_id"], 1))
    checkout = await orders.checkout(client, lines=[{"variant_id": mug["variant_id"], "quantity": 2}])
    assert (await orders.complete(client, checkout)).status_code == 201
    assert [line["product"]["title"] for line in (await client.get("/v1/cart")).json()["lines"]] == ["Pot"]
    unknown = await client.post(
        "/v1/checkouts", json={"lines": [{"variant_id": mug["variant_id"]}, {"variant_id": str(new())}]}
    )
    assert [error["pointer"] for error in unknown.json()["errors"]] == ["/lines/1/variant_id"]


async def test_an_accounts_addresses_are_filled_in_and_its_own(sign_in: SignIn, database: Database) -> None:
    anna, bert = await sign_in("Anna"), await sign_in("Bert")
    mug = await product(database)
    own = (await anna.post("/v1/me/addresses", json=BERLIN)).json()
    others = (await bert.post("/v1/me/addresses", json=BERLIN | {"city": "Hamburg"})).json()
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = (await anna.post("/v1/checkouts", json={})).json()
    assert (checkout["status"], checkout["email"]) == ("ready_for_complete", "anna@example.com")
    assert checkout["shipping_address"]["city"] == "Berlin"
    url = f"/v1/checkouts/{checkout['id']}"
    assert (await anna.patch(url, json={"shipping_address_id": own["id"]})).status_code == 200
    refused = await anna.patch(url, json={"shipping_address_id": others["id"]})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/shipping_address_id"]


async def test_anothers_checkout_does_not_exist(sign_in: SignIn, client: httpx.AsyncClient, database: Database) -> None:
    anna, bert = await sign_in("Anna"), await sign_in("Bert")
    mug = await product(database)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    url = f"/v1/checkouts/{checkout['id']}"
    wrong = {"Checkout-Token": "x" * 43}
    for stranger, headers in ((bert, {}), (client, {}), (client, wrong)):
        assert (await stranger.get(url, headers=headers)).status_code == 404
        assert (await stranger.patch(url, json={"email": "x@example.com"}, headers=headers)).status_code == 404
        assert (await stranger.post(f"{url}/cancel", headers=headers)).status_code == 404
    assert (await orders.complete(bert, checkout)).status_code == 404
    assert (await orders.complete(anna, checkout)).status_code == 201


async def test_a_guest_reads_the_order_by_the_checkouts_token(
    sign_in: SignIn, client: httpx.AsyncClient, database: Database
) -> None:
    mug = await product(database)
    order = await orders.order(client, (mug["variant_id"], 1))
    url = f"/v1/orders/{order['id']}"
    assert (await client.get(url)).json() == order
    token = client.headers.pop("Checkout-Token")
    assert (await client.get(url)).status_code == 401
    assert (await client.get(url, headers={"Checkout-Token": "x" * 43})).status_code == 404
    assert (await (await sign_in()).get(url)).status_code == 404
    assert token not in str(order)


async def test_a_lost_checkout_token_is_replaced(client: httpx.AsyncClient, database: Database) -> None:
    mug = await product(database)
    await orders.cart(client, (mug["variant_id"], 1))
    first = (await client.post("/v1/checkouts", json={})).json()
    second = (await client.post("/v1/checkouts", json={})).json()
    assert (first["id"] == second["id"], first["token"] == second["token"]) == (True, False)
    url = f"/v1/checkouts/{first['id']}"
    assert (await client.get(url, headers={"Checkout-Token": first["token"]})).status_code == 404
    assert (await client.get(url, headers={"Checkout-Token": second["token"]})).status_code == 200


async def test_a_changed_price_is_not_charged(sign_in: SignIn, database: Database) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    mug = await product(database, price=1000)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    price = {"price": {"amount": 1100, "currency": "EUR"}}
    assert (await staff.patch(f"/v1/variants/{mug['variant_id']}", json=price)).status_code == 200
    refused = await orders.complete(anna, checkout)
    assert (refused.status_code, refused.json()["code"], refused.json()["total"]) == (409, "price-changed", 1590)
    now = (await anna.get(f"/v1/checkouts/{checkout['id']}")).json()
    assert ("price_changed", "$.lines[0]") in {(message["code"], message["path"]) for message in now["messages"]}
    order = (await orders.complete(anna, now)).json()
    assert (order["lines"][0]["unit_price"], total(order)) == (1100, 1590)


async def test_an_abandoned_checkout_is_closed(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)
    with clock.moved(timedelta(hours=73)):
        await sweep(app)
    closed = (await anna.get(f"/v1/checkouts/{checkout['id']}")).json()
    assert closed["status"] == "canceled"
    fresh = await anna.post("/v1/checkouts", json={})
    assert (fresh.status_code, fresh.json()["id"] == checkout["id"]) == (201, False)
    cancelled = await anna.post(f"/v1/checkouts/{fresh.json()['id']}/cancel")
    assert cancelled.json()["status"] == "canceled"
    assert (await orders.complete(anna, fresh.json())).json()["code"] == "not-ready"
