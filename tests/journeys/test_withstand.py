"""Many buyers at once, and a server that is killed: with real processes, sockets and kills."""

import asyncio
import os
import random
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from cli import stores
from cli.stores import Server, Store
from make import orders
from merkato.kit import embedded
from merkato.kit.ids import new

ADMIN = ("admin@example.com", "correct horse battery staple")


@pytest.fixture
def store() -> Iterator[Store]:
    store = stores.made()
    yield store
    store.clear()


@asynccontextmanager
async def staff_of(store: Store, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may fill the shelves."""
    email, password = ADMIN
    words = ("accounts", "create", "--email", email, "--password", password, "--name", "Admin", "--admin")
    made = await asyncio.to_thread(store.run, *words)
    assert made.returncode == 0, made.stderr
    form = {"grant_type": "password", "username": email, "password": password}
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        answer = await client.post("/v1/auth/tokens", data=form)
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


async def on_the_shelf(staff: httpx.AsyncClient, title: str, stock: int) -> str:
    """A product with so many of it; its variant's id."""
    made = await staff.post("/v1/products", json={"title": title, "status": "published"})
    said = {"price": {"amount": 1000, "currency": "EUR"}}
    variant = (await staff.post(f"/v1/products/{made.json()['id']}/variants", json=said)).json()
    answer = await staff.put(f"/v1/variants/{variant['id']}/stock", json={"on_hand": stock})
    assert answer.status_code == 200, answer.text
    return str(variant["id"])


async def checkout(client: httpx.AsyncClient, *variant_ids: str) -> dict[str, Any]:
    """A guest's checkout of one of each, with its token kept beside it."""
    lines = [{"variant_id": variant_id} for variant_id in variant_ids]
    body = {"email": "guest@example.com", "shipping_address": orders.BERLIN, "lines": lines}
    answer = await client.post("/v1/checkouts", json=body)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def complete(client: httpx.AsyncClient, shown: dict[str, Any], key: str) -> httpx.Response:
    body = {"payment": {"provider": "simulated", "token": "success"}, "expected_total": orders.total(shown)}
    headers = {"Idempotency-Key": key, "Checkout-Token": shown["token"]}
    return await client.post(f"/v1/checkouts/{shown['id']}/complete", json=body, headers=headers)


async def test_a_hundred_buyers_and_ten_pieces(store: Store) -> None:
    server = store.serve("--workers", "2").ready()
    async with staff_of(store, server.url) as staff:
        both = [await on_the_shelf(staff, title, 10) for title in ("Mug", "Pot")]
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=server.url, timeout=120, limits=limits) as buyers:
            # Every other buyer has the lines in the opposite order: without an order of locks that is a deadlock.
            wishes = [both if number % 2 else both[::-1] for number in range(100)]
            ready = await asyncio.gather(*(checkout(buyers, *wish) for wish in wishes))
            answers = await asyncio.gather(*(complete(buyers, shown, str(new())) for shown in ready))
        assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 90}
        refusals = {answer.json()["code"] for answer in answers if answer.status_code == 409}
        assert refusals == {"out-of-stock"}
        for variant_id in both:
            stock = (await staff.get(f"/v1/variants/{variant_id}/stock")).json()
            assert stock == {"on_hand": 10, "reserved": 10, "available": 0}
        placed = (await staff.get("/v1/orders?customer=all&limit=100")).json()["data"]
        assert sorted(order["number"] for order in placed) == list(range(1001, 1011))
        assert {order["payment_status"] for order in placed} == {"paid"}
    assert server.stop() == 0


def kill(server: Server) -> None:
    """The main process and its workers at once, as when the machine's power fails for them."""
    everybody = [*server.workers, server.process.pid]
    for pid in everybody:
        os.kill(pid, signal.SIGKILL)
    server.process.wait()
    stores.eventually(lambda: not any(stores.alive(pid) for pid in everybody))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def insist(client: httpx.AsyncClient, shown: dict[str, Any]) -> dict[str, Any]:
    """Complete a checkout as a good client does: the same key again until there is an answer."""
    key = str(new())
    for _ in range(600):
        try:
            answer = await complete(client, shown, key)
        except httpx.TransportError:
            await asyncio.sleep(0.3)
            continue
        if answer.status_code == 201:
            order: dict[str, Any] = answer.json()
            return order
        waits = answer.status_code in {202, 503} or answer.json().get("code") == "still-running"
        assert waits, answer.text
        await asyncio.sleep(1)
    raise AssertionError("no answer in all this time")


async def test_two_hundred_orders_and_a_server_that_is_killed(store: Store) -> None:
    count, port = 200, free_port()
    chance = random.Random(int.from_bytes(os.urandom(4)))  # noqa: S311 - only the moments of the kills.

    def start() -> Server:
        return store.start("serve", "--port", str(port), "--workers", "2", MERKATO_SWEEP_SECONDS="2").ready()

    server = start()
    async with staff_of(store, server.url) as staff:
        mug = await on_the_shelf(staff, "Mug", 1000)
        limits = httpx.Limits(max_connections=10, max_keepalive_connections=0)
        async with httpx.AsyncClient(base_url=server.url, timeout=30, limits=limits) as buyers:
            ready = [await checkout(buyers, mug) for _ in range(count)]
            waiting = asyncio.Semaphore(6)

            async def buy(shown: dict[str, Any]) -> dict[str, Any]:
                async with waiting:
                    return await insist(buyers, shown)

            buying = asyncio.gather(*(buy(shown) for shown in ready))
            for _ in range(4):
                await asyncio.sleep(chance.uniform(0.2, 1.5))
                await asyncio.to_thread(kill, server)
                server = await asyncio.to_thread(start)
            acknowledged = await buying
        stock = (await staff.get(f"/v1/variants/{mug}/stock")).json()
    assert server.stop() == 0
    assert len({order["id"] for order in acknowledged}) == count
    assert stock == {"on_hand": 1000, "reserved": count, "available": 1000 - count}
    await books_agree(store, acknowledged)


async def books_agree(store: Store, acknowledged: list[dict[str, Any]]) -> None:
    """Look behind the door: every order is whole, and nothing is there that nobody was told of."""
    count = len(acknowledged)
    with embedded.start(Path(store.home)) as server:
        connection = await asyncpg.connect(server.url)
        placed = await connection.fetch("SELECT id, number, payment_status FROM orders ORDER BY number")
        lines = await connection.fetchval("SELECT count(*) FROM orders_lines")
        allocated = await connection.fetchval("SELECT sum(quantity) FROM inventory_allocations")
        held = await connection.fetchval("SELECT count(*) FROM inventory_holds")
        attempts = await connection.fetch("SELECT state, count(*) AS many FROM payments_attempts GROUP BY state")
        charged = await connection.fetchval("SELECT count(*) FROM payments_simulated_charges WHERE status = 'captured'")
        announced = await connection.fetchval("SELECT count(*) FROM outbox_events WHERE name = 'order.placed'")
        await connection.close()
    assert [row["number"] for row in placed] == list(range(1001, 1001 + count))
    assert {str(row["id"]) for row in placed} == {order["id"] for order in acknowledged}
    assert {row["payment_status"] for row in placed} == {"paid"}
    assert (lines, allocated, held, charged, announced) == (count, count, 0, count, count)
    assert {row["state"]: row["many"] for row in attempts} == {"captured": count}
