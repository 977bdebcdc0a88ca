"""The money of an acceptance: its terms are frozen with it, it is held once it is paid, and it is divided once, in the end."""

from datetime import UTC, datetime, time, timedelta
from fractions import Fraction

from merkato.domains.hiring import queries
from merkato.domains.hiring.events import JobPaid, JobReleased
from merkato.domains.hiring.models import Agreement, AgreementState, Job, Offer
from merkato.domains.ledger import service as ledger
from merkato.domains.ledger.models import TransferKind
from merkato.domains.payments import service as payments
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.events import publish
from merkato.kit.money import rounded
from merkato.settings import Settings


async def agree(session: Session, job: Job, offer: Offer, *, settings: Settings) -> None:
    """Freeze the terms of an offer that is being accepted. What is frozen here no setting changes later."""
    moment, amount = clock.now(), offer.amount_minor
    starts_at = _start(job, moment)
    agreement = Agreement(
        id=offer.id,
        job_id=job.id,
        owner_id=job.owner_id,
        worker_id=offer.author_id,
        state=AgreementState.OUTSIDE.value,
        amount_minor=amount,
        fee_minor=rounded(Fraction(settings.platform_fee) * amount),
        late_minor=0,
        currency=offer.currency,
        starts_at=starts_at,
    )
    if settings.hiring_payments and amount:
        agreement.state = AgreementState.UNPAID.value
        agreement.pay_by = agreement.sweep_at = moment + timedelta(hours=settings.hiring_pay_hours)
        if starts_at is not None:
            agreement.cancel_by = starts_at - timedelta(hours=settings.hiring_cancel_hours)
            agreement.late_minor = rounded(Fraction(settings.hiring_late_share) * amount)
    session.add(agreement)
    await session.flush()


def _start(job: Job, moment: datetime) -> datetime | None:
    """When the first of the wished days begins that is not over; None if there is none."""
    left = [day for day in job.wished_on if day >= moment.date()]
    return datetime.combine(min(left), time(), UTC) if left else None


async def hold(session: Session, agreement: Agreement, *, settings: Settings) -> None:
    """The money was taken: it is held for the worker."""
    moment = clock.now()
    agreement.become(AgreementState.PAID)
    agreement.paid_at = moment
    agreement.release_at = max(moment, agreement.starts_at or moment) + timedelta(days=settings.hiring_release_days)
    await ledger.book(
        session, agreement.id, agreement.id, agreement.currency, {TransferKind.WORK_HELD: agreement.amount_minor}
    )
    await session.flush()
    await publish(session, JobPaid(job_id=agreement.job_id, offer_id=agreement.id))


async def release(session: Session, agreement: Agreement) -> None:
    """The work is done: all that is held goes to the worker, less the fee."""
    await _divide(session, agreement, AgreementState.RELEASED, kept=agreement.amount_minor)


async def call_off(session: Session, agreement: Agreement, *, late: bool = False) -> None:
    """There will be no work: what is held is given back, but for `late_minor` when its owner comes `late`.

    The provider is asked afterwards. A payment that is under way is closed there, or given back when it comes.
    """
    if agreement.state == AgreementState.PAID:
        await _divide(session, agreement, AgreementState.CANCELLED, kept=agreement.late_minor if late else 0)
        return
    under_way = agreement.state == AgreementState.PENDING
    agreement.become(AgreementState.CANCELLED)
    agreement.ended_at, agreement.sweep_at = clock.now(), clock.now() if under_way else None
    await session.flush()


async def _divide(session: Session, agreement: Agreement, state: AgreementState, *, kept: int) -> None:
    """Between the worker and the shop, who share what is `kept`, and the owner, who gets the rest. The parts sum to the amount."""
    fee, returned = agreement.fee_of(kept), agreement.amount_minor - kept
    agreement.become(state)
    agreement.earned_minor, agreement.returned_minor = kept - fee, returned
    agreement.ended_at, agreement.sweep_at = clock.now(), None
    await session.flush()
    parts = {TransferKind.WORK_RELEASED: kept - fee, TransferKind.WORK_FEE: fee, TransferKind.WORK_RETURNED: returned}
    await ledger.book(session, agreement.id, agreement.id, agreement.currency, parts)
    if returned:
        await payments.plan_refund(session, [agreement.id], returned, reason="cancelled")
    if kept:
        await publish(session, JobReleased(job_id=agreement.job_id, offer_id=agreement.id))
        # Last, for those whose jobs for one worker end at once wait for each other here.
        await queries.earn(session, agreement.worker_id, agreement.currency, kept - fee)
