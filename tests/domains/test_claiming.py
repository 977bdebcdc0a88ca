"""Guests' orders, and whose they become."""

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from doors import SignIn
from make import accounts, orders, tasks
from make.orders import product
from merkato.kit.database import Database


async def test_a_guests_orders_are_claimed_by_who_verifies_the_address(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    mug = await product(database)
    await orders.cart(client, (mug["variant_id"], 1))
    placed = (await orders.complete(client, await orders.checkout(client, email="Anna@Example.com"))).json()
    anna, bob = await sign_in(), await sign_in("Bob")
    bobs = await orders.order(bob, (mug["variant_id"], 1))
    await tasks.settle(app)
    # Whoever registers with an address has not shown that it is theirs.
    assert (await anna.get("/v1/orders")).json()["data"] == []
    assert (await anna.get(f"/v1/orders/{placed['id']}")).status_code == 404
    for email in ("bob@example.com", "anna@example.com"):
        token = await accounts.verification_token(app, email)
        assert (await client.post("/v1/auth/verifications", json={"token": token})).status_code == 204
        await tasks.settle(app)
        if email.startswith("bob"):
            assert (await anna.get("/v1/orders")).json()["data"] == []
    assert [each["id"] for each in (await anna.get("/v1/orders")).json()["data"]] == [placed["id"]]
    assert [each["id"] for each in (await bob.get("/v1/orders")).json()["data"]] == [bobs["id"]]
    # The token of the checkout still opens it, and a second telling changes nothing.
    assert (await client.get(f"/v1/orders/{placed['id']}")).status_code == 200
    async with database.transaction() as session:
        again = text("UPDATE outbox_events SET relayed_at = NULL WHERE name = 'account.email_verified'")
        await session.execute(again)
    await tasks.settle(app)
    history = (await anna.get(f"/v1/orders/{placed['id']}/events")).json()["data"]
    assert [each["name"] for each in history].count("order.claimed") == 1


async def test_an_order_under_an_address_that_was_verified_before_is_its_accounts(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    mug, anna, bob = await product(database), await sign_in(), await sign_in("Bob")
    token = await accounts.verification_token(app, "anna@example.com")
    assert (await client.post("/v1/auth/verifications", json={"token": token})).status_code == 204
    await tasks.settle(app)
    for email in ("Anna@Example.com", "bob@example.com", "nobody@example.com"):
        await orders.cart(client, (mug["variant_id"], 1))
        placed = await orders.complete(client, await orders.checkout(client, email=email))
        assert placed.status_code == 201, placed.text
    await tasks.settle(app)
    (own,) = (await anna.get("/v1/orders")).json()["data"]
    assert own["email"] == "Anna@example.com"
    history = (await anna.get(f"/v1/orders/{own['id']}/events")).json()["data"]
    assert [each["name"] for each in history].count("order.claimed") == 1
    # Bob has an account, and has not shown that the address is his.
    assert (await bob.get("/v1/orders")).json()["data"] == []
