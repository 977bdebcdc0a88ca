"""How soon a task begins after the commit of its event, and how many tasks one worker does in a second."""

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import structlog
import uvloop

from merkato import migrations, worker
from merkato.app import create_app
from merkato.kit import embedded, events
from merkato.kit.database import Database
from merkato.kit.events import Event
from merkato.modules import Reaction
from merkato.settings import Settings
from merkato.store import Store

ALONE = 300
"""Events of which the next is announced when the one before has begun its task."""
AT_ONCE = 5_000
"""Events that are all there at the beginning."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung(Event):
    """Something happened."""

    name: ClassVar[str] = "bench.rung"


BEGUN: dict[UUID, float] = {}


async def begin(_: Store, event: Rung) -> None:
    BEGUN[event.id] = time.perf_counter()


async def ring(database: Database, number: int) -> list[Rung]:
    rungs = [Rung() for _ in range(number)]
    async with database.transaction() as session:
        for each in rungs:
            await events.publish(session, each)
    return rungs


async def latencies(database: Database) -> list[float]:
    """Milliseconds from a commit to the beginning of its task."""
    found = []
    for _ in range(ALONE):
        [rung] = await ring(database, 1)
        committed = time.perf_counter()
        while rung.id not in BEGUN:  # noqa: ASYNC110 - an event would be set by what is measured.
            await asyncio.sleep(0.0005)
        found.append((BEGUN[rung.id] - committed) * 1000)
    return found


async def measure(store: Store) -> None:
    database, stopping = store.database, asyncio.Event()
    reactions = [Reaction(Rung, begin)]
    working = asyncio.create_task(worker.run(store, stopping, reactions=reactions, schedules=()))
    await ring(database, 1)
    while not BEGUN:  # noqa: ASYNC110 - as above.
        await asyncio.sleep(0.01)
    found = await latencies(database)
    cuts = statistics.quantiles(found, n=100)
    print(f"commit to start: {cuts[49]:.1f} ms (p50), {cuts[94]:.1f} ms (p95), of {ALONE} events one after the other")
    stopping.set()
    await working

    BEGUN.clear()
    for _ in range(AT_ONCE // 500):
        await ring(database, 500)
    stopping = asyncio.Event()
    began = time.perf_counter()
    working = asyncio.create_task(worker.run(store, stopping, reactions=reactions, schedules=()))
    while len(BEGUN) < AT_ONCE:  # noqa: ASYNC110 - as above.
        await asyncio.sleep(0.01)
    spent = time.perf_counter() - began
    print(
        f"throughput:      {AT_ONCE / spent:.0f} tasks per second, {AT_ONCE} in {spent:.1f} s, {store.settings.tasks_at_once} at once"
    )
    stopping.set()
    await working
    await database.close()


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    # Short, for the database's socket, and open, for its user when we are root.
    with tempfile.TemporaryDirectory(prefix="mk-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        settings = Settings(_env_file=None, database_url=None, home=Path(folder) / "home")
        with embedded.start(settings.home) as server:
            asyncio.run(migrations.upgrade(server.url))
            uvloop.run(measure(create_app(settings, server.url).state.store))


if __name__ == "__main__":
    main()
