"""The cart: for accounts and for guests, without promises."""

import asyncio

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from doors import ClientOf, SignIn
from make import orders
from make.accounts import PASSWORD
from make.orders import product
from merkato.kit.database import Database
from merkato.kit.ids import new

LINES = "/v1/cart/lines"


async def test_a_newcomer_reads_an_empty_cart_and_nothing_is_made(
    client: httpx.AsyncClient, database: Database
) -> None:
    answer = await client.get("/v1/cart")
    assert (answer.status_code, answer.json()["lines"], answer.json()["id"]) == (200, [], None)
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM carts")) == 0


async def test_adding_shows_the_line_with_its_product(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database, title="Mug", price=1200, stock=10)
    answer = await anna.post(LINES, json={"variant_id": mug["variant_id"], "quantity": 2})
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/v1/cart"
    shown = (await anna.get("/v1/cart")).json()
    assert shown == answer.json()
    (line,) = shown["lines"]
    assert (line["quantity"], line["unit_price"], line["total"]) == (2, 1200, 2400)
    assert (line["product"]["title"], line["product"]["slug"]) == ("Mug", mug["slug"])
    assert line["product"]["availability"] == "in_stock"
    assert shown["totals"] == [{"type": "subtotal", "amount": 2400}, {"type": "total", "amount": 2400}]
    assert shown["token"] is None


async def test_the_same_variant_adds_up_but_never_beyond_the_stock(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database, stock=5)
    body = {"variant_id": mug["variant_id"], "quantity": 3}
    assert (await anna.post(LINES, json=body)).status_code == 201
    refused = await anna.post(LINES, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "out-of-stock")
    assert refused.json()["variants"] == [{"variant_id": mug["variant_id"], "requested": 6, "available": 5}]
    more = await anna.post(LINES, json=body | {"quantity": 2})
    assert [line["quantity"] for line in more.json()["lines"]] == [5]


async def test_additions_at_once_do_not_pass_the_stock(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database, stock=5)
    body = {"variant_id": mug["variant_id"], "quantity": 1}
    answers = await asyncio.gather(*(anna.post(LINES, json=body) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 7
    assert [line["quantity"] for line in (await anna.get("/v1/cart")).json()["lines"]] == [5]


async def test_what_is_not_there_is_not_added(sign_in: SignIn, database: Database) -> None:
    anna, sold_out = await sign_in(), await product(database, stock=0)
    assert (await anna.post(LINES, json={"variant_id": sold_out["variant_id"]})).status_code == 409
    assert (await anna.post(LINES, json={"variant_id": str(new())})).status_code == 404
    draft = await product(database, title="Draft", status="draft")
    assert (await anna.post(LINES, json={"variant_id": draft["variant_id"]})).status_code == 404
    for bad in ({}, {"variant_id": "x"}, {"variant_id": sold_out["variant_id"], "quantity": "1"}, {"variant_id": None}):
        assert (await anna.post(LINES, json=bad)).status_code == 422
    for quantity in (0, -1, 1.5, True, 10_001, 10**30, None):
        answer = await anna.post(LINES, json={"variant_id": sold_out["variant_id"], "quantity": quantity})
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/quantity"]
    assert (await anna.get("/v1/cart")).json()["lines"] == []


async def test_lines_are_changed_and_removed(sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database, stock=5)
    (line,) = (await orders.cart(anna, (mug["variant_id"], 1)))["lines"]
    url = f"{LINES}/{line['id']}"
    assert (await anna.patch(url, json={"quantity": 5})).json()["lines"][0]["quantity"] == 5
    assert (await anna.patch(url, json={"quantity": 6})).status_code == 409
    assert (await anna.patch(url, json={"quantity": 0})).status_code == 422
    assert (await anna.delete(url)).status_code == 204
    assert (await anna.delete(url)).status_code == 404
    assert (await anna.get("/v1/cart")).json()["lines"] == []


async def test_anothers_lines_do_not_exist(sign_in: SignIn, client: httpx.AsyncClient, database: Database) -> None:
    anna, bert = await sign_in("Anna"), await sign_in("Bert")
    mug = await product(database)
    (line,) = (await orders.cart(anna, (mug["variant_id"], 2)))["lines"]
    url = f"{LINES}/{line['id']}"
    for stranger in (bert, client):
        assert (await stranger.delete(url)).status_code == 404
        assert (await stranger.patch(url, json={"quantity": 1})).status_code == 404
    assert [line["quantity"] for line in (await anna.get("/v1/cart")).json()["lines"]] == [2]


async def test_a_guests_cart_lives_by_its_token(client: httpx.AsyncClient, database: Database) -> None:
    mug = await product(database)
    first = await client.post(LINES, json={"variant_id": mug["variant_id"]})
    token = first.json()["token"]
    assert len(token) >= 43
    mine = {"Cart-Token": token}
    again = await client.post(LINES, json={"variant_id": mug["variant_id"]}, headers=mine)
    assert again.json()["token"] is None
    assert [line["quantity"] for line in (await client.get("/v1/cart", headers=mine)).json()["lines"]] == [2]
    assert (await client.get("/v1/cart")).json()["lines"] == []
    wrong = {"Cart-Token": "x" * 43}
    assert (await client.get("/v1/cart", headers=wrong)).status_code == 404
    assert (await client.post(LINES, json={"variant_id": mug["variant_id"]}, headers=wrong)).status_code == 404
    async with database.reading() as session:
        stored = await session.scalar(text("SELECT token_hash FROM carts"))
    assert isinstance(stored, bytes)
    assert token.encode() not in stored
    assert (await client.delete("/v1/cart", headers=mine)).status_code == 204
    assert (await client.get("/v1/cart", headers=mine)).status_code == 404


async def test_logging_in_merges_the_guests_cart_once(
    app: FastAPI, client: httpx.AsyncClient, client_of: ClientOf, sign_in: SignIn, database: Database
) -> None:
    anna = await sign_in()
    mug, pot = await product(database, title="Mug", stock=5), await product(database, title="Pot", stock=5)
    await orders.cart(anna, (mug["variant_id"], 3))
    await orders.cart(client, (mug["variant_id"], 4), (pot["variant_id"], 1))
    guest = client.headers["Cart-Token"]
    form = {"grant_type": "password", "username": "anna@example.com", "password": PASSWORD}
    assert (await client.post("/v1/auth/tokens", data=form)).status_code == 200
    merged = {line["product"]["title"]: line["quantity"] for line in (await anna.get("/v1/cart")).json()["lines"]}
    assert merged == {"Mug": 5, "Pot": 1}
    assert (await client.post("/v1/auth/tokens", data=form)).status_code == 200
    assert (await anna.post("/v1/cart/merge", json={"token": guest})).status_code == 200
    again = {line["product"]["title"]: line["quantity"] for line in (await anna.get("/v1/cart")).json()["lines"]}
    assert again == merged
    bert = await sign_in("Bert")
    assert (await bert.post("/v1/cart/merge", json={"token": guest})).status_code == 404
    assert (await bert.get("/v1/cart")).json()["lines"] == []
    assert (await client_of(app).get("/v1/cart", headers={"Cart-Token": guest})).status_code == 404


async def test_merging_at_once_counts_once(client: httpx.AsyncClient, sign_in: SignIn, database: Database) -> None:
    anna, mug = await sign_in(), await product(database, stock=100)
    await orders.cart(client, (mug["variant_id"], 7))
    body = {"token": client.headers["Cart-Token"]}
    answers = await asyncio.gather(*(anna.post("/v1/cart/merge", json=body) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert [line["quantity"] for line in (await anna.get("/v1/cart")).json()["lines"]] == [7]


async def test_a_signed_in_caller_keeps_to_the_account(
    sign_in: SignIn, client: httpx.AsyncClient, database: Database
) -> None:
    anna, mug = await sign_in(), await product(database)
    await orders.cart(client, (mug["variant_id"], 1))
    answer = await anna.get("/v1/cart", headers={"Cart-Token": client.headers["Cart-Token"]})
    assert (answer.status_code, answer.json()["lines"]) == (200, [])


async def test_the_first_line_fixes_the_currency(sign_in: SignIn, database: Database) -> None:
    anna = await sign_in()
    dollars = await product(database, title="Import", price=500, currency="USD")
    euros = await product(database, title="Local", price=500)
    assert (await orders.cart(anna, (dollars["variant_id"], 1)))["currency"] == "USD"
    refused = await anna.post(LINES, json={"variant_id": euros["variant_id"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-priced")
