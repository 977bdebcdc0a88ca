"""What a person may ask about themselves: all that is stored on them, and that it be erased."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from doors import ClientOf, SignIn
from make import accounts, books, jobs, lives, orders
from make.answers import code, made
from make.orders import product, stock
from make.tasks import settle
from merkato.domains.privacy import schedules, service
from merkato.domains.privacy.models import PATIENCE, SETTLED
from merkato.domains.privacy.queries import PARTS
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.privacy import Says

HOUR = timedelta(hours=1)


@pytest.fixture
async def anna(sign_in: SignIn) -> httpx.AsyncClient:
    return await sign_in("Anna")


@pytest.fixture
async def life(app: FastAPI, client_of: ClientOf, staff: httpx.AsyncClient, sign_in: SignIn) -> lives.Life:
    return await lives.full(app, client_of, staff, await sign_in("Bert"))


async def finish(app: FastAPI, after: timedelta = SETTLED) -> None:
    """What the worker does when so much time has passed."""
    with clock.moved(after):
        await schedules.finish(app.state.store)


async def found(database: Database, *words: str) -> set[tuple[str, str]]:
    """The tables with a row in which one of these words stands, whatever its column; tables of tasks too."""
    tables = text(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_schema IN ('public', 'public_tasks') AND table_type = 'BASE TABLE'"
    )
    hits = set()
    async with database.reading() as session:
        for schema, name in (await session.execute(tables)).all():
            rows = text(f'SELECT lower(t::text) FROM "{schema}"."{name}" t')
            for row in await session.scalars(rows):
                hits |= {(name, word) for word in words if word in row}
    return hits


async def erasure(database: Database) -> tuple[int, bool]:
    """How many orders it waits for, and whether it is done."""
    async with database.reading() as session:
        row = (await session.execute(text("SELECT waiting, finished_at FROM privacy_erasures"))).one()
        return row.waiting, row.finished_at is not None


async def dispatched(staff: httpx.AsyncClient, order: dict[str, Any]) -> str:
    sent = await made(staff, f"/v1/orders/{order['id']}/fulfilments", tracking=lives.TRACKING)
    assert (await staff.post(f"/v1/fulfilments/{sent['id']}/dispatch")).status_code == 200
    return str(sent["id"])


async def test_nothing_says_whose_it_was_after_an_erasure(
    app: FastAPI, life: lives.Life, staff: httpx.AsyncClient, database: Database
) -> None:
    # A refund that failed waits for its time; all the rest goes at once.
    booked = [await books.entries(staff, order) for order in life.orders]
    rating = (await staff.get(f"/v1/products/{life.orders[0]['lines'][0]['product']['id']}")).json()["rating"]
    assert rating == {"average": 3.0, "count": 2}
    assert {word for _, word in await found(database, *lives.WORDS)} == set(lives.WORDS)
    assert (await life.client.delete("/v1/me")).status_code == 204
    for path in ("/v1/me", "/v1/me/export", "/v1/orders", f"/v1/orders/{life.orders[0]['id']}"):
        assert (await life.client.get(path)).status_code == 401
    assert await erasure(database) == (1, False)
    await settle(app)
    await finish(app, PATIENCE + HOUR)
    await settle(app)
    assert await found(database, *lives.WORDS, "anna") == set()
    assert await erasure(database) == (0, True)
    await nothing_personal(database, UUID(life.id))
    # The books are as they were, and so is what others said and did.
    await books.balance(database)
    for order, entries in zip(life.orders, booked, strict=True):
        kept = (await staff.get(f"/v1/orders/{order['id']}")).json()
        same = ("number", "lines", "totals", "taxes", "currency", "status", "placed_at", "payment_status")
        assert {name: kept[name] for name in same} == {name: order[name] for name in same}
        assert kept["version"] > order["version"]
        assert (kept["email"], kept["shipping_address"]["country"]) == ("", "DE")
        assert kept["shipping_address"] == kept["billing_address"]
        assert kept["shipping_address"]["postal_code"] == "962"
        assert await books.entries(staff, order) == entries
    rating = (await staff.get(f"/v1/products/{life.orders[0]['lines'][0]['product']['id']}")).json()["rating"]
    assert rating == {"average": 5.0, "count": 1}
    async with database.reading() as session:
        assert list(await session.scalars(text("SELECT helpful FROM reviews"))) == [0]
        # Her post is gone with what was said about it; of her comment the place in its thread is left.
        left = text("SELECT votes, comments, (SELECT count(*) FROM community_comments) FROM community_posts")
        assert (await session.execute(left)).all() == [(0, 1, 2)]
        done = text("SELECT overall, headline FROM hiring_evaluations")
        assert (await session.execute(done)).all() == [(5, None)] * 2


async def nothing_personal(database: Database, account_id: UUID) -> None:
    """Every column that says something of a person is empty in the rows that are left."""
    exempt = {"shipping_address", "billing_address", "details"}
    for part in PARTS:
        names = [name for name in lives.columns(part, Says.PERSONAL, Says.SEALED) if name not in exempt]
        for row in await lives.rows(database, part, account_id):
            for name in names:
                value = str(row[name] or "")
                nobody = value in {"", "None", "Deleted", "locked"} or str(account_id) in value.replace("-", "")
                # The hash of whom an issuer meant stays for a while, so that an old token opens no new account.
                nobody |= value.startswith("ended:")
                nobody |= value.endswith("@deleted.invalid") or value == f"deleted-{account_id.hex}"
                assert nobody, f"{part.table.__tablename__}.{name} is left: {value}"


async def test_what_is_under_way_keeps_its_address_until_it_has_arrived(
    app: FastAPI, anna: httpx.AsyncClient, staff: httpx.AsyncClient, database: Database
) -> None:
    mug = await product(database)
    paid, sent = [await orders.order(anna, (mug["variant_id"], 1)) for _ in range(2)]
    parcel = await dispatched(staff, sent)
    unpaid = await orders.later(anna, (mug["variant_id"], 3))
    assert (await stock(staff, mug["variant_id"]))["reserved"] == 4
    assert (await anna.delete("/v1/me")).status_code == 204
    # What is not paid ends with the account.
    assert (await staff.get(f"/v1/orders/{unpaid['id']}")).json()["status"] == "cancelled"
    assert (await stock(staff, mug["variant_id"]))["reserved"] == 1
    assert await erasure(database) == (2, False)
    url = f"/v1/orders/{sent['id']}"
    assert (await staff.get(url)).json()["email"] == "anna@example.com"
    assert (await staff.post(f"/v1/fulfilments/{parcel}/deliver")).status_code == 200
    await finish(app)
    assert (await staff.get(url)).json()["email"] == ""
    assert await erasure(database) == (1, False)
    # Who waits for years for what was never sent still wants it sent there.
    await finish(app, 10 * PATIENCE)
    assert (await staff.get(f"/v1/orders/{paid['id']}")).json()["shipping_address"]["line1"] == "Torstrasse 1"
    await dispatched(staff, paid)
    await finish(app, 11 * PATIENCE)
    assert await erasure(database) == (0, True)
    assert await found(database, "torstrasse", "anna@") == set()
    history = (await staff.get(f"/v1/orders/{paid['id']}/events")).json()["data"]
    assert [each["name"] for each in history][-1] == "order.anonymised"
    # Mail about it has nobody to go to any more.
    await settle(app)
    async with database.reading() as session:
        about = text("SELECT DISTINCT state FROM notifications_messages WHERE template = 'order_dispatched'")
        assert (await session.scalars(about)).all() == ["dropped"]


async def test_a_return_under_way_is_finished_and_its_money_comes_back(
    app: FastAPI, anna: httpx.AsyncClient, staff: httpx.AsyncClient, database: Database
) -> None:
    order = await orders.order(anna, ((await product(database))["variant_id"], 1))
    parcel = await dispatched(staff, order)
    assert (await staff.post(f"/v1/fulfilments/{parcel}/deliver")).status_code == 200
    line = {"line_id": order["lines"][0]["id"], "quantity": 1}
    back = await made(anna, f"/v1/orders/{order['id']}/returns", lines=[line], reason="Anna does not like it.")
    assert (await anna.delete("/v1/me")).status_code == 204
    assert await erasure(database) == (1, False)
    for verb in ("approve", "receive"):
        assert (await staff.post(f"/v1/returns/{back['id']}/{verb}")).status_code == 200
    await settle(app)
    await finish(app)
    assert await erasure(database) == (0, True)
    shown = (await staff.get(f"/v1/orders/{order['id']}")).json()
    assert (shown["payment_status"], shown["fulfilment_status"]) == ("partially_refunded", "returned")
    assert await found(database, "anna") == set()
    await books.balance(database)


async def test_what_is_agreed_is_kept_for_its_other_side(
    app: FastAPI, anna: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    bert = await sign_in("Bert")
    agreed = [await jobs.job(owner, title=f"Anna {number}") for number, owner in enumerate((anna, bert))]
    for job, owner, worker in ((agreed[0], anna, bert), (agreed[1], bert, anna)):
        offered = await jobs.offer(worker, job["id"], message="Anna, as agreed?")
        await jobs.done(owner, job["id"], offered["id"], "accept")
    assert (await anna.request("DELETE", "/v1/me")).status_code == 204
    assert await erasure(database) == (2, False)
    assert (await jobs.read(bert, agreed[0]["id"]))["title"] == "Anna 0"
    await jobs.done(bert, agreed[1]["id"], "cancel")
    await finish(app)
    assert await erasure(database) == (1, False)
    await finish(app, PATIENCE + HOUR)
    assert await erasure(database) == (0, True)
    kept = await jobs.read(bert, agreed[0]["id"])
    assert (kept["title"], kept["status"], kept["owner"]["name"]) == ("Deleted", "assigned", "Deleted")


async def test_ending_an_account_while_it_buys_loses_neither_order_nor_money(
    app: FastAPI, client_of: ClientOf, staff: httpx.AsyncClient, database: Database
) -> None:
    mug = await product(database, stock=50)
    buyers = [client_of(app) for _ in range(4)]
    for number, buyer in enumerate(buyers):
        await accounts.sign_in(app, buyer, f"Buyer {number}")
        await orders.cart(buyer, (mug["variant_id"], 1))

    async def buy_and_leave(buyer: httpx.AsyncClient) -> tuple[int, int]:
        checkout = await orders.checkout(buyer)
        bought, left = await asyncio.gather(orders.complete(buyer, checkout), buyer.delete("/v1/me"))
        return bought.status_code, left.status_code

    answers = await asyncio.gather(*(buy_and_leave(buyer) for buyer in buyers))
    assert {left for _, left in answers} == {204}
    assert {bought for bought, _ in answers} <= {201, 401, 404, 409}
    await orders.sweep(app)
    await settle(app)
    placed = (await staff.get("/v1/orders?customer=all")).json()["data"]
    assert len(placed) == [bought for bought, _ in answers].count(201)
    assert all(order["payment_status"] == "paid" and order["email"] for order in placed)
    for order in placed:
        await dispatched(staff, order)
    await finish(app, PATIENCE + HOUR)
    assert await found(database, "torstrasse", "buyer", "anna@") == set()
    await books.balance(database)


async def test_a_payment_that_comes_after_the_end_of_its_account_still_makes_an_order(
    app: FastAPI, anna: httpx.AsyncClient, staff: httpx.AsyncClient, database: Database
) -> None:
    mug = await product(database)
    await orders.cart(anna, (mug["variant_id"], 1))
    assert (await orders.complete(anna, await orders.checkout(anna), "pending")).status_code == 202
    unpaid = await orders.later(anna, (mug["variant_id"], 1))
    assert (await orders.pay(anna, unpaid, "pending")).status_code == 202
    assert (await anna.delete("/v1/me")).status_code == 204
    await finish(app)
    assert (await erasure(database))[1] is False
    with clock.moved(timedelta(minutes=10)):
        await orders.sweep(app)
    placed = (await staff.get("/v1/orders?customer=all")).json()["data"]
    assert [(order["payment_status"], order["email"]) for order in placed] == [("paid", "anna@example.com")] * 2
    for order in placed:
        await dispatched(staff, order)
    await finish(app, PATIENCE + HOUR)
    assert await erasure(database) == (0, True)
    assert await found(database, "torstrasse", "anna") == set()
    await books.balance(database)


async def test_what_was_written_beside_the_erasure_is_found_later(
    app: FastAPI, anna: httpx.AsyncClient, database: Database
) -> None:
    """Requests that were let in just before an account ended may write just after."""
    account = UUID((await anna.get("/v1/me")).json()["id"])
    assert (await anna.delete("/v1/me")).status_code == 204
    late = text(
        "INSERT INTO checkouts (id, status, account_id, currency, email, codes, expires_at, created_at, updated_at)"
        " VALUES (gen_random_uuid(), 'incomplete', :account, 'EUR', 'anna@example.com', '{}', now(), now(), now())"
    )
    async with database.transaction() as session:
        await session.execute(late, {"account": account})
    await finish(app, SETTLED - timedelta(minutes=1))
    assert await erasure(database) == (0, False)
    assert await found(database, "anna") == set()
    await finish(app, SETTLED + HOUR)
    assert await erasure(database) == (0, True)


async def test_many_orders_are_forgotten_in_several_goes(
    app: FastAPI, anna: httpx.AsyncClient, staff: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ORDERS_AT_ONCE", 2)
    mug = await product(database)
    for _ in range(5):
        order = await orders.order(anna, (mug["variant_id"], 1))
        assert (await anna.post(f"/v1/orders/{order['id']}/cancel", json={})).status_code == 200
    assert (await anna.delete("/v1/me")).status_code == 204
    assert await erasure(database) == (3, False)
    assert (await staff.get("/v1/orders?customer=all")).status_code == 200
    await finish(app)
    assert await erasure(database) == (0, True)


async def test_an_admin_ends_an_account_and_the_log_says_so(
    anna: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    admin = await sign_in("Admin", "admin")
    account = (await anna.get("/v1/me")).json()["id"]
    url = f"/v1/accounts/{account}"
    assert code(await anna.delete(url)) == (403, "not-allowed")
    assert (await admin.delete(url)).status_code == 204
    assert (await anna.get("/v1/me")).status_code == 401
    assert code(await admin.delete(url)) == (404, "not-found")
    (entry,) = (await admin.get(f"/v1/audit?subject={account}")).json()["data"]
    assert (entry["method"], entry["route"]) == ("DELETE", "/v1/accounts/{account_id}")
    assert "anna" not in json.dumps(entry)
    own = (await admin.get("/v1/me")).json()["id"]
    assert code(await admin.delete(f"/v1/accounts/{own}")) == (409, "last-admin")
    assert code(await admin.delete("/v1/me")) == (409, "last-admin")
    assert (await admin.get("/v1/me")).status_code == 200
    assert await found(database, "anna") == set()


async def test_two_ends_of_an_account_at_once_are_one(anna: httpx.AsyncClient, database: Database) -> None:
    answers = await asyncio.gather(*(anna.delete("/v1/me") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [204, 401, 401, 401, 401]
    assert await orders.count(database, "privacy_erasures") == 1


async def test_answers_that_were_kept_for_repeats_go_with_their_caller(
    app: FastAPI, anna: httpx.AsyncClient, database: Database
) -> None:
    key = {"Idempotency-Key": "once"}
    assert (await anna.post("/v1/me/addresses", json=orders.BERLIN, headers=key)).status_code == 201
    assert await orders.count(database, "idempotency_keys") == 1
    assert (await anna.delete("/v1/me")).status_code == 204
    assert await orders.count(database, "idempotency_keys") == 0


async def test_what_guests_left_behind_is_forgotten(
    app: FastAPI, client: httpx.AsyncClient, client_of: ClientOf, database: Database
) -> None:
    mug = await product(database)
    await orders.cart(client, (mug["variant_id"], 1))
    left = await orders.checkout(client)
    assert (await client.post(f"/v1/checkouts/{left['id']}/cancel")).status_code == 200
    buyer = client_of(app)
    placed = await orders.order(buyer, (mug["variant_id"], 1))
    days = timedelta(days=app.state.settings.abandoned_days)
    with clock.moved(days - HOUR):
        await schedules.forget_abandoned(app.state.store)
    assert (await client.get("/v1/cart")).status_code == 200
    with clock.moved(days + HOUR):
        await schedules.forget_abandoned(app.state.store)
    assert (await client.get("/v1/cart")).status_code == 404
    # What somebody bought is not abandoned.
    assert (await buyer.get(f"/v1/orders/{placed['id']}")).json()["email"] == "anna@example.com"
    async with database.reading() as session:
        kept = await session.scalars(text("SELECT email FROM checkouts ORDER BY email"))
        assert kept.all() == ["anna@example.com", None]
