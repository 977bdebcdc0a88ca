"""How agreements are found, and taken in hand by the sweep."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from merkato.domains.hiring.models import Agreement
from merkato.domains.hiring.schemas import AgreementView
from merkato.kit.database import Session

SWEPT_AT_ONCE: Final = 50


async def agreement(session: Session, agreement_id: UUID, *, lock: bool = False) -> Agreement | None:
    """As it stands now."""
    found = select(Agreement).where(Agreement.id == agreement_id).execution_options(populate_existing=True)
    return await session.scalar(found.with_for_update() if lock else found)


async def agreements(session: Session, job_id: UUID) -> list[Agreement]:
    """What was agreed about a job, the newest first. All but the first have ended."""
    found = select(Agreement).where(Agreement.job_id == job_id).execution_options(populate_existing=True)
    return list(await session.scalars(found.order_by(Agreement.created_at.desc(), Agreement.id.desc())))


async def newest(session: Session, job_id: UUID) -> Agreement | None:
    """What was agreed last about a job."""
    return next(iter(await agreements(session, job_id)), None)


async def ended_of(session: Session, owner_id: UUID) -> list[UUID]:
    """What somebody has paid for, or was to pay for, and is over."""
    found = select(Agreement.id).where(Agreement.owner_id == owner_id, Agreement.ended_at.is_not(None))
    return list(await session.scalars(found))


async def agreements_shown(session: Session, job_ids: Sequence[UUID], viewer_id: UUID) -> dict[UUID, AgreementView]:
    """The newest agreement of each job that this reader has a part in, in one statement however many jobs there are."""
    if not job_ids:
        return {}
    found = (
        select(Agreement)
        .ext(distinct_on(Agreement.job_id))
        .where(Agreement.job_id == any_(literal(list(job_ids), ARRAY(Uuid))))
        .where(or_(Agreement.owner_id == viewer_id, Agreement.worker_id == viewer_id))
        .order_by(Agreement.job_id, Agreement.created_at.desc(), Agreement.id.desc())
        .execution_options(populate_existing=True)
    )
    return {each.job_id: AgreementView.model_validate(each) for each in await session.scalars(found)}


async def lease_due(session: Session, moment: datetime, lease: timedelta) -> list[UUID]:
    """Agreements that are to be looked at now; nobody else's sweep gets them before the lease is over."""
    due = (
        select(Agreement.id)
        .where(Agreement.sweep_at <= moment)
        .order_by(Agreement.sweep_at)
        .limit(SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    # For whoever reads it, being looked at is no change.
    taken = update(Agreement).where(Agreement.id.in_(due.scalar_subquery()))
    taken = taken.values(sweep_at=moment + lease, updated_at=Agreement.updated_at)
    return list(await session.scalars(taken.returning(Agreement.id).execution_options(synchronize_session=False)))
