"""What becomes of jobs and offers whose account was deleted. What is agreed stays, for the other side of it."""

from uuid import UUID

from merkato.domains.hiring import queries
from merkato.domains.hiring.models import JobStatus, OfferStatus
from merkato.domains.hiring.service.offering import rescind
from merkato.domains.hiring.service.posting import remove
from merkato.kit.database import Session


async def waiting_for(session: Session, account_id: UUID) -> list[UUID]:
    """The open jobs of an account, and those on which it has a pending offer."""
    return await queries.waiting_for(session, account_id)


async def withdraw(session: Session, account_id: UUID, job_id: UUID) -> None:
    """Take back what an account wants from others, or offers to them, by this job. Again, it changes nothing."""
    job = await queries.job(session, job_id, lock=True)
    if job is None:
        return
    if job.owner_id == account_id:
        if job.status == JobStatus.OPEN:
            await remove(session, job)
        return
    offer = await queries.offer_by(session, job_id, account_id)
    if offer is not None and offer.status == OfferStatus.PENDING:
        await rescind(session, job, offer)
