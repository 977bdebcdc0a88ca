"""All that is stored on a person, told to them."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import inspect, select, text

from doors import ClientOf, SignIn
from make import lives, orders
from make.orders import product
from merkato.domains.identity.models import Account
from merkato.domains.orders.models import Order
from merkato.domains.privacy import flows
from merkato.domains.privacy.queries import PARTS, Part
from merkato.domains.privacy.schemas import PersonExport
from merkato.kit.database import Database
from merkato.kit.privacy import Says


@pytest.fixture
async def anna(sign_in: SignIn) -> httpx.AsyncClient:
    return await sign_in("Anna")


@pytest.fixture
async def life(app: FastAPI, client_of: ClientOf, staff: httpx.AsyncClient, sign_in: SignIn) -> lives.Life:
    return await lives.full(app, client_of, staff, await sign_in("Bert"))


async def test_an_export_holds_every_row_about_its_owner(life: lives.Life, database: Database) -> None:
    answer = await life.client.get("/v1/me/export")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-disposition"] == 'attachment; filename="merkato-export.json"'
    said = PersonExport.model_validate_json(answer.content, strict=False).model_dump()
    for part in PARTS:
        kept = await lives.rows(database, part, UUID(life.id))
        assert kept, f"The life of tests/make/lives.py leaves nothing in {part.table.__tablename__}: let it do more."
        assert len(said[part.name]) == len(kept), part.name
        sealed = set(lives.columns(part, Says.SEALED))
        for shown, row in zip(said[part.name], sorted(kept, key=lambda row: keys(part, row)), strict=True):
            assert set(shown) == set(row) - sealed
            assert json.dumps(shown, default=str) == json.dumps(
                {name: plain(value) for name, value in row.items() if name not in sealed}, default=str
            )
    for word in (*lives.WORDS, lives.NEXT_EMAIL):
        assert word in answer.text.lower(), word
    # What is whose: of Bert there is nothing but the id of the review that she liked.
    assert "bert" not in answer.text.lower()


def keys(part: Part, row: dict[str, Any]) -> list[str]:
    return [str(row[str(column.key)]) for column in inspect(part.table).primary_key]


def plain(value: object) -> object:
    moment = getattr(value, "isoformat", None)
    return moment().replace("+00:00", "Z") if moment else value


async def test_an_export_is_asked_for_five_times_in_an_hour(anna: httpx.AsyncClient) -> None:
    answers = [await anna.get("/v1/me/export") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_large_export_is_sent_in_pieces(
    anna: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of orders, read in batches and kept on the disk."""
    account = UUID((await anna.get("/v1/me")).json()["id"])
    await orders.order(anna, ((await product(database))["variant_id"], 1))
    columns = [
        each.key for each in Order.__table__.columns if each.key not in {"id", "number", "checkout_id", "status"}
    ]
    copied = ", ".join(columns)
    async with database.transaction() as session:
        await session.execute(
            text(
                f"INSERT INTO orders (id, {copied}) SELECT gen_random_uuid(), {copied}"
                " FROM orders, generate_series(1, 1500)"
            )
        )
    monkeypatch.setattr(flows, "IN_MEMORY_MAX", 10_000)
    answer = await anna.get("/v1/me/export")
    assert len(answer.json()["orders"]) == 1501
    assert len(answer.content) > flows.IN_MEMORY_MAX
    async with database.reading() as session:
        assert await session.scalar(select(Account.id).where(Account.id == account)) == account
