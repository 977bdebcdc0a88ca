"""Jobs are done and cancelled, and their money goes where it belongs."""

from merkato.domains.hiring import queries
from merkato.domains.hiring.errors import JobNotAssigned, NotPaid, TooLateToCancelJob
from merkato.domains.hiring.events import JobCancelled, JobCompleted
from merkato.domains.hiring.models import (
    JOB_TRANSITIONS,
    Agreement,
    AgreementState,
    Job,
    JobStatus,
    OfferStatus,
)
from merkato.domains.hiring.service import announcing
from merkato.domains.hiring.service.agreeing import call_off, release
from merkato.domains.payments.errors import PaymentUnderWay
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.events import publish
from merkato.settings import Settings


async def complete(session: Session, job: Job, *, settings: Settings) -> None:
    """The owner says that a locked job is done: the worker gets the money. One that was evaluated before is released all the same.

    Raises JobNotAssigned, NotPaid, PaymentUnderWay.
    """
    agreement = await queries.newest(session, job.id)
    if job.status != JobStatus.ASSIGNED and not _held(job, agreement):
        raise JobNotAssigned
    if agreement is not None and agreement.state == AgreementState.PENDING:
        raise PaymentUnderWay
    if agreement is not None and agreement.state == AgreementState.UNPAID:
        if settings.hiring_payments:
            raise NotPaid
        leave_outside(agreement)
    await finish(session, job, agreement)


async def finish(session: Session, job: Job, agreement: Agreement | None) -> None:
    """The job is done, because its owner says so or has let the time for it pass: what is held goes to the worker."""
    offer = await queries.accepted(session, job.id)
    if job.status == JobStatus.ASSIGNED:
        job.become(JobStatus.DONE)
        await announcing.changed(session, job)
        if offer is not None:
            await publish(session, JobCompleted(job_id=job.id, offer_id=offer.id))
    if agreement is not None and agreement.state == AgreementState.PAID:
        await release(session, agreement)


async def cancel(session: Session, job: Job) -> None:
    """The owner no longer wants a locked job, whether somebody was to do it or not. What is held is given back by rule.

    Money of a job that was evaluated without being done can still be asked back; the job stays closed. Raises TooLateToCancelJob.
    """
    agreement = await queries.newest(session, job.id)
    if _held(job, agreement) and job.status == JobStatus.CLOSED:
        await _give_back(session, agreement)
        return
    if JobStatus.CANCELLED not in JOB_TRANSITIONS[JobStatus(job.status)]:
        raise TooLateToCancelJob
    await close(session, job)
    await _give_back(session, agreement)


async def close(session: Session, job: Job) -> None:
    """With a job its accepted offer is cancelled, and what is pending is rejected for good."""
    offer = await queries.accepted(session, job.id)
    if offer is not None:
        offer.become(OfferStatus.CANCELLED)
    job.become(JobStatus.CANCELLED)
    await announcing.changed(session, job)
    await queries.reject_others(session, job.id, rejected_for=None)
    if offer is not None:
        await publish(session, JobCancelled(job_id=job.id, offer_id=offer.id))


async def _give_back(session: Session, agreement: Agreement | None) -> None:
    if agreement is not None and agreement.ended_at is None:
        await call_off(session, agreement, late=agreement.late(clock.now()))


def leave_outside(agreement: Agreement) -> None:
    """The job is over and was not paid through the shop: nobody is asked for the money any more."""
    agreement.become(AgreementState.OUTSIDE)
    agreement.sweep_at = None


def _held(job: Job, agreement: Agreement | None) -> bool:
    """Whether the job is closed while its money is still held: an evaluation moves none."""
    return job.status == JobStatus.CLOSED and agreement is not None and agreement.state == AgreementState.PAID
