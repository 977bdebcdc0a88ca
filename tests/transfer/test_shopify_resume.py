"""An import that is interrupted: by an exception, by kill -9, and gone on with."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from make.shopify import counted, figures, mug, refused, written
from merkato.domains.catalog.models import Product, Variant
from merkato.domains.imports.models import Run
from merkato.domains.inventory.models import Movement
from merkato.kit.database import Database
from merkato.settings import Settings
from merkato.transfer.shopify import importer
from merkato.transfer.shopify.importer import import_file


def many(folder: Path, number: int, **cells: str) -> Path:
    lines = (
        mug(handle=f"mug-{each}", title=f"Mug {each}", sku=f"M-{each}", qty="3", **cells) for each in range(number)
    )
    return written(folder, *lines, mug(handle="bad", title="Bad", sku="BAD", price="x"), name="many.csv")


async def test_an_import_that_was_interrupted_goes_on(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 5)
    path = many(tmp_path, 22)

    def stop(_read: int, _total: int, done: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await import_file(database, settings, path, progress=stop)
    assert await counted(database, Product, Run) == [10, 1]
    summary = await import_file(database, settings, path)
    assert (summary.resumed_at, summary.done, figures(summary)) == (10, 13, (22, 0, 0, 0, 1))
    assert len(refused(summary)) == 1
    assert await counted(database, Product, Movement) == [22, 22]
    again = await import_file(database, settings, path)
    assert (again.resumed_at, figures(again)) == (0, (0, 0, 22, 0, 1))


async def test_refusals_of_before_the_interruption_are_told_again(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 2)
    path = written(
        tmp_path,
        mug(price="x"),
        *(mug(handle=f"m{n}", sku=f"M{n}") for n in range(4)),
        mug(handle="z", sku="Z", qty="x"),
    )

    def stop(_read: int, _total: int, done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await import_file(database, settings, path, progress=stop)
    summary = await import_file(database, settings, path)
    assert [(row[0], row[2]) for row in refused(summary)] == [("2", "Variant Price"), ("7", "Variant Inventory Qty")]
    assert figures(summary) == (4, 0, 0, 0, 2)


PROGRAM = """
import asyncio, sys
from pathlib import Path
from merkato.migrations import tables
from merkato.store import open_database
from merkato.settings import Settings
from merkato.transfer.shopify import importer

importer.BATCH = 5
tables.known()

async def main():
    settings = Settings(_env_file=None, database_url=None, home=Path(sys.argv[3]))
    told = lambda read, total, done: print(done, flush=True)
    await importer.import_file(open_database(settings, sys.argv[1]), settings, Path(sys.argv[2]), progress=told)

asyncio.run(main())
"""


async def test_a_killed_process_leaves_whole_batches_and_the_next_goes_on(
    database: Database, database_url: str, settings: Settings, tmp_path: Path
) -> None:
    path = many(tmp_path, 400)
    arguments = [sys.executable, "-c", PROGRAM, database_url, str(path), str(tmp_path)]
    process = await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE)
    assert process.stdout is not None
    done = 0
    while done < 50:
        said = await process.stdout.readline()
        assert said, "it ended before it could be killed"
        done = int(said)
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    async with database.snapshot() as session:
        run = (await session.scalars(select(Run))).one()
        products = await session.scalar(select(func.count()).select_from(Product)) or 0
    assert 50 <= run.position == run.created == products < 400
    assert run.finished_at is None
    summary = await import_file(database, settings, path)
    assert (summary.resumed_at >= run.position, figures(summary)) == (True, (400, 0, 0, 0, 1))
    assert await counted(database, Product, Variant, Movement) == [400, 400, 400]


async def test_progress_is_told_in_plain_lines_to_what_is_no_terminal(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int, int]] = []
    monkeypatch.setattr(importer, "BATCH", 10)
    path = many(tmp_path, 24)
    await import_file(database, settings, path, progress=lambda *figures: told.append(figures))
    assert [done for _, _, done in told] == [10, 20, 25]
    assert told[-1][:2] == (path.stat().st_size, path.stat().st_size)
