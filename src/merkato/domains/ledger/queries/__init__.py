"""How transfers are added, found and summed up. There is no way to change one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert

from merkato.domains.ledger.models import SIDES, Account, Transfer, TransferKind
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging


async def add(session: Session, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Add transfers whose cause and kind are new; the kinds that were added. All rows have one cause."""
    added = insert(Transfer).values([dict(row) for row in rows])
    added = added.on_conflict_do_nothing(index_elements=[Transfer.cause_id, Transfer.kind])
    return set(await session.scalars(added.returning(Transfer.kind)))


async def of_cause(session: Session, cause_id: UUID) -> dict[str, tuple[int, str]]:
    """What a cause has booked: the amount and currency of each kind."""
    found = select(Transfer.kind, Transfer.amount_minor, Transfer.currency).where(Transfer.cause_id == cause_id)
    return {kind: (amount, currency) for kind, amount, currency in await session.execute(found)}


async def transfers(session: Session, subject_ids: Sequence[UUID], paging: Paging) -> tuple[list[Transfer], str | None]:
    """What was booked about a subject, oldest first."""
    return await paging.fetch(session, select(Transfer).where(Transfer.subject_id.in_(subject_ids)), Key(Transfer.id))


async def sums(session: Session, subject_ids: Sequence[UUID]) -> dict[TransferKind, int]:
    """What was booked of each kind about a subject, in minor units; 0 for kinds without a transfer."""
    found = select(Transfer.kind, func.sum(Transfer.amount_minor)).where(Transfer.subject_id.in_(subject_ids))
    booked = {TransferKind(kind): int(amount) for kind, amount in await session.execute(found.group_by(Transfer.kind))}
    return {kind: booked.get(kind, 0) for kind in TransferKind}


async def money(session: Session, subject_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How much each payment attempt has brought and each reversal has given back, by their ids."""
    found = select(Transfer.cause_id, Transfer.amount_minor).where(
        Transfer.subject_id.in_(subject_ids), Transfer.kind.in_([TransferKind.CAPTURE, TransferKind.REFUND])
    )
    return dict(iter(await session.execute(found)))


def booked(kind: TransferKind, subject_ids: Sequence[UUID]) -> ColumnElement[int]:
    """What was booked of one kind about a subject, as a column for the statement of somebody above."""
    total = select(func.coalesce(func.sum(Transfer.amount_minor), 0))
    return total.where(Transfer.subject_id.in_(subject_ids), Transfer.kind == kind).scalar_subquery()


def balances(booked: Mapping[TransferKind, int]) -> dict[Account, int]:
    """The balance of each account by what was booked of each kind: debits less credits."""
    found = dict.fromkeys(Account, 0)
    for kind, amount in booked.items():
        debit, credit = SIDES[kind]
        found[debit] += amount
        found[credit] -= amount
    return found
