"""The one place where jobs come to be, change and go: every change of what a job says or where it stands is told here.

An offer that comes or goes is no change of its job.
"""

from functools import partial
from uuid import UUID

from merkato.domains.hiring import queries
from merkato.domains.hiring.events import JobCreated, JobRemoved, JobUpdated
from merkato.domains.hiring.models import FeedType, Job
from merkato.kit.database import Session, at_the_end
from merkato.kit.events import publish


async def created(session: Session, job: Job) -> None:
    """Write a new job, and tell of it."""
    session.add(job)
    await session.flush()
    await publish(session, JobCreated(job_id=job.id))
    at_the_end(session, partial(_feed, FeedType.CREATED, job.id))


async def changed(session: Session, job: Job) -> None:
    """Write what was changed of a locked job, and tell of it."""
    await session.flush()
    await publish(session, JobUpdated(job_id=job.id))
    at_the_end(session, partial(_feed, FeedType.UPDATED, job.id))


async def removed(session: Session, job: Job) -> None:
    """Delete a locked job, and with it what the feed tells of it; tell of that."""
    await session.delete(job)
    await session.flush()
    await publish(session, JobRemoved(job_id=job.id))


async def _feed(kind: FeedType, job_id: UUID, session: Session) -> None:
    """Tell the feed how a job stands at the end of the transaction: all who tell it something wait for each other from here on."""
    copy = await queries.copy_of(session, job_id)
    if copy is not None:
        await queries.add_to_feed(session, kind, copy)
