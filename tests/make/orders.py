"""The way to an order, through the real doors."""

from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from make import products
from make.answers import made
from merkato.domains.checkout import flows
from merkato.domains.orders import flows as order_flows
from merkato.kit.database import Database
from merkato.kit.ids import new

BERLIN = {"name": "Anna Example", "line1": "Torstrasse 1", "city": "Berlin", "postal_code": "10119", "country": "DE"}


async def product(database: Database, **changes: Any) -> dict[str, str]:
    """A product to buy, as a client knows it: its ids are strings."""
    if "requires_shipping" in changes:
        changes["variant"] = {"requires_shipping": changes.pop("requires_shipping")}
    added = await products.product(database, **changes)
    return {name: str(value) for name, value in added.items()}


async def cart(client: httpx.AsyncClient, *wanted: tuple[str, int]) -> dict[str, Any]:
    """Put variants into the client's cart; a guest's client keeps the token."""
    shown: dict[str, Any] = {}
    for variant_id, quantity in wanted:
        answer = await client.post("/v1/cart/lines", json={"variant_id": variant_id, "quantity": quantity})
        assert answer.status_code == 201, answer.text
        shown = answer.json()
        if shown["token"]:
            client.headers["Cart-Token"] = shown["token"]
    return shown


async def checkout(client: httpx.AsyncClient, **said: object) -> dict[str, Any]:
    """A checkout of the cart (or of `lines`) that is ready to be completed; a guest's client keeps the token."""
    body = {"email": "anna@example.com", "shipping_address": BERLIN} | said
    answer = await client.post("/v1/checkouts", json=body)
    assert answer.status_code in {200, 201}, answer.text
    shown: dict[str, Any] = answer.json()
    if shown["token"]:
        client.headers["Checkout-Token"] = shown["token"]
    return shown


def total(shown: dict[str, Any]) -> int:
    amount: int = next(entry["amount"] for entry in shown["totals"] if entry["type"] == "total")
    return amount


async def complete(
    client: httpx.AsyncClient, shown: dict[str, Any], token: str = "success", *, key: str | None = None, **said: object
) -> httpx.Response:
    """Complete a checkout with a token of the simulated provider."""
    body = {"payment": {"provider": "simulated", "token": token}, "expected_total": total(shown)} | said
    headers = {"Idempotency-Key": key or str(new())}
    return await client.post(f"/v1/checkouts/{shown['id']}/complete", json=body, headers=headers, timeout=60)


async def order(client: httpx.AsyncClient, *wanted: tuple[str, int]) -> dict[str, Any]:
    """A placed order for these variants."""
    await cart(client, *wanted)
    answer = await complete(client, await checkout(client))
    assert answer.status_code == 201, answer.text
    placed: dict[str, Any] = answer.json()
    return placed


async def later(client: httpx.AsyncClient, *wanted: tuple[str, int]) -> dict[str, Any]:
    """An order for these variants that is to be paid later."""
    lines = [{"variant_id": variant_id, "quantity": quantity} for variant_id, quantity in wanted]
    return await made(client, "/v1/orders", lines=lines)


async def pay(
    client: httpx.AsyncClient, order: dict[str, Any], token: str = "success", *, key: str | None = None
) -> httpx.Response:
    """Pay for an order with a token of the simulated provider."""
    body = {"payment": {"provider": "simulated", "token": token}}
    headers = {"Idempotency-Key": key or str(new())}
    return await client.post(f"/v1/orders/{order['id']}/pay", json=body, headers=headers, timeout=60)


async def stock(staff: httpx.AsyncClient, variant_id: str) -> dict[str, int]:
    """What staff see of a variant's stock."""
    found: dict[str, int] = (await staff.get(f"/v1/variants/{variant_id}/stock")).json()
    return found


async def count(database: Database, table: str) -> int:
    """How many rows there are."""
    async with database.reading() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def sweep(app: FastAPI) -> None:
    """What the background loops do when it is time."""
    for each in (flows, order_flows):
        await each.sweep(app.state.database, app.state.payment_providers, app.state.settings)
