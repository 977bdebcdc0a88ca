"""Twenty buyers and the last piece."""

import asyncio
from collections import Counter

import httpx
from fastapi import FastAPI

from doors import ClientOf, SignIn
from make import orders
from make.orders import product
from merkato.kit.database import Database


async def test_twenty_checkouts_for_the_last_piece_make_one_order(
    app: FastAPI, client_of: ClientOf, sign_in: SignIn, database: Database
) -> None:
    staff = await sign_in("Staff", "staff")
    mug = await product(database, stock=1)
    guests = [client_of(app) for _ in range(20)]

    async def buy(guest: httpx.AsyncClient) -> httpx.Response:
        await orders.cart(guest, (mug["variant_id"], 1))
        return await orders.complete(guest, await orders.checkout(guest))

    answers = await asyncio.gather(*(buy(guest) for guest in guests))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"out-of-stock"}
    stock = (await staff.get(f"/v1/variants/{mug['variant_id']}/stock")).json()
    assert stock == {"on_hand": 1, "reserved": 1, "available": 0}
    for guest, answer in zip(guests, answers, strict=True):
        left = [line["quantity"] for line in (await guest.get("/v1/cart")).json()["lines"]]
        assert left == ([] if answer.status_code == 201 else [1])
