"""Offers are accepted, rejected and cancelled. Of each job at most one is accepted."""

from merkato.domains.hiring import queries
from merkato.domains.hiring.errors import OfferExpired, OfferNotAccepted, OfferNotPending
from merkato.domains.hiring.events import OfferAccepted, OfferCancelled, OfferRejected
from merkato.domains.hiring.models import Job, JobStatus, Offer, OfferStatus
from merkato.domains.hiring.schemas import OfferView
from merkato.domains.hiring.service import announcing
from merkato.domains.hiring.service.agreeing import agree, call_off
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.events import publish
from merkato.settings import Settings


async def accept(session: Session, job: Job, offer: Offer, *, settings: Settings) -> OfferView:
    """The owner takes a pending offer on its terms; the others that are pending are rejected for its sake.

    Raises OfferNotPending, OfferExpired.
    """
    if offer.status != OfferStatus.PENDING:
        raise OfferNotPending
    if offer.expired(clock.now()):
        raise OfferExpired
    offer.become(OfferStatus.ACCEPTED)
    job.become(JobStatus.ASSIGNED)
    await announcing.changed(session, job)
    await queries.reject_others(session, job.id, rejected_for=offer.id)
    await agree(session, job, offer, settings=settings)
    await publish(session, OfferAccepted(job_id=job.id, offer_id=offer.id))
    return await queries.offer_view(session, offer.id)


async def reject(session: Session, job: Job, offer: Offer) -> OfferView:
    """The owner does not want a pending offer, whatever becomes of the others. Raises OfferNotPending."""
    if offer.status != OfferStatus.PENDING:
        raise OfferNotPending
    offer.become(OfferStatus.REJECTED)
    await session.flush()
    await publish(session, OfferRejected(job_id=job.id, offer_id=offer.id))
    return await queries.offer_view(session, offer.id)


async def cancel_offer(session: Session, job: Job, offer: Offer) -> None:
    """Its author will not do the job after all: it is open again, and what was paid is given back. Raises OfferNotAccepted."""
    if offer.status != OfferStatus.ACCEPTED or job.status != JobStatus.ASSIGNED:
        raise OfferNotAccepted
    await reopen(session, job, offer)
    await publish(session, OfferCancelled(job_id=job.id, offer_id=offer.id))
    agreement = await queries.agreement(session, offer.id)
    if agreement is not None:
        await call_off(session, agreement)


async def reopen(session: Session, job: Job, offer: Offer) -> None:
    """An accepted offer is cancelled and its job open again, for those whom the acceptance had rejected."""
    offer.become(OfferStatus.CANCELLED)
    job.become(JobStatus.OPEN)
    await announcing.changed(session, job)
    await queries.reopen(session, job.id, rejected_for=offer.id)
