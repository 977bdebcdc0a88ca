"""How runs and what they remember are found and changed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from merkato.domains.catalog.models import Product
from merkato.domains.imports.models import Known, RefusedLine, Run, Source, Tally
from merkato.kit.database import Session


async def living(session: Session, slugs: Collection[str], product_ids: Collection[UUID]) -> dict[UUID, str]:
    """The products that are there under these slugs or ids, with their slugs."""
    wanted = or_(Product.slug.in_(slugs), Product.id.in_(product_ids))
    found = select(Product.id, Product.slug).where(wanted, Product.deleted_at.is_(None))
    return {row.id: row.slug for row in await session.execute(found)}


async def insert_run(session: Session, values: dict[str, Any]) -> bool:
    """Whether the run was written; it is not when one of the same file is open."""
    written = upsert(Run).values(values).on_conflict_do_nothing().returning(Run.id)
    return await session.scalar(written) is not None


async def open_run(session: Session, kind: str, digest: str) -> Run | None:
    return await session.scalar(select(Run).where(Run.kind == kind, Run.digest == digest, Run.finished_at.is_(None)))


async def run(session: Session, run_id: UUID) -> Run | None:
    return await session.scalar(select(Run).where(Run.id == run_id))


async def is_finished(session: Session, kind: str, digest: str) -> bool:
    """Whether this file went through before, to its end."""
    found = select(Run.id).where(Run.kind == kind, Run.digest == digest, Run.finished_at.is_not(None)).limit(1)
    return await session.scalar(found) is not None


async def move_run(session: Session, run_id: UUID, position: int, by: Tally, moment: datetime) -> bool:
    """Add a batch to an open run. False when the run is no longer where this process left it."""
    moved = (
        update(Run)
        .where(Run.id == run_id, Run.position == position, Run.finished_at.is_(None))
        .values(
            position=Run.position + by.total,
            created=Run.created + by.created,
            updated=Run.updated + by.updated,
            unchanged=Run.unchanged + by.unchanged,
            skipped=Run.skipped + by.skipped,
            failed=Run.failed + by.failed,
            updated_at=moment,
        )
        .returning(Run.id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(moved) is not None


async def close_run(session: Session, run_id: UUID, moment: datetime) -> None:
    closed = (
        update(Run).where(Run.id == run_id, Run.finished_at.is_(None)).values(finished_at=moment, updated_at=moment)
    )
    await session.execute(closed.execution_options(synchronize_session=False))


async def insert_refused(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    await session.execute(insert(RefusedLine), rows)


async def refused(session: Session, run_id: UUID) -> Sequence[RefusedLine]:
    """In the order in which they were refused."""
    found = select(RefusedLine).where(RefusedLine.run_id == run_id).order_by(RefusedLine.id)
    return (await session.scalars(found)).all()


async def sources(session: Session, kind: str, handles: Collection[str]) -> list[Known]:
    """What was last said under these handles."""
    columns = Source.handle, Source.part, Source.target_id, Source.digest, Source.quantities
    found = select(*columns).where(Source.kind == kind, Source.handle.in_(handles))
    return [Known(*row) for row in await session.execute(found)]


async def handles_of(session: Session, kind: str, product_ids: Collection[UUID]) -> dict[UUID, str]:
    """Under which handle each product came."""
    found = select(Source.target_id, Source.handle).where(Source.kind == kind, Source.target_id.in_(product_ids))
    return {each.target_id: each.handle for each in await session.execute(found)}


async def write_sources(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    written = upsert(Source)
    changed = {name: written.excluded[name] for name in ("target_id", "digest", "quantities", "updated_at")}
    await session.execute(written.on_conflict_do_update(index_elements=["kind", "handle", "part"], set_=changed), rows)
