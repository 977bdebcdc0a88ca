"""The books as a test reads them."""

from collections import Counter
from typing import Any

import httpx
from sqlalchemy import text

from merkato.domains.reconciliation.queries import books
from merkato.kit.database import Database

Entry = tuple[str, int]


async def entries(staff: httpx.AsyncClient, order: dict[str, Any]) -> list[Entry]:
    """What was booked about an order: kinds and amounts, oldest first."""
    answer = await staff.get(f"/v1/orders/{order['id']}/ledger?limit=100")
    assert answer.status_code == 200, answer.text
    return [(each["kind"], each["amount"]) for each in answer.json()["data"]]


async def balances(staff: httpx.AsyncClient, order: dict[str, Any]) -> dict[str, int]:
    """The balances that an order leaves, without those that are zero."""
    found = Counter[str]()
    for each in (await staff.get(f"/v1/orders/{order['id']}/ledger?limit=100")).json()["data"]:
        found[each["debit"]] += each["amount"]
        found[each["credit"]] -= each["amount"]
    return {account: balance for account, balance in found.items() if balance}


async def balance(database: Database) -> None:
    """The books hold against orders, payments and stock."""
    async with database.snapshot() as session:
        assert [(proof.name, proof.breaks) for proof in await books.prove(session) if proof.broken] == []


async def held(database: Database, job_id: str) -> int:
    """What the books hold for who does a job."""
    found = """SELECT coalesce(sum(CASE credit WHEN 'held_for_workers' THEN t.amount_minor ELSE -t.amount_minor END), 0)
        FROM ledger_transfers t JOIN hiring_agreements a ON a.id = t.subject_id
        WHERE 'held_for_workers' IN (debit, credit) AND a.job_id = :job"""
    async with database.reading() as session:
        return int(await session.scalar(text(found), {"job": job_id}) or 0)
