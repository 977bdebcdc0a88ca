"""How kinds of jobs are found."""

from uuid import UUID

from sqlalchemy import func, select

from merkato.domains.hiring.models import JobKind
from merkato.kit.database import Session


async def kinds(session: Session) -> list[JobKind]:
    """All of them, by name."""
    return list(await session.scalars(select(JobKind).order_by(JobKind.name)))


async def kind(session: Session, kind_id: UUID) -> JobKind | None:
    return await session.scalar(select(JobKind).where(JobKind.id == kind_id).with_for_update())


async def kind_named(session: Session, name: str) -> UUID | None:
    """The kind of this name, if new jobs may have it."""
    return await session.scalar(select(JobKind.id).where(JobKind.name == name, JobKind.active))


async def count_kinds(session: Session) -> int:
    return await session.scalar(select(func.count()).select_from(JobKind)) or 0
