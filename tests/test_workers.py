"""Workers as processes: one is killed, one is frozen and thawed, one is told to stop, and everything is done once."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from make import worker
from make.worker import Rung, asked, until
from merkato.kit import keys
from merkato.kit.database import Database

TESTS = Path(__file__).parent
LEASE = 3
Start = Callable[[], "subprocess.Popen[bytes]"]

HOLDER = "SELECT max(worker) FROM attempts WHERE event = :event AND what = 'record'"
EFFECTS_OF = "SELECT count(*) FROM effects WHERE event = :event AND what = 'record'"


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Iterator[Start]:
    """Starts a worker on this test's database."""
    started: list[subprocess.Popen[bytes]] = []
    settings = {
        "DATABASE_URL": database_url,
        "MERKATO_HOME": str(tmp_path),
        "MERKATO_SECRET_KEY": keys.fresh_secret(),
        "MERKATO_SIGNING_KEYS": keys.kept_signing_keys(tmp_path),
        "MERKATO_TASKS_LEASE": str(LEASE),
        "PYTHONPATH": f"{TESTS.parent / 'src'}:{TESTS}",
    }

    def make() -> subprocess.Popen[bytes]:
        with (tmp_path / f"{len(started)}.log").open("w") as log:
            command = [sys.executable, "-m", "make.worker"]
            started.append(subprocess.Popen(command, env={**os.environ, **settings}, stderr=log))
        return started[-1]

    yield make
    for process in started:
        process.kill()
        process.wait()


async def begun(database: Database, event: Rung) -> int:
    """The process that has begun with this."""
    await until(database, "SELECT count(*) FROM attempts WHERE event = :event", 1, event=event.id)
    return int(await asked(database, HOLDER, event=event.id))


async def test_others_take_over_and_nothing_has_its_effect_twice(database: Database, start: Start) -> None:
    await worker.prepare(database)
    workers = {process.pid: process for process in (start(), start())}

    # One is killed in the middle of a task.
    slow = Rung(slow=60)
    await worker.ring(database, slow)
    killed = workers.pop(await begun(database, slow))
    killed.kill()
    died = time.monotonic()
    await until(database, EFFECTS_OF, 1, event=slow.id)
    assert LEASE - 2 < time.monotonic() - died < LEASE + 5

    # One is frozen past its lease in the middle of a task, and thawed when another has done it.
    third = start()
    workers[third.pid] = third
    slow = Rung(slow=2)
    await worker.ring(database, slow)
    frozen = await begun(database, slow)
    os.kill(frozen, signal.SIGSTOP)
    try:
        await until(database, EFFECTS_OF, 1, event=slow.id)
    finally:
        os.kill(frozen, signal.SIGCONT)
    # Now the other is told to stop in the middle of a task, and brings it to its end.
    other = next(process for pid, process in workers.items() if pid != frozen)
    slow = Rung(slow=1)
    os.kill(frozen, signal.SIGSTOP)
    await worker.ring(database, slow)
    assert await begun(database, slow) == other.pid
    other.terminate()
    os.kill(frozen, signal.SIGCONT)
    assert await asyncio.to_thread(other.wait, 20) == 0
    assert (
        await asked(database, "SELECT worker FROM effects WHERE event = :event AND what = 'record'", event=slow.id)
        == other.pid
    )

    # The thawed one goes on alone.
    await worker.ring(database, last := Rung())
    await until(database, "SELECT max(worker) FROM effects WHERE event = :event", frozen, event=last.id)
    await until(database, "SELECT count(*) FROM public_tasks.procrastinate_jobs", 0)
    assert await asked(database, "SELECT count(*) FROM effects") == 2 * 4
    assert await asked(database, "SELECT count(*) FROM public_tasks.procrastinate_jobs") == 0
