"""The one place where jobs come to be, change and go: every change of what a job says or where it stands is told here.

An offer that comes or goes is no change of its job.
"""

from merkato.domains.hiring.events import JobCreated, JobRemoved, JobUpdated
from merkato.domains.hiring.models import Job
from merkato.kit.database import Session
from merkato.kit.events import publish


async def created(session: Session, job: Job) -> None:
    """Write a new job, and tell of it."""
    session.add(job)
    await session.flush()
    await publish(session, JobCreated(job_id=job.id))


async def changed(session: Session, job: Job) -> None:
    """Write what was changed of a locked job, and tell of it."""
    await session.flush()
    await publish(session, JobUpdated(job_id=job.id))


async def removed(session: Session, job: Job) -> None:
    """Delete a locked job, and tell of it."""
    await session.delete(job)
    await session.flush()
    await publish(session, JobRemoved(job_id=job.id))
