"""Kill the server and the worker at random, fifty times over five hundred orders, while one outside call in twenty goes wrong.

Prints what was tried, lost and doubled; exit code 1 if anything was. Arguments: how many orders, how many kills.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from typing import Any, Final

import shop
from shop import Town

CUSTOMERS: Final = 10
SHARE: Final = 0.05
"""Of the calls to the companies outside."""


class Keeper:
    """Keeps a server and a worker running, as a supervisor of services does, whoever ends them."""

    def __init__(self, town: Town) -> None:
        self.kills = Counter[str]()
        self._town = town
        self.server, self.worker = town.store.serve(), town.store.start("worker")

    async def keep(self) -> None:
        """Start again what has ended, for ever."""
        while True:
            if self.server.process.poll() is not None:
                self.server = self._town.store.start("serve", "--port", self._town.url.rpartition(":")[2])
            if self.worker.process.poll() is not None:
                self.worker = self._town.store.start("worker")
            await asyncio.sleep(0.2)

    def kill(self) -> None:
        """Kill the server, one of its processes, or the worker, without a word."""
        what = random.choice(("server", "server's process", "worker"))
        self.kills[what] += 1
        with suppress(ProcessLookupError, FileNotFoundError):
            # What has ended a moment ago by itself cannot be killed.
            whom = self.server.workers if what == "server's process" else [getattr(self, what).process.pid]
            for pid in whom:
                os.kill(pid, signal.SIGKILL)


async def main(orders: int, kills: int) -> int:
    async with shop.town() as town:
        keeper = Keeper(town)
        await shop.opened(town, keeper.server)
        customers = [await shop.customer(town, number) for number in range(CUSTOMERS)]
        wrong = shop.sometimes(SHARE)
        town.bank.always(wrong)
        town.kitchen.always(wrong)
        began, left = time.monotonic(), iter(range(orders))

        async def buy(who: dict[str, str]) -> None:
            for number in left:
                await (shop.order_at_the_counter(town, who) if number % 2 else shop.order_by_post(town))

        async def kill() -> None:
            while keeper.kills.total() < kills:
                await asyncio.sleep(random.uniform(1, 6))
                keeper.kill()

        keeping = asyncio.create_task(keeper.keep())
        async with asyncio.TaskGroup() as group:
            group.create_task(kill())
            for who in customers:
                group.create_task(buy(who))
        busy = time.monotonic() - began
        found = await shop.came_to_an_end(town)
        keeping.cancel()
        figures = await judged(town, found)
        tried: list[tuple[str, object]] = [
            ("orders tried", orders),
            ("refused", dict(town.refused) or "none"),
            ("kill -9", dict(keeper.kills)),
            ("calls to the payment service", len(town.bank.seen)),
            ("calls to the kitchen", len(town.kitchen.seen)),
            ("seconds of buying, and until the end", f"{busy:.0f}, {time.monotonic() - began:.0f}"),
        ]
        shop.report("kills", [*tried, *((name, count) for name, count in figures)])
        return int(any(count for _, count in figures))


async def judged(town: Town, found: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """How much was lost or doubled: all of it should be 0."""
    by_id = {order["id"]: order for order in found}
    placed = [order for order in found if order["placed_at"] and order["status"] != "cancelled"]
    paid = Counter(payment["captured"] - payment.get("refunded", 0) for payment in town.money.payments.values())
    owed = Counter(shop.total(order) for order in placed)
    del paid[0]
    told = shop.confirmations(town)
    check = await asyncio.to_thread(town.store.run, "ledger", "check")
    if check.returncode:
        print(check.stdout, check.stderr)
    cooked = sum(any(line["variant_id"] == town.variants["Latte"] for line in order["lines"]) for order in placed)
    return [
        ("acknowledged orders that are lost", sum(order not in by_id for order in town.acknowledged)),
        ("orders that never came to an end", sum(not shop.ended(town, order) for order in found)),
        ("orders paid but without money, or the reverse", (paid - owed).total() + (owed - paid).total()),
        ("effects at the payment service done twice", sum(count > 1 for count in town.money.effects.values())),
        ("tickets too few at the kitchen", max(0, cooked - len(town.cooks.schedules))),
        ("messages about an order missing", max(0, len(placed) - len(told))),
        ("messages that came as two", max(0, len(told) - len([order for order in found if order["placed_at"]]))),
        ("breaks in the books", check.returncode),
    ]


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    sys.exit(asyncio.run(main(*(words or [500, 50]))))
