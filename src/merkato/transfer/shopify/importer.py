"""The import of a product file: batch by batch, each in its own transaction, so that it can stop anywhere and go on."""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from merkato.domains.imports import queries, service
from merkato.domains.imports.models import Fault, Step, Tally
from merkato.kit.database import Database, Session
from merkato.settings import Settings
from merkato.transfer.progress import Report, silent
from merkato.transfer.shopify.batch import KIND, Item, bring_in
from merkato.transfer.shopify.failure import Unreadable
from merkato.transfer.shopify.meaning import ProductSaid, Skipped, understood
from merkato.transfer.shopify.reader import ProductFile, Record, opened
from merkato.transfer.shopify.refusals import Refusals

BATCH: Final = 50
"""Products of one transaction."""


@dataclass(slots=True)
class Summary:
    """How an import ended. `tally` counts the whole file, also what an interrupted run did before; `done` what this one did.

    `broken` says why the file could not be read to its end; what came before is in.
    """

    path: Path
    dry_run: bool
    tally: Tally = field(default_factory=Tally)
    resumed_at: int = 0
    done: int = 0
    refusals: int = 0
    refusals_path: Path | None = None
    seconds: float = 0
    broken: str | None = None

    @property
    def all_went_in(self) -> bool:
        """What was passed over on purpose does not count against it."""
        return self.tally.failed == 0 and self.broken is None


class _RolledBack(Exception):  # noqa: N818 - it is how a dry run ends each batch.
    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step


@dataclass(slots=True)
class _Import:
    """One import under way. Without a run it is a dry one."""

    database: Database
    file: ProductFile
    currency: str
    run_id: UUID | None
    position: int
    refusals: Refusals

    async def bring_in(self, items: Sequence[Item]) -> Step:
        """Commit a batch, or for a dry run look what it would do."""
        if self.run_id is not None:
            step = await self.database.run(self._kept, self.run_id, items)
        else:
            try:
                step = await self.database.run(self._tried, items)
            except _RolledBack as done:
                step = done.step
        self.position += len(items)
        self.refusals.add(step.faults)
        return step

    async def _kept(self, session: Session, run_id: UUID, items: Sequence[Item]) -> Step:
        run = await queries.run(session, run_id)
        if run is not None and run.position == self.position + len(items):
            # It was committed, and only the answer was lost.
            return Step(faults=(await service.refused(session, run_id))[self.refusals.count :])
        step = await bring_in(session, items, self.file.columns, self.currency)
        await service.advance(session, run_id, self.position, step)
        return step

    async def _tried(self, session: Session, items: Sequence[Item]) -> Step:
        raise _RolledBack(await bring_in(session, items, self.file.columns, self.currency, dry_run=True))


async def import_file(
    database: Database,
    settings: Settings,
    path: Path,
    *,
    dry_run: bool = False,
    progress: Report = silent,
    listed: bool = True,
) -> Summary:
    """Bring a product file into the catalogue; an interrupted import of the same file goes on where it stopped.

    Refused lines are listed in a file beside it, unless it is not `listed`.
    Raises Unreadable for what is no product file, ImportUnderWay when another process imports it at this moment.
    """
    began = time.monotonic()
    summary = Summary(path, dry_run)
    refusals = Refusals(path, settings.home, listed=listed)
    with opened(path) as file:
        work = _Import(database, file, settings.currency, None, 0, refusals)
        if not dry_run:
            await _begin(work, path)
        summary.resumed_at = work.position
        total = file.size
        try:
            for items in _batches(_items(file, settings.currency), skip=work.position):
                step = await work.bring_in(items)
                summary.tally.add(step.tally)
                summary.done += len(items)
                progress(file.read(), total, summary.done)
        except Unreadable as broken:
            summary.broken = str(broken)
        if work.run_id is not None and summary.broken is None:
            summary.tally = await database.run(service.finish, work.run_id)
    summary.refusals, summary.refusals_path = refusals.count, refusals.path
    summary.seconds = time.monotonic() - began
    return summary


async def _begin(work: _Import, path: Path) -> None:
    run = await work.database.run(service.begin, KIND, path.name, await asyncio.to_thread(_digest, path))
    work.run_id, work.position = run.id, run.position
    async with work.database.reading() as session:
        work.refusals.add(await service.refused(session, run.id))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _batches(items: Iterator[Item], *, skip: int) -> Iterator[list[Item]]:
    """What was read before a broken line is still a batch; then the failure goes on."""
    batch: list[Item] = []
    broken: Unreadable | None = None
    try:
        for number, item in enumerate(items):
            if number >= skip:
                batch.append(item)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except Unreadable as error:
        broken = error
    if batch:
        yield batch
    if broken is not None:
        raise broken


def _items(file: ProductFile, currency: str) -> Iterator[Item]:
    """Every record of the file as it is understood, and what only the whole file shows: handles and SKUs that come again."""
    handles: Counter[str] = Counter()
    skus: dict[str, tuple[str, int]] = {}
    for record in file:
        item = _item(file, record, currency)
        item.part = handles[record.handle]
        handles[record.handle] += 1
        for variant in item.said.variants:
            if variant.sku is None:
                continue
            handle, line = skus.setdefault(variant.sku, (record.handle, variant.line))
            if handle != record.handle:
                column = file.columns.called("Variant SKU")
                reason = f"is also that of {handle!r} in line {line}"
                item.faults.append(Fault(variant.line, record.handle, column, reason))
        yield item


def _item(file: ProductFile, record: Record, currency: str) -> Item:
    try:
        said, faults = understood(record, file.columns, currency)
    except Skipped as skipped:
        line = record.lines[0].number
        fault = Fault(line, record.handle, file.columns.called("Gift Card"), str(skipped))
        return Item(ProductSaid(record.handle, line, None), 0, [fault], skipped=True)
    return Item(said, 0, faults)
