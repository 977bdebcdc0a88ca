"""How findings are kept."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from merkato.domains.fulfilment.models import Ticket
from merkato.domains.payments.models import Attempt, Reversal
from merkato.domains.reconciliation.models import FOUND_MAX, Finding, FindingKind
from merkato.domains.reconciliation.schemas import FindingFilters, FindingState, Found
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging
from merkato.kit.rows import among


async def found(session: Session, statement: Select[*tuple[Any, ...]], subject_ids: Sequence[UUID]) -> list[Found]:
    """Which of these subjects a check finds."""
    subject = next(iter(statement.selected_columns))
    return await _found(session, statement.where(subject.in_(subject_ids))) if subject_ids else []


async def found_since(session: Session, statement: Select[*tuple[Any, ...]], since: datetime) -> list[Found]:
    """The first subjects not older than this that a check finds: their ids tell their age."""
    subject = next(iter(statement.selected_columns))
    return await _found(session, statement.where(subject >= ids.first_at(since)).order_by(subject).limit(FOUND_MAX))


async def _found(session: Session, statement: Select[*tuple[Any, ...]]) -> list[Found]:
    names = [str(column.key) for column in statement.selected_columns][1:]
    return [
        Found(row[0], {name: _plain(value) for name, value in zip(names, row[1:], strict=True)})
        for row in await session.execute(statement)
    ]


def _plain(value: object) -> object:
    return int(value) if isinstance(value, Decimal) else str(value) if isinstance(value, UUID) else value


async def empty(session: Session, order_ids: Sequence[UUID], payable_ids: Sequence[UUID]) -> None:
    """Remove what was noted at findings about these orders, their payments and their tickets."""
    paid = select(Attempt.id).where(among(Attempt.payable_id, payable_ids))
    subjects = or_(
        among(Finding.subject_id, order_ids),
        Finding.subject_id.in_(paid),
        Finding.subject_id.in_(select(Reversal.id).where(Reversal.attempt_id.in_(paid))),
        Finding.subject_id.in_(select(Ticket.id).where(among(Ticket.order_id, order_ids))),
    )
    await session.execute(update(Finding).where(subjects, Finding.note.is_not(None)).values(note=None))


async def finding(session: Session, finding_id: UUID, *, lock: bool = False) -> Finding | None:
    found = select(Finding).where(Finding.id == finding_id)
    return await session.scalar(found.with_for_update() if lock else found)


async def findings(session: Session, filters: FindingFilters, paging: Paging) -> tuple[list[Finding], str | None]:
    """Newest first."""
    found = select(Finding)
    if filters.kind is not None:
        found = found.where(Finding.kind == filters.kind)
    if filters.state is not None:
        is_open = filters.state is FindingState.OPEN
        found = found.where(Finding.resolved_at.is_(None) if is_open else Finding.resolved_at.is_not(None))
    return await paging.fetch(session, found, Key(Finding.id, descending=True))


async def open_subjects(session: Session, kind: FindingKind) -> list[UUID]:
    """What is open of one kind."""
    found = select(Finding.subject_id).where(Finding.kind == kind, Finding.resolved_at.is_(None))
    return list(await session.scalars(found))


async def resolutions(
    session: Session, kind: FindingKind, subject_ids: Sequence[UUID]
) -> list[tuple[UUID, dict[str, Any]]]:
    """What people have resolved about these subjects: with which figures."""
    found = select(Finding.subject_id, Finding.details).where(
        Finding.kind == kind, Finding.subject_id.in_(subject_ids), Finding.resolved_by.is_not(None)
    )
    return [(row[0], row[1]) for row in await session.execute(found)]


async def see_again(session: Session, kind: FindingKind, subject_ids: Sequence[UUID]) -> None:
    """Note that this is still so."""
    present = update(Finding).where(
        Finding.kind == kind, Finding.subject_id.in_(subject_ids), Finding.resolved_at.is_(None)
    )
    await session.execute(present.values(last_seen_at=clock.now()))


async def open_finding(session: Session, kind: FindingKind, found: Found) -> UUID | None:
    """A new finding; None if somebody else has opened it at the same moment."""
    moment = clock.now()
    fresh = insert(Finding).values(
        id=ids.new(),
        kind=kind.value,
        subject_id=found.subject_id,
        details=dict(found.details),
        found_at=moment,
        last_seen_at=moment,
    )
    return await session.scalar(fresh.on_conflict_do_nothing().returning(Finding.id))


async def resolve_gone(session: Session, kind: FindingKind, subject_ids: Sequence[UUID]) -> None:
    """Resolve what was open and is not so any more."""
    gone = update(Finding).where(
        Finding.kind == kind, Finding.resolved_at.is_(None), Finding.subject_id.in_(subject_ids)
    )
    await session.execute(gone.values(resolved_at=clock.now()))


async def to_heal(session: Session, kind: FindingKind) -> list[UUID]:
    """Open findings of one kind that nobody has tried to set right."""
    found = select(Finding.id).where(Finding.kind == kind, Finding.resolved_at.is_(None), Finding.healed_at.is_(None))
    return list(await session.scalars(found.order_by(Finding.id).limit(FOUND_MAX)))


async def counts(session: Session) -> dict[str, int]:
    """How many findings of each kind are open."""
    found = select(Finding.kind, func.count()).where(Finding.resolved_at.is_(None)).group_by(Finding.kind)
    return {row[0]: row[1] for row in await session.execute(found)}
