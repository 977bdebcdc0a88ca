"""How the feed of jobs is written, in the order of commits, and read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from merkato.domains.hiring.models import FeedCounter, FeedEvent, FeedType, Job, JobKind
from merkato.domains.hiring.schemas import FeedEventView, FeedJob, JobCopy
from merkato.domains.identity.models import Profile
from merkato.domains.identity.schemas import ProfileView
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.money import Money
from merkato.kit.paging import Key, Paging

CHANNEL: Final = "merkato_feed"
"""What a commit with events of the feed is told on."""
_NEWEST: Final = Key(FeedEvent.position, descending=True)
_COPIED: Final = set(JobCopy.model_fields) - {"kind", "price"}


def _told() -> Select[FeedEvent, Profile]:
    found = select(FeedEvent, Profile).join(Job, Job.id == FeedEvent.job_id)
    return found.join(Profile, Profile.account_id == Job.owner_id)


def _view(event: FeedEvent, owner: Profile) -> FeedEventView:
    job = FeedJob.model_validate({**event.job, "owner": ProfileView.model_validate(owner)})
    return FeedEventView(id=event.id, type=FeedType(event.type), at=event.at, job=job)


async def copy_of(session: Session, job_id: UUID) -> JobCopy | None:
    """How a job stands now, for those who may not see its offers; None if it was deleted."""
    found = select(Job, JobKind.name).join(JobKind, JobKind.id == Job.kind_id).where(Job.id == job_id)
    row = (await session.execute(found.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        return None
    job, kind = row
    price = Money(amount=job.price_minor, currency=job.currency)
    return JobCopy(**{field: getattr(job, field) for field in _COPIED}, kind=kind, price=price)


async def add_to_feed(session: Session, kind: FeedType, job: JobCopy) -> None:
    """Tell of a job. From here to the COMMIT nobody else does, so that positions become visible in their order.

    The caller has locked the job: nothing is waited for while the counter is held.
    """
    taken = upsert(FeedCounter).values(id=1, last=1, forgotten=0)
    taken = taken.on_conflict_do_update(index_elements=[FeedCounter.id], set_={"last": FeedCounter.last + 1})
    position = (await session.scalars(taken.returning(FeedCounter.last))).one()
    event = insert(FeedEvent).values(
        id=ids.numbered(position),
        position=position,
        type=kind.value,
        job_id=job.id,
        job=job.model_dump(mode="json"),
        at=clock.now(),
    )
    await session.execute(event.returning(func.pg_notify(CHANNEL, "")))


async def feed(session: Session, paging: Paging) -> tuple[list[FeedEventView], str | None]:
    """Newest first."""
    rows, cursor = await paging.fetch(session, _told(), _NEWEST)
    return [_view(*row) for row in rows], cursor


async def feed_after(session: Session, position: int, limit: int) -> list[tuple[int, FeedEventView]]:
    """What was told behind a position, oldest first, with its own."""
    found = _told().where(FeedEvent.position > position).order_by(FeedEvent.position).limit(limit)
    return [(row[0].position, _view(row[0], row[1])) for row in await session.execute(found)]


async def feed_bounds(session: Session) -> tuple[int, int]:
    """The last position that was forgotten, and the last of all."""
    row = (await session.execute(select(FeedCounter.forgotten, FeedCounter.last))).one_or_none()
    return (0, 0) if row is None else (row[0], row[1])


async def forget_feed(session: Session, before: datetime, limit: int) -> int:
    """Delete events that are older, from the oldest on, at most so many at once, and how many."""
    # Older by its position: clocks of several machines may differ a little, and what is forgotten is a beginning of the feed.
    end = select(func.max(FeedEvent.position)).where(FeedEvent.at < before).scalar_subquery()
    old = select(FeedEvent.position).where(FeedEvent.position <= end).order_by(FeedEvent.position).limit(limit)
    gone: Sequence[int] = (
        await session.scalars(
            delete(FeedEvent)
            .where(FeedEvent.position.in_(old))
            .returning(FeedEvent.position)
            .execution_options(synchronize_session=False)
        )
    ).all()
    if gone:
        await session.execute(update(FeedCounter).values(forgotten=max(gone)))
    return len(gone)


async def forget_feed_of(session: Session, owner_id: UUID) -> None:
    """Delete what was told of somebody's jobs."""
    own = select(Job.id).where(Job.owner_id == owner_id)
    gone = delete(FeedEvent).where(FeedEvent.job_id.in_(own))
    await session.execute(gone.execution_options(synchronize_session=False))
