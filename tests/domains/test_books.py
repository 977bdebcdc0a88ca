"""The books proved against orders, payments and stock: whatever is tampered with is named."""

import asyncio
from typing import Final

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from doors import SignIn
from make import orders
from make.orders import product
from merkato import cli
from merkato.domains.reconciliation.queries import books
from merkato.kit.database import Database, Session

Breaks = dict[str, list[tuple[int | None, str, str]]]
"""By the proof's name: the order's number, what was expected and what was found."""
ONE, TWO = 1001, 1002
TAMPERED: Final[dict[str, Breaks]] = {
    "UPDATE ledger_transfers SET amount_minor = amount_minor + 1 WHERE kind = 'sale' AND subject_id = :one": {
        "placements": [(ONE, "1490", "1491")]
    },
    "UPDATE ledger_transfers SET amount_minor = 1 WHERE kind = 'shipping_credited' AND subject_id = :two": {
        "credit notes": [(TWO, "1490", "1079")]
    },
    "UPDATE ledger_transfers SET credit = 'rounding' WHERE kind = 'tax' AND subject_id = :one": {
        "sides": [(ONE, "receivable to tax_payable", "receivable to rounding")]
    },
    "UPDATE payments_attempts SET captured_minor = 7 WHERE payable_id = :checkout": {"captures": [(ONE, "7", "1490")]},
    "DELETE FROM ledger_transfers WHERE kind = 'refund' AND amount_minor = 100": {
        "refunds": [(ONE, "100", "0")],
        "statuses": [(ONE, "paid", "partially_refunded")],
    },
    "UPDATE ledger_transfers SET currency = 'JPY' WHERE kind = 'tax' AND subject_id = :one": {
        "currencies": [(None, "1", "2")]
    },
    "UPDATE ledger_transfers SET cause_id = gen_random_uuid() WHERE kind = 'tax_credited' AND subject_id = :one": {
        "causes": [(None, "true", "false")]
    },
    "UPDATE orders SET payment_status = 'unpaid' WHERE id = :two": {"statuses": [(TWO, "refunded", "unpaid")]},
    "UPDATE inventory_allocations SET quantity = 2 WHERE order_id = :one": {
        "allocations": [(ONE, "1", "2")],
        "reservations": [(None, "2", "1")],
    },
}


async def broken(session: Session) -> Breaks:
    return {
        proof.name: [(each.order_number, each.expected, each.found) for each in proof.breaks]
        for proof in await books.prove(session)
        if proof.broken
    }


async def test_what_was_tampered_with_is_named(
    sign_in: SignIn, database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, staff, mug = await sign_in(), await sign_in("Staff", "staff"), await product(database, price=1000)
    one, two = [await orders.order(anna, (mug["variant_id"], 1)) for _ in range(2)]
    ready = await orders.checkout(anna, lines=[{"variant_id": mug["variant_id"]}])
    assert (await orders.complete(anna, ready, "decline")).status_code == 402
    key = {"Idempotency-Key": "a refund"}
    assert (await staff.post(f"/v1/orders/{one['id']}/refunds", json={"amount": 100}, headers=key)).status_code == 201
    assert (await staff.post(f"/v1/orders/{two['id']}/cancel")).status_code == 200
    ids = {"one": one["id"], "two": two["id"], "checkout": one["checkout_id"]}
    for statement, breaks in TAMPERED.items():
        async with database.transaction() as session:
            assert await broken(session) == {}
            named = {name: value for name, value in ids.items() if f":{name}" in statement}
            assert len((await session.execute(text(f"{statement} RETURNING 1"), named)).all()) == 1, statement
            assert await broken(session) == breaks, statement
            await session.rollback()

    monkeypatch.setenv("MERKATO_DATABASE_URL", database_url)

    async def check() -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, cli.app, ["ledger", "check"])
        return done.exit_code, f"{done.output}{done.exception or ''}"

    code, said = await check()
    assert (code, "BROKEN" in said) == (0, False)
    assert "provider_clearing            13.90 EUR" in said
    async with database.transaction() as session:
        await session.execute(text("UPDATE orders SET payment_status = 'unpaid'"))
    code, said = await check()
    assert (code, said.count("BROKEN")) == (1, 1)
    assert f"order {ONE} ({one['id']}): expected partially_refunded, found unpaid" in said
    assert said.endswith("The books are broken: each place is named above, with what was expected and found.")
