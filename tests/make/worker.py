"""A worker with reactions made for tests, in this process or as a program of its own that can be killed, frozen and stopped."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import structlog
from sqlalchemy import text

from merkato import worker
from merkato.app import create_app
from merkato.kit import events
from merkato.kit.database import Database, Session
from merkato.kit.events import Event
from merkato.kit.tasks import Hopeless, Patience
from merkato.modules import Reaction, Schedule
from merkato.settings import Settings
from merkato.store import Store

TABLES = (
    "CREATE TABLE attempts (event uuid, worker int, what text)",
    "CREATE TABLE effects (event uuid, what text, worker int, at timestamptz DEFAULT clock_timestamp(), UNIQUE (event, what))",
)
QUICK = Patience(tries=3, first=0.01, longest=0.1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung(Event):
    """Something happened; `how` says what its reactions do with it."""

    name: ClassVar[str] = "test.rung"
    public: ClassVar[bool] = False
    how: str = "do"
    slow: float = 0


async def record(store: Store, event: Rung) -> None:
    """Have an effect once, as a reaction must. The first try may be slow or fail; the next ones are as they are told."""
    tries = await attempt(store.database, event)
    if event.how == "hopeless":
        raise Hopeless("There is nothing to be done.")
    if event.how == "fail" or (event.how == "fail once" and tries == 1):
        raise RuntimeError("The first try fails.")
    if tries == 1 and event.slow:
        await store.database.run(_note, "slow")
        await asyncio.sleep(event.slow)
    await store.database.run(_effect, event, "record")


async def echo(store: Store, event: Rung) -> None:
    """A second reaction to the same event."""
    await store.database.run(_effect, event, "echo")


async def tick(store: Store) -> None:
    await store.database.run(_note, "tick")


async def stumble(store: Store) -> None:
    await store.database.run(_note, "stumble")
    raise RuntimeError("Every run fails.")


REACTIONS = (Reaction(Rung, record, QUICK), Reaction(Rung, echo, QUICK))
SCHEDULES = (Schedule("test.tick", tick, lambda _: 1), Schedule("test.stumble", stumble, lambda _: 1))


async def attempt(database: Database, event: Rung) -> int:
    async def step(session: Session) -> int:
        values = {"event": event.id, "worker": os.getpid(), "what": "record"}
        await session.execute(text("INSERT INTO attempts VALUES (:event, :worker, :what)"), values)
        return int(await session.scalar(text("SELECT count(*) FROM attempts WHERE event = :event"), values) or 0)

    return await database.run(step)


async def _effect(session: Session, event: Rung, what: str) -> None:
    values = {"event": event.id, "worker": os.getpid(), "what": what}
    statement = "INSERT INTO effects VALUES (:event, :what, :worker) ON CONFLICT DO NOTHING"
    await session.execute(text(statement), values)


async def _note(session: Session, what: str) -> None:
    await session.execute(
        text("INSERT INTO attempts VALUES (NULL, :worker, :what)"), {"worker": os.getpid(), "what": what}
    )


async def prepare(database: Database) -> None:
    """Make the tables that the reactions write to."""
    async with database.transaction() as session:
        for table in TABLES:
            await session.execute(text(table))


async def ring(database: Database, *rungs: Rung) -> None:
    """Announce these, in one transaction."""
    async with database.transaction() as session:
        for each in rungs:
            await events.publish(session, each)


async def asked(database: Database, question: str, **values: Any) -> Any:
    """The first value that a query finds."""

    async def step(session: Session) -> Any:
        return await session.scalar(text(question), values)

    # A test may just have cut every connection.
    return await database.run(step)


async def effects(database: Database) -> int:
    return int(await asked(database, "SELECT count(*) FROM effects"))


async def until(database: Database, question: str, value: object, patience: float = 120, **values: Any) -> None:
    """Wait until a query finds this value."""
    found = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while (found := await asked(database, question, **values)) != value:  # noqa: ASYNC110 - the database's, not ours.
                await asyncio.sleep(0.03)
    assert found == value, f"{question}: {found}"


@asynccontextmanager
async def working(
    store: Store, reactions: tuple[Reaction, ...] = REACTIONS, schedules: tuple[Schedule, ...] = ()
) -> AsyncIterator[None]:
    """A worker in this process; at the end it is told to stop, and must."""
    # What fails here fails on purpose.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    stopping = asyncio.Event()
    running = asyncio.create_task(worker.run(store, stopping, reactions=reactions, schedules=schedules))
    try:
        yield
        assert not running.done(), running
    finally:
        stopping.set()
        async with asyncio.timeout(20):
            await running


async def main() -> None:
    """Work until SIGTERM, on the store that the settings name."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    app = create_app(Settings(_env_file=None))
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await worker.run(app.state.store, stopping, reactions=REACTIONS, schedules=())
    await app.state.database.close()


if __name__ == "__main__":
    asyncio.run(main())
