"""A shop in real processes with the companies around it, and customers who do not give up: for runs in which things go wrong.

The companies (payment service, kitchen, mail server) are those of the tests, so `tests` must be on the path, as `make faults` has it. They
live in the process of the run, which nobody kills.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from cli import stores
from cli.stores import Server, Store
from merkato.kit.ids import new
from services.kitchen import FakeKitchen
from services.payments import PaymentService
from services.server import HANG, LOST, RESET, Fault, says
from services.server import Server as Company
from services.smtp import MailServer

ADMIN: Final = ("admin@example.com", "correct horse battery staple")
BERLIN: Final = {
    "name": "Anna Example",
    "line1": "Torstrasse 1",
    "city": "Berlin",
    "postal_code": "10119",
    "country": "DE",
}
PATIENCE: Final = 300.0
"""Seconds that a customer goes on asking, and that the shop has to finish what it has accepted."""


def sometimes(share: float, *faults: Fault) -> "_Sometimes":
    """This share of the requests goes wrong, in one of these ways."""
    return _Sometimes(share, faults or (RESET, LOST, says(500), says(503), HANG))


@dataclass(frozen=True)
class _Sometimes:
    share: float
    faults: tuple[Fault, ...]

    def __call__(self) -> Fault | None:
        return random.choice(self.faults) if random.random() < self.share else None


@dataclass
class Town:
    """The shop and the companies around it."""

    store: Store
    money: PaymentService
    bank: Company
    cooks: FakeKitchen
    kitchen: Company
    mail: MailServer
    url: str = ""
    variants: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)
    """The orders that customers were told of, and what they were told."""
    accepted: set[str] = field(default_factory=set)
    """Requests that the shop has taken on (201, 200 or 202), by their path."""
    refused: Counter[str] = field(default_factory=Counter)
    staff: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, **said: Any) -> httpx.Response:  # noqa: ANN401 - httpx's.
        """Ask the shop until it answers: while it is down, busy, or still at it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(httpx.TransportError):
                async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
                    answer = await client.request(method, path, **said)
                if path.endswith(("/pay", "/complete")) and answer.status_code in {200, 201, 202}:
                    self.accepted.add(path)
                later = answer.status_code in {202, 429, 503} or _still_running(answer)
                if not later or time.monotonic() > deadline:
                    return answer
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path} was never answered.")
            await asyncio.sleep(random.uniform(0.1, 0.6))


def _still_running(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and answer.json().get("code") in {"still-running", "busy"}


@asynccontextmanager
async def town(**settings: str) -> AsyncIterator[Town]:
    """A store with shelves, and its companies; ended and cleared away with the block."""
    store = stores.made()
    money, cooks = PaymentService(extended=True), FakeKitchen()
    try:
        async with Company(money.app) as bank, Company(cooks.app) as kitchen, MailServer() as mail:
            store.settings |= {
                "MERKATO_PAYMENT_SERVICE_URL": bank.url,
                "MERKATO_PAYMENT_SERVICE_CONTRACT": "extended",
                "MERKATO_KITCHEN_URL": kitchen.url,
                "MERKATO_SMTP_URL": mail.url,
                "MERKATO_SWEEP_SECONDS": "2",
                "MERKATO_TASKS_LEASE": "5",
                "MERKATO_UNPAID_ORDERS_MAX": "1000",
                "MERKATO_RATE_LIMIT_ADDRESS": "0",
                "MERKATO_RATE_LIMIT_ACCOUNT": "0",
                "MERKATO_ACCESS_TOKEN_LIFETIME": "86400",
            } | settings
            yield Town(store, money, bank, cooks, kitchen, mail)
    finally:
        store.clear()


async def opened(town: Town, server: Server) -> None:
    """Fill the shelves: something to cook, and something to send."""
    email, password = ADMIN
    words = ("accounts", "create", "--email", email, "--password", password, "--name", "Admin", "--admin")
    made = await asyncio.to_thread(town.store.run, *words)
    assert made.returncode == 0, made.stderr
    town.url = (await asyncio.to_thread(server.ready)).url
    town.staff = await signed_in(town, email, password)
    for title, fulfilment in (("Latte", "kitchen"), ("Mug", "shipping")):
        said = {"title": title, "status": "published", "fulfilment": fulfilment}
        product = (await town.ask("POST", "/v1/products", json=said, headers=town.staff)).json()
        priced = {"price": {"amount": 350, "currency": "EUR"}}
        at = f"/v1/products/{product['id']}/variants"
        variant = (await town.ask("POST", at, json=priced, headers=town.staff)).json()
        stock = f"/v1/variants/{variant['id']}/stock"
        assert (await town.ask("PUT", stock, json={"on_hand": 10_000}, headers=town.staff)).status_code == 200
        town.variants[title] = variant["id"]


async def signed_in(town: Town, email: str, password: str) -> dict[str, str]:
    form = {"grant_type": "password", "username": email, "password": password}
    answer = await town.ask("POST", "/v1/auth/tokens", data=form)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def customer(town: Town, number: int) -> dict[str, str]:
    """Somebody who may order at the counter."""
    said = {"email": f"customer{number}@example.com", "password": ADMIN[1], "name": f"Customer {number}"}
    await town.ask("POST", "/v1/accounts", json=said)
    return await signed_in(town, said["email"], ADMIN[1])


async def order_at_the_counter(town: Town, who: dict[str, str], provider: str = "http") -> None:
    """Order a latte and pay it; the same requests, under the same keys, until they are answered."""
    lines = {"lines": [{"variant_id": town.variants["Latte"], "quantity": random.randint(1, 3)}]}
    made = await town.ask("POST", "/v1/orders", json=lines, headers=who | _key())
    if made.status_code != 201:
        town.refused[f"order {made.status_code}"] += 1
        return
    order = made.json()["id"]
    town.acknowledged[order] = "created"
    said = {"payment": {"provider": provider, "token": "success"}}
    paid = await pay(town, f"/v1/orders/{order}/pay", said, who)
    town.acknowledged[order] = f"pay {paid.status_code}"


async def order_by_post(town: Town, provider: str = "http") -> None:
    """Buy a mug as a guest."""
    lines = {"lines": [{"variant_id": town.variants["Mug"]}], "email": "guest@example.com", "shipping_address": BERLIN}
    checkout = (await town.ask("POST", "/v1/checkouts", json=lines, headers=_key())).json()
    said = {"payment": {"provider": provider, "token": "success"}, "expected_total": total(checkout)}
    placed = await pay(town, f"/v1/checkouts/{checkout['id']}/complete", said, {"Checkout-Token": checkout["token"]})
    if placed.status_code == 201:
        town.acknowledged[placed.json()["id"]] = "placed 201"
    else:
        town.refused[f"complete {placed.status_code}"] += 1


def total(shown: dict[str, Any]) -> int:
    amount: int = next(entry["amount"] for entry in shown["totals"] if entry["type"] == "total")
    return amount


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(new())}


async def pay(town: Town, path: str, said: dict[str, Any], who: dict[str, str]) -> httpx.Response:
    """Pay; once more, as people do, when the payment service could not be reached and the payment was closed (402)."""
    while (answer := await town.ask("POST", path, json=said, headers=who | _key())).status_code == 402:
        town.refused["paid at the second try"] += 1
    return answer


async def every_order(town: Town) -> list[dict[str, Any]]:
    """All orders, as staff see them."""
    town.staff = await signed_in(town, *ADMIN)
    orders: list[dict[str, Any]] = []
    at: str | None = "/v1/orders?customer=all&limit=100"
    while at:
        page = (await town.ask("GET", at, headers=town.staff)).json()
        orders += page["data"]
        at = f"/v1/orders?customer=all&limit=100&cursor={page['next']}" if page["next"] else None
    return orders


async def came_to_an_end(town: Town) -> list[dict[str, Any]]:
    """Wait until nothing moves any more that should move, and every mail has come; every order as it then stands."""
    deadline = time.monotonic() + PATIENCE
    while True:
        orders = await every_order(town)
        placed = sum(order["placed_at"] is not None for order in orders)
        still = all(ended(town, order) for order in orders) and len(confirmations(town)) >= placed
        if still or time.monotonic() > deadline:
            return orders
        town.cooks.all_become("finished")
        await asyncio.sleep(2)


def ended(town: Town, order: dict[str, Any]) -> bool:
    cooked = any(line["variant_id"] == town.variants["Latte"] for line in order["lines"])
    done = {"dispatched", "delivered", "cancelled"} if cooked else {"paid", "cancelled"}
    return order["status"] in done and order["payment_status"] in {"paid", "refunded", "voided", "unpaid"}


def confirmations(town: Town) -> Counter[str]:
    """How often each message about a placed order has come, by its Message-ID."""
    return Counter(str(mail["Message-ID"]) for mail in town.mail.got if str(mail["Subject"]).startswith("Your order"))


def report(title: str, figures: Iterable[tuple[str, object]]) -> None:
    """Print what was tried, lost and doubled."""
    print(f"\n{title}")
    for name, value in figures:
        print(f"  {name:<46} {value}")
