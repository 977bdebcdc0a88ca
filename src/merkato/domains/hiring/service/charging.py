"""The transactions around the payment of a job: the attempt is written before it, and what became of it after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from merkato.domains.hiring import queries
from merkato.domains.hiring.errors import JobNotAssigned, NotPaidHere
from merkato.domains.hiring.events import OfferLapsed
from merkato.domains.hiring.models import Agreement, AgreementState, Job, JobStatus
from merkato.domains.hiring.service.agreeing import call_off, hold
from merkato.domains.hiring.service.deciding import reopen
from merkato.domains.hiring.service.finishing import finish, leave_outside
from merkato.domains.payments import queries as payment_queries
from merkato.domains.payments import service as payments
from merkato.domains.payments.errors import AlreadyPaid, PaymentUnderWay
from merkato.domains.payments.models import Attempt, AttemptState, Outcome
from merkato.domains.payments.providers.provider import Providers, chosen
from merkato.domains.payments.schemas import PaymentDraft
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.events import publish
from merkato.settings import Settings

ABANDONED: Final = timedelta(seconds=30)
"""A payment that nobody has moved for so long is taken over by the sweep."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a provider has said of a payment attempt."""

    attempt_id: UUID
    outcome: Outcome


async def begin(
    session: Session, job: Job, payment: PaymentDraft, *, providers: Providers, settings: Settings
) -> Agreement:
    """Start to get the money for a locked job; what was agreed about it.

    Raises JobNotAssigned, NotPaidHere, AlreadyPaid, PaymentUnderWay, and Invalid for a payment that no provider takes.
    """
    agreement = await queries.newest(session, job.id)
    if agreement is not None and agreement.state in {AgreementState.PAID, AgreementState.RELEASED}:
        raise AlreadyPaid
    if agreement is None or job.status != JobStatus.ASSIGNED:
        raise JobNotAssigned
    if agreement.state == AgreementState.OUTSIDE or not settings.hiring_payments:
        raise NotPaidHere
    if agreement.state == AgreementState.PENDING:
        raise PaymentUnderWay
    if agreement.overdue(clock.now()):
        raise JobNotAssigned("The time to pay for it is over.")
    await payments.start(session, agreement.id, chosen(providers, payment), agreement.amount_minor, agreement.currency)
    agreement.become(AgreementState.PENDING)
    agreement.sweep_at = clock.now() + ABANDONED
    await session.flush()
    return agreement


async def advance(
    session: Session, agreement_id: UUID, *, settings: Settings, heard: Heard | None = None
) -> list[UUID]:
    """Bring an agreement up to what its payments say and what the time asks for; the reversals still to be carried out. Safe to repeat.

    Money that comes after the agreement has ended is given back.
    """
    agreement = await queries.agreement(session, agreement_id)
    if agreement is None:
        return []
    job = await queries.job(session, agreement.job_id, lock=True)
    agreement = await queries.agreement(session, agreement_id, lock=True)
    if job is None or agreement is None:
        return []
    if heard is not None:
        await payments.record(session, heard.attempt_id, heard.outcome)
    attempt = await payment_queries.latest_attempt(session, [agreement.id])
    if attempt is not None and agreement.state == AgreementState.PENDING:
        await _follow(session, agreement, attempt, settings=settings)
    if agreement.state == AgreementState.UNPAID and agreement.overdue(clock.now()):
        await _lapse(session, job, agreement, settings=settings)
    if agreement.due(clock.now()):
        await finish(session, job, agreement)
    if agreement.state == AgreementState.CANCELLED and agreement.paid_at is None:
        await payments.plan_reversals(session, [agreement.id], reason="cancelled")
    agreement.sweep_at = _next_look(agreement, attempt)
    await session.flush()
    found = await payment_queries.reversals(session, [agreement.id])
    return [each.id for each in found if each.state == "pending"]


async def _follow(session: Session, agreement: Agreement, attempt: Attempt, *, settings: Settings) -> None:
    """What a payment under way has come to."""
    if attempt.state == AttemptState.CAPTURED and attempt.captured_minor == agreement.amount_minor:
        await hold(session, agreement, settings=settings)
    elif attempt.state == AttemptState.CAPTURED:
        # A provider that takes another amount than it was asked for has not paid the job.
        await payments.plan_reversals(session, [agreement.id], reason="not what was asked for", only=attempt.id)
        agreement.become(AgreementState.UNPAID)
    elif attempt.state not in {AttemptState.PENDING, AttemptState.AUTHORIZED}:
        agreement.become(AgreementState.UNPAID)


async def _lapse(session: Session, job: Job, agreement: Agreement, *, settings: Settings) -> None:
    """Nobody has paid in time: the job is open again. Where jobs are no longer paid through the shop, people pay each other."""
    if job.status != JobStatus.ASSIGNED or not settings.hiring_payments:
        leave_outside(agreement)
        return
    offer = await queries.accepted(session, job.id)
    if offer is None:
        raise LookupError(f"Job {job.id} is assigned to nobody.")
    await call_off(session, agreement)
    await reopen(session, job, offer)
    await publish(session, OfferLapsed(job_id=job.id, offer_id=offer.id))


def _next_look(agreement: Agreement, attempt: Attempt | None) -> datetime | None:
    """When the sweep is to look at it again."""
    open_ = attempt if attempt is not None and attempt.state == AttemptState.PENDING else None
    match AgreementState(agreement.state):
        case AgreementState.UNPAID:
            return agreement.pay_by
        case AgreementState.PAID:
            return agreement.release_at
        case AgreementState.PENDING:
            again = payments.ask_again_at(attempt) if attempt else clock.now()
            ends = agreement.pay_by
            return again if ends is None or ends <= clock.now() else min(again, ends)
        case _:
            return payments.ask_again_at(open_) if open_ else None
