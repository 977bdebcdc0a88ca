"""What becomes of jobs and offers of somebody who is erased. What is agreed stays, for the other side of it."""

from typing import Final
from uuid import UUID

from merkato.domains.hiring import queries
from merkato.domains.hiring.models import JobStatus, OfferStatus
from merkato.domains.hiring.service.offering import rescind
from merkato.domains.hiring.service.posting import remove
from merkato.domains.payments import service as payments
from merkato.kit.database import Session

LEFT_AT_ONCE: Final = 100


async def forget(session: Session, account_id: UUID, *, agreed: bool) -> bool:
    """Take back what an account wants from others and offers to them, and remove its words; whether there is more. Safe to repeat.

    With `agreed`, the words of what was agreed and never done go too. Stars and amounts stay: they are the other side's as well.
    """
    await queries.forget_feed_of(session, account_id)
    waiting = await queries.waiting_for(session, account_id, LEFT_AT_ONCE)
    for job_id in waiting:
        await _withdraw(session, account_id, job_id)
    await queries.empty(session, account_id, agreed=agreed)
    await payments.forget(session, await queries.ended_of(session, account_id))
    return len(waiting) == LEFT_AT_ONCE


async def _withdraw(session: Session, account_id: UUID, job_id: UUID) -> None:
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
