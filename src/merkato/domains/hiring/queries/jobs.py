"""How jobs are found: each list is one statement for the jobs with their owners, one for the offers and one for the agreements that the
reader may see.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, literal, select, update
from sqlalchemy.dialects.postgresql import TSQUERY

from merkato.domains.hiring.models import OFFERS_MAX, Job, JobKind, JobStatus, Offer, OfferStatus
from merkato.domains.hiring.queries.agreements import agreements_shown
from merkato.domains.hiring.queries.offers import offers_shown
from merkato.domains.hiring.schemas import JobsWanted, JobView
from merkato.domains.identity.models import Profile
from merkato.domains.identity.schemas import ProfileView
from merkato.kit import words
from merkato.kit.counting import counted
from merkato.kit.database import Session
from merkato.kit.money import Money
from merkato.kit.paging import Key, Paging

OFFERS_SHOWN: Final = 20
"""Of each job of a list."""
_NEWEST: Final = Key(Job.id, descending=True)
_COPIED: Final = set(JobView.model_fields) - {"kind", "price", "owner", "offers", "agreement"}


def _told() -> Select[Job, str, Profile]:
    found = select(Job, JobKind.name, Profile).join(JobKind, JobKind.id == Job.kind_id)
    return found.join(Profile, Profile.account_id == Job.owner_id).execution_options(populate_existing=True)


async def _views(session: Session, rows: Sequence[Any], viewer_id: UUID, *, shown: int) -> list[JobView]:
    job_ids = [row[0].id for row in rows]
    offers = await offers_shown(session, job_ids, viewer_id, each=shown)
    agreed = await agreements_shown(session, job_ids, viewer_id)
    return [
        JobView(
            **{field: getattr(job, field) for field in _COPIED},
            kind=kind,
            price=Money(amount=job.price_minor, currency=job.currency),
            owner=ProfileView.model_validate(owner),
            offers=offers.get(job.id, []),
            agreement=agreed.get(job.id),
        )
        for job, kind, owner in rows
    ]


async def job(session: Session, job_id: UUID, *, lock: bool = False) -> Job | None:
    """As it stands now."""
    found = select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
    return await session.scalar(found.with_for_update(key_share=True) if lock else found)


async def job_view(session: Session, job_id: UUID, viewer_id: UUID) -> JobView | None:
    """One job, with all the offers that this reader may see."""
    rows = (await session.execute(_told().where(Job.id == job_id))).all()
    return next(iter(await _views(session, rows, viewer_id, shown=OFFERS_MAX)), None)


async def jobs_of(
    session: Session, bound: ColumnElement[bool], viewer_id: UUID, paging: Paging
) -> tuple[list[JobView], str | None]:
    """Jobs within a bound, newest first."""
    rows, cursor = await paging.fetch(session, _told().where(bound), _NEWEST)
    return await _views(session, rows, viewer_id, shown=OFFERS_SHOWN), cursor


async def open_jobs(
    session: Session, wanted: JobsWanted, viewer_id: UUID, paging: Paging, *, currency: str
) -> tuple[list[JobView], str | None]:
    """Open jobs that fit, newest first. Prices are compared in `currency` unless another is wanted."""
    return await jobs_of(session, _fitting(wanted, currency), viewer_id, paging)


def _fitting(wanted: JobsWanted, currency: str) -> ColumnElement[bool]:
    fits = Job.status == JobStatus.OPEN.value
    if wanted.q is not None:
        query = words.query(wanted.q)
        # A text without a single word fits nothing.
        fits &= Job.document.op("@@", is_comparison=True)(literal(query, TSQUERY)) if query else false()
    if wanted.kind is not None:
        fits &= JobKind.name == wanted.kind
    if wanted.price_unit is not None:
        fits &= Job.price_unit == wanted.price_unit.value
    if wanted.place is not None:
        fits &= Job.place.icontains(wanted.place, autoescape=True)
    if wanted.currency or wanted.min_price is not None or wanted.max_price is not None:
        fits &= Job.currency == (wanted.currency or currency)
    if wanted.min_price is not None:
        fits &= Job.price_minor >= wanted.min_price
    if wanted.max_price is not None:
        fits &= Job.price_minor <= wanted.max_price
    return fits


async def count_open(session: Session, account_id: UUID) -> int:
    """How many open jobs an account has."""
    found = select(func.count()).where(Job.owner_id == account_id, Job.status == JobStatus.OPEN.value)
    return await session.scalar(found) or 0


async def waiting_for(session: Session, account_id: UUID, limit: int) -> list[UUID]:
    """The open jobs of an account, and those on which it has a pending offer, in key order."""
    own = select(Job.id).where(Job.owner_id == account_id, Job.status == JobStatus.OPEN.value)
    offered = select(Offer.job_id).where(Offer.author_id == account_id, Offer.status == OfferStatus.PENDING.value)
    both = own.union(offered).subquery()
    return list(await session.scalars(select(both.c.id).order_by(both.c.id).limit(limit)))


async def count_offers(session: Session, job_id: UUID, more: int) -> None:
    """Count offers up or down. For its readers, that is no change of the job."""
    counted = update(Job).where(Job.id == job_id)
    await session.execute(counted.values(offers_total=Job.offers_total + more, updated_at=Job.updated_at))


async def open_count(session: Session) -> int:
    """How many jobs are open."""
    # Written out, because the index that holds just these is found by it.
    found = await counted(session, [Job.status], Job.status == literal(JobStatus.OPEN.value, literal_execute=True))
    return sum(found.values())
