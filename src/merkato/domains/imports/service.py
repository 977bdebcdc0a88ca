"""What happens to import runs, inside the caller's transaction."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from merkato.domains.imports import queries
from merkato.domains.imports.errors import ImportUnderWay
from merkato.domains.imports.models import Fault, Known, Run, Step, Tally
from merkato.kit import clock, ids
from merkato.kit.database import Session

_LENGTHS: Final = {"handle": 200, "field": 200, "reason": 1_000}


async def begin(session: Session, kind: str, file_name: str, digest: str) -> Run:
    """The open run of this file, or a new one."""
    found = await queries.open_run(session, kind, digest)
    if found is not None:
        return found
    moment = clock.now()
    figures = {"position": 0, "created": 0, "updated": 0, "unchanged": 0, "skipped": 0, "failed": 0}
    times = {"started_at": moment, "updated_at": moment}
    named = {"id": ids.new(), "kind": kind, "file_name": _kept(file_name, 200), "digest": digest}
    await queries.insert_run(session, named | figures | times)
    opened = await queries.open_run(session, kind, digest)
    if opened is None:
        raise ImportUnderWay
    return opened


async def advance(session: Session, run_id: UUID, position: int, step: Step) -> None:
    """Record a batch in the transaction that brought it in.

    Raises ImportUnderWay when the run is not at `position`: two processes would do everything twice.
    """
    if not await queries.move_run(session, run_id, position, step.tally, clock.now()):
        raise ImportUnderWay
    if step.faults:
        await queries.insert_refused(session, [_row(run_id, fault) for fault in step.faults])


async def finish(session: Session, run_id: UUID) -> Tally:
    """Close a run that has come to the end of its file, and return its figures."""
    await queries.close_run(session, run_id, clock.now())
    run = await queries.run(session, run_id)
    return run.tally if run is not None else Tally()


async def refused(session: Session, run_id: UUID) -> list[Fault]:
    """What a run has refused so far."""
    return [
        Fault(refused.line, refused.handle, refused.field, refused.reason)
        for refused in await queries.refused(session, run_id)
    ]


async def remember(session: Session, kind: str, said: Sequence[Known]) -> None:
    """Keep what the source said of products, to tell at the next import what has changed since."""
    if said:
        moment = clock.now()
        await queries.write_sources(session, [each._asdict() | {"kind": kind, "updated_at": moment} for each in said])


def _row(run_id: UUID, fault: Fault) -> dict[str, object]:
    values = {name: _kept(getattr(fault, name), length) for name, length in _LENGTHS.items()}
    return {"id": ids.new(), "run_id": run_id, "line": fault.line, **values}


def _kept(written: str, length: int) -> str:
    """What a file said, as the table can hold it: PostgreSQL knows no NUL."""
    return written.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()[:length]
