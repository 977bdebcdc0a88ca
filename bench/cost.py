"""What a request costs: CPU time of the server and its database, and how many bare Starlette routes that is."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

CLIENTS = 16
TICKS = os.sysconf("SC_CLK_TCK")
ADDRESS = {"name": "Anna Example", "line1": "Torstrasse 1", "city": "Berlin", "postal_code": "10119", "country": "DE"}
BARE = """
import sys
from granian import Granian
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
async def answer(request):
    return Response(b"x" * int(request.query_params["bytes"]), media_type="application/json")
def app():
    return Starlette(routes=[Route("/bare", answer)])
if __name__ == "__main__":
    Granian("bare:app", factory=True, interface="asgi", port=int(sys.argv[1]), loop="uvloop", log_enabled=False).serve()
"""

Act = Callable[[httpx.AsyncClient], Awaitable[None]]


def cpu_seconds(roots: list[int]) -> float:
    """Of these processes and all below them, with those below that have ended."""
    family, total = set(roots), 0
    for entry in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(entry.name) in family or int(fields[1]) in family:
            family.add(int(entry.name))
            total += sum(int(field) for field in fields[11:15])
    return total / TICKS


@contextmanager
def shop(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """A demo shop: its address, and the processes that do its work."""
    log = folder / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "merkato", "demo", "--port", "0"],
            env={**os.environ, "MERKATO_HOME": str(folder / "home"), "MERKATO_LOG_LEVEL": "info"},
            stdout=subprocess.DEVNULL,
            stderr=errors,
            cwd=folder,
        )
    try:
        url = ""
        while not url:
            time.sleep(0.1)
            assert process.poll() is None, log.read_text()
            lines = (json.loads(line) for line in log.read_text().splitlines() if line.startswith("{"))
            url = next((line["url"] for line in lines if line["event"] == "serving"), "")
        yield url, [process.pid, *postmasters()]
    finally:
        process.terminate()
        process.wait()


def postmasters() -> list[int]:
    """Every embedded PostgreSQL that is running; the bench is meant to be alone on its machine."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if words[0].endswith(b"/postgres") and b"-D" in words:
            found.append(int(entry.name))
    return found


@contextmanager
def bare(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """A server with one route that does nothing."""
    (folder / "bare.py").write_text(BARE)
    port = "8765"
    process = subprocess.Popen([sys.executable, "bare.py", port], cwd=folder)
    try:
        time.sleep(2)
        yield f"http://127.0.0.1:{port}", [process.pid]
    finally:
        process.terminate()
        process.wait()


async def measured(url: str, pids: list[int], act: Act, times: int) -> float:
    """CPU milliseconds of one act."""
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as client:
        for _ in range(CLIENTS):
            await act(client)
        before, places = cpu_seconds(pids), asyncio.Semaphore(CLIENTS)

        async def one() -> None:
            async with places:
                await act(client)

        await asyncio.gather(*(one() for _ in range(times)))
        return (cpu_seconds(pids) - before) / times * 1000


def reads(path: str) -> Act:
    async def act(client: httpx.AsyncClient) -> None:
        (await client.get(path)).raise_for_status()

    return act


def buys(variant_id: str) -> Act:
    """Add to a cart, open the checkout, pay: three requests."""

    async def act(client: httpx.AsyncClient) -> None:
        cart = (await client.post("/v1/cart/lines", json={"variant_id": variant_id})).raise_for_status().json()
        headers = {"Cart-Token": cart["token"]}
        body: dict[str, Any] = {"email": "anna@example.com", "shipping_address": ADDRESS}
        checkout = (await client.post("/v1/checkouts", json=body, headers=headers)).raise_for_status().json()
        total = next(entry["amount"] for entry in checkout["totals"] if entry["type"] == "total")
        body = {"payment": {"provider": "simulated", "token": "success"}, "expected_total": total}
        headers = {"Checkout-Token": checkout["token"], "Idempotency-Key": checkout["id"]}
        answer = await client.post(f"/v1/checkouts/{checkout['id']}/complete", json=body, headers=headers)
        assert answer.status_code == 201, answer.text

    return act


async def endless(client: httpx.AsyncClient) -> tuple[str, str]:
    """A product that never runs out: its slug, and a variant."""
    for card in (await client.get("/v1/products?limit=100&in_stock=true")).json()["data"]:
        page = (await client.get(f"/v1/products/{card['slug']}")).json()
        for variant in page["variants"]:
            if not variant["track_stock"]:
                return page["slug"], variant["id"]
    raise LookupError("The demo shop has nothing that is made to order.")


@contextmanager
def home() -> Iterator[Path]:
    """A folder that the database's user reaches too."""
    with tempfile.TemporaryDirectory(prefix="mk-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def main() -> None:
    """Measure, and print a table."""
    with home() as folder:
        costs = {}
        with shop(folder) as (url, pids):
            async with httpx.AsyncClient(base_url=url) as client:
                slug, variant_id = await endless(client)
                paths = {"a list of 24": "/v1/products?limit=24", "a product page": f"/v1/products/{slug}"}
                sizes = {what: len((await client.get(path)).content) for what, path in paths.items()}
            for what, path in paths.items():
                costs[what] = await measured(url, pids, reads(path), 1_500)
            order = await measured(url, pids, buys(variant_id), 150)
        with bare(folder) as (url, pids):
            base = {
                what: await measured(url, pids, reads(f"/bare?bytes={size}"), 3_000) for what, size in sizes.items()
            }
    print(f"{'':34}CPU ms   bare   ratio")
    for what, cost in costs.items():
        print(f"{what:34}{cost:6.2f} {base[what]:6.2f} {cost / base[what]:7.1f}")
    print(f"{'add to cart through paid order':34}{order:6.2f}")


if __name__ == "__main__":
    asyncio.run(main())
