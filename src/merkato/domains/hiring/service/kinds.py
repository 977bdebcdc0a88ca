"""Kinds of jobs, as staff keep them."""

from uuid import UUID

from merkato.domains.hiring import queries
from merkato.domains.hiring.errors import TooManyKinds
from merkato.domains.hiring.models import KINDS_MAX, JobKind
from merkato.domains.hiring.schemas import KindChange, KindDraft
from merkato.kit.database import Session
from merkato.kit.errors import NotFound


async def add_kind(session: Session, draft: KindDraft) -> JobKind:
    """A new kind that jobs may have at once. Raises KindTaken, TooManyKinds."""
    if await queries.count_kinds(session) >= KINDS_MAX:
        raise TooManyKinds
    kind = JobKind(**draft.model_dump())
    session.add(kind)
    await session.flush()
    return kind


async def change_kind(session: Session, kind_id: UUID, said: KindChange) -> JobKind:
    """Rename a kind, retire it, or let it be used again. Raises NotFound, KindTaken."""
    kind = await queries.kind(session, kind_id)
    if kind is None:
        raise NotFound
    for name, value in said.sent().items():
        setattr(kind, name, value)
    await session.flush()
    return kind
