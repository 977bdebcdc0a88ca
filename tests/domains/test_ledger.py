"""The books: every order balances, nothing is changed afterwards, and what is owed is a sum."""

import ast
import asyncio
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from doors import ClientOf, SignIn
from house.source import packaged
from make import accounts, books, orders
from make.orders import product
from merkato import migrations
from merkato.domains.ledger import service
from merkato.domains.ledger.errors import BookedOtherwise
from merkato.domains.ledger.models import SIDES, TransferKind
from merkato.domains.orders.totals import Parts
from merkato.kit.database import Database
from merkato.kit.ids import new
from merkato.settings import Settings


@pytest.mark.parametrize("included", [True, False])
async def test_an_order_is_booked_until_nothing_is_left(
    make_app: Callable[[Settings], FastAPI], client_of: ClientOf, settings: Settings, *, included: bool
) -> None:
    app = make_app(settings.model_copy(update={"prices_include_tax": included, "capture": "manual"}))
    anna, staff = client_of(app), client_of(app)
    await accounts.sign_in(app, anna)
    await accounts.sign_in(app, staff, "Staff", ["staff"])
    mug = await product(app.state.database, price=333)
    order = await orders.order(anna, (mug["variant_id"], 7))
    placed = {
        True: [("sale", 2331 - 372), ("shipping", 490 - 78), ("tax", 450)],
        False: [("sale", 2331), ("shipping", 490), ("tax", 443 + 93)],
    }[included]
    # It is authorised, and that books nothing.
    assert await books.entries(staff, order) == placed
    total = orders.total(order)
    assert (await books.balances(staff, order))["receivable"] == total == sum(amount for _, amount in placed)
    cancelled = await staff.post(f"/v1/orders/{order['id']}/cancel")
    assert cancelled.json()["payment_status"] == "voided"
    assert await books.entries(staff, order) == placed + [(f"{kind}_credited", amount) for kind, amount in placed]
    assert await books.balances(staff, order) == {}
    assert (await anna.get(f"/v1/orders/{order['id']}/ledger")).status_code == 403


async def test_money_that_moves_is_booked_with_its_credit_notes(sign_in: SignIn, database: Database) -> None:
    anna, staff, mug = await sign_in(), await sign_in("Staff", "staff"), await product(database, price=333)
    order = await orders.order(anna, (mug["variant_id"], 3))
    total = 3 * 333 + 490
    placed = [("sale", 999 - 160), ("shipping", 490 - 78), ("tax", 160 + 78), ("capture", total)]
    assert await books.entries(staff, order) == placed
    assert (await books.balances(staff, order))["provider_clearing"] == total
    url = f"/v1/orders/{order['id']}/refunds"
    line = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}
    for said in (line, {"amount": 100}):
        answer = await staff.post(url, json=said, headers={"Idempotency-Key": str(new())})
        assert answer.json()["state"] == "succeeded", answer.text
    # Pieces are credited as what they are; an amount is a part of all that is left.
    refunds = [("sale_credited", 280), ("tax_credited", 53), ("refund", 333)]
    refunds += [("sale_credited", 48), ("shipping_credited", 36), ("tax_credited", 16), ("refund", 100)]
    assert (await books.entries(staff, order))[4:] == refunds
    assert (await books.balances(staff, order)).get("receivable", 0) == 0
    assert (await staff.post(f"/v1/orders/{order['id']}/cancel")).json()["payment_status"] == "refunded"
    assert await books.balances(staff, order) == {}


async def test_the_same_cause_books_once(database: Database) -> None:
    cause, subject = new(), new()

    async def book(amount: int, currency: str = "EUR") -> None:
        await database.run(service.book, cause, subject, currency, {TransferKind.SALE: amount, TransferKind.TAX: 0})

    await asyncio.gather(*(book(100) for _ in range(5)))
    assert await orders.count(database, "ledger_transfers") == 1
    for wrong in (book(101), book(100, "JPY")):
        with pytest.raises(BookedOtherwise):
            await wrong
    with pytest.raises(ValueError, match="positive"):
        await book(-1)
    await database.run(service.book, cause, subject, "EUR", {TransferKind.SALE: 100, TransferKind.SHIPPING: 5})
    assert await orders.count(database, "ledger_transfers") == 2


def test_every_kind_has_two_sides() -> None:
    assert set(SIDES) == set(TransferKind)
    assert all(debit is not credit for debit, credit in SIDES.values())


def test_nothing_in_the_code_changes_or_deletes_a_transfer() -> None:
    naming = [each for each in packaged() if "Transfer" in each.text or "ledger_transfers" in each.text]
    named = [
        each.at(call)
        for each in naming
        if not each.is_revision
        for call in each.calls("update", "delete", "merge")
        if any(isinstance(part, ast.Name) and part.id == "Transfer" for part in ast.walk(call))
    ]
    assert len(naming) >= 4
    assert not named
    assert [
        str(each) for each in naming if each.path.parent.name == "ledger" and list(each.calls("update", "delete"))
    ] == []


def test_portions_sum_to_the_whole() -> None:
    whole = Parts(sales=8403, shipping=412, tax=1675, discounts=999)
    left, credited = whole, Parts()
    for amount in (1, 2, 3333, 1, 777, 5000, whole.total - 9114):
        part = left.portion(amount)
        assert part.total == amount
        assert left.holds(part)
        left, credited = left - part, credited + part
    assert (left, credited) == (Parts(), whole)
    assert not Parts(sales=1).holds(Parts(tax=1))


async def test_a_store_that_has_sold_before_gets_its_books(
    sign_in: SignIn, database: Database, database_url: str
) -> None:
    anna, staff, mug = await sign_in(), await sign_in("Staff", "staff"), await product(database, price=333)
    kept, cancelled = [await orders.order(anna, (mug["variant_id"], 2)) for _ in range(2)]
    assert (await staff.post(f"/v1/orders/{cancelled['id']}/cancel")).status_code == 200

    async def booked() -> list[tuple[object, ...]]:
        columns = "kind, debit, credit, amount_minor, currency, cause_id, subject_id"
        async with database.reading() as session:
            found = await session.execute(text(f"SELECT {columns} FROM ledger_transfers ORDER BY cause_id, kind"))
            return [tuple(row) for row in found]

    before = await booked()
    await migrations.downgrade(database_url, revision="0002")
    await migrations.upgrade(database_url)
    assert await booked() == before
    assert len(before) == 4 + 8
    assert (await anna.get(f"/v1/orders/{kept['id']}")).json()["payment_status"] == "paid"
