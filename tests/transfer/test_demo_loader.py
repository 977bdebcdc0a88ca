"""The demo shop, filled once, whatever happens on the way."""

import csv
import io
import json
import stat
from collections import Counter
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from make.accounts import log_in
from merkato.domains.addresses.models import Address
from merkato.domains.catalog.models import Media, Product, Variant
from merkato.domains.checkout.models import Checkout
from merkato.domains.community.models import Comment, Post, Vote
from merkato.domains.hiring.models import Evaluation, Job, Offer
from merkato.domains.identity.models import Account
from merkato.domains.inventory.models import Movement, Stock
from merkato.domains.orders.models import Order
from merkato.domains.payments.models import Attempt
from merkato.kit.database import Database
from merkato.settings import Settings
from merkato.transfer.demo import loader, orders, shelves

TABLES = (
    *(Account, Address, Product, Media, Stock, Movement, Checkout, Attempt, Order),
    *(Job, Offer, Evaluation, Post, Comment, Vote),
)
PRODUCTS, PEOPLE, ORDERS, JOBS, PAID_JOBS, POSTS = 108, 6, 11, 8, 4, 5


async def counted(database: Database) -> Counter[str]:
    async with database.snapshot() as session:
        figures = {table.__name__: await session.scalar(select(func.count()).select_from(table)) for table in TABLES}
    return Counter({name: number or 0 for name, number in figures.items()})


async def test_the_shop_is_filled_once_and_its_logins_work(
    app: FastAPI, database: Database, settings: Settings, client: httpx.AsyncClient
) -> None:
    logins = await loader.load(database, settings)
    filled = await counted(database)
    assert (filled["Product"], filled["Media"], filled["Order"]) == (PRODUCTS, PRODUCTS, ORDERS)
    assert (filled["Account"], filled["Address"]) == (PEOPLE + 2, PEOPLE + 1)
    assert (filled["Checkout"], filled["Attempt"]) == (ORDERS, ORDERS + PAID_JOBS)
    assert (filled["Job"], filled["Offer"], filled["Evaluation"]) == (JOBS, 10, 3)
    assert (filled["Post"], filled["Comment"], filled["Vote"]) == (POSTS, 9, 10)

    coffee = (await client.get("/v1/products/coffee")).json()
    assert [variant["options"]["Size"] for variant in coffee["variants"]] == ["Small", "Medium", "Big"]
    assert coffee["fulfilment"] == "kitchen"
    picture = await client.get(coffee["image"])
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")

    tokens = await log_in(client, logins.shopper.email, logins.shopper.password)
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    assert len((await client.get("/v1/me/addresses")).json()["data"]) == 1
    (own,) = [each for each in (await client.get("/v1/jobs")).json()["data"] if each["status"] == "open"]
    assert (len(own["offers"]), len(own["wished_on"])) == (3, 3)
    assert len((await client.get("/v1/jobs/open")).json()["data"]) == JOBS - PAID_JOBS
    assert (await client.get("/v1/profiles/sanne/evaluations/stats")).json()["overall"]["average"] == 5
    top = (await client.get("/v1/posts?sort=top")).json()["data"]
    assert [(each["author"]["handle"], each["votes"]) for each in top[:2]] == [("anna", 4), ("etienne", 3)]
    tokens = await log_in(client, logins.staff.email, logins.staff.password)
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    placed = (await client.get("/v1/orders", params={"customer": "all", "limit": 100})).json()["data"]
    assert sorted(order["number"] for order in placed) == sorted({order["number"] for order in placed})
    assert {order["payment_status"] for order in placed} == {"paid"}

    assert await loader.load(database, settings) == logins
    assert await counted(database) == filled


async def test_passwords_are_for_the_owner_of_the_home_alone(tmp_path: Path) -> None:
    first = loader.logins(tmp_path)
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600
    assert loader.logins(tmp_path) == first
    assert len({first.shopper.password, first.staff.password, loader.logins(tmp_path / "other").staff.password}) == 3


async def test_a_start_that_died_on_the_way_is_gone_on_with(
    app: FastAPI, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    completed, hang, times = orders._completed, shelves._hang, Counter[str]()

    async def dying(*arguments: object) -> None:
        times["completed"] += 1
        if times["completed"] == 4:
            raise KeyboardInterrupt
        await completed(*arguments)  # type: ignore[arg-type]
        if times["completed"] == 7:
            raise KeyboardInterrupt

    async def falling(*arguments: object) -> None:
        await hang(*arguments)  # type: ignore[arg-type]
        if times["hung"] == 0:
            times["hung"] = 1
            raise RuntimeError

    monkeypatch.setattr(orders, "_completed", dying)
    monkeypatch.setattr(shelves, "_hang", falling)
    for accident in (KeyboardInterrupt, KeyboardInterrupt, RuntimeError):
        with pytest.raises(accident):
            await loader.load(database, settings)
    await loader.load(database, settings)
    filled = await counted(database)
    assert (filled["Product"], filled["Media"], filled["Order"]) == (PRODUCTS, PRODUCTS, ORDERS)
    assert (filled["Checkout"], filled["Attempt"]) == (ORDERS, ORDERS + PAID_JOBS)
    assert (filled["Account"], filled["Post"]) == (PEOPLE + 2, POSTS)


async def test_what_was_bought_is_promised_out_of_the_stock(
    app: FastAPI, database: Database, settings: Settings
) -> None:
    await loader.load(database, settings)
    demo = files("merkato.transfer.demo")
    rows = csv.DictReader(io.StringIO(demo.joinpath("catalogue.csv").read_text(encoding="utf-8"), newline=""))
    tracked = {row["Variant SKU"] for row in rows if row["Variant Inventory Tracker"]}
    bought: Counter[str] = Counter()
    for person in json.loads(demo.joinpath("people.json").read_text(encoding="utf-8")):
        for line in (line for order in person["orders"] for line in order):
            bought[line["sku"]] += line["quantity"]
    async with database.reading() as session:
        found = select(Variant.sku, Stock.reserved).join(Stock, Stock.variant_id == Variant.id)
        reserved = {row.sku: row.reserved for row in await session.execute(found.where(Stock.reserved > 0))}
    assert reserved == {sku: quantity for sku, quantity in bought.items() if sku in tracked}
