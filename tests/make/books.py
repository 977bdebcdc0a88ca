"""The books as a test reads them."""

from collections import Counter
from typing import Any

import httpx

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
