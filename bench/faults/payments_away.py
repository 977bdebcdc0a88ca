"""The payment service hangs, is cut off, and comes back with errors, while customers go on buying.

Prints what was tried, lost and doubled; exit code 1 if anything was. Argument: how many orders.
"""

import asyncio
import sys
import time
from typing import Final

import shop
from kills import judged

from services.server import HANG

HANGS: Final = 15.0
CUT: Final = 10.0
SHARE: Final = 0.3
"""Of the calls that go wrong after it is back."""
CUSTOMERS: Final = 8


async def main(orders: int) -> int:
    async with shop.town() as town:
        server = town.store.serve("--workers", "1")
        await shop.opened(town, server)
        customers = [await shop.customer(town, number) for number in range(CUSTOMERS)]
        began, left = time.monotonic(), iter(range(orders))
        accepted: dict[str, int] = {}

        async def buy(who: dict[str, str]) -> None:
            for number in left:
                await (shop.order_at_the_counter(town, who) if number % 2 else shop.order_by_post(town))

        async def trouble() -> None:
            await asyncio.sleep(3)
            for name, seconds in (("while it hung", HANGS), ("while it was cut off", CUT)):
                before = len(town.accepted)
                if name == "while it hung":
                    town.bank.always(HANG)
                else:
                    town.bank.behave()
                    await town.bank.cut()
                await asyncio.sleep(seconds)
                accepted[name] = len(town.accepted) - before
            await town.bank.back()
            town.bank.always(shop.sometimes(SHARE))

        async with asyncio.TaskGroup() as group:
            group.create_task(trouble())
            for who in customers:
                group.create_task(buy(who))
        found = await shop.came_to_an_end(town)
        figures = await judged(town, found)
        tried: list[tuple[str, object]] = [
            ("orders tried", orders),
            ("refused", dict(town.refused) or "none"),
            *((f"accepted {name}", count) for name, count in accepted.items()),
            ("calls to the payment service", len(town.bank.seen)),
            ("seconds", f"{time.monotonic() - began:.0f}"),
        ]
        shop.report("payments away", [*tried, *figures])
        return int(any(count for _, count in figures))


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*([int(word) for word in sys.argv[1:]] or [120]))))
