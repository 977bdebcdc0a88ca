"""How what workers have earned, and were paid out, is added up and listed."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from merkato.domains.hiring.models import Agreement, Balance, Job, Payout
from merkato.domains.hiring.schemas import BalanceView, EarningView, JobNamed
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging


async def earn(session: Session, worker_id: UUID, currency: str, amount: int) -> None:
    """Raise what a worker has earned, in one statement, however many jobs of theirs end at once."""
    added = insert(Balance).values(worker_id=worker_id, currency=currency, earned_minor=amount, paid_out_minor=0)
    raised = {"earned_minor": Balance.earned_minor + added.excluded.earned_minor}
    await session.execute(
        added.on_conflict_do_update(index_elements=[Balance.worker_id, Balance.currency], set_=raised)
    )


async def pay_out(session: Session, worker_id: UUID, currency: str, amount: int) -> bool:
    """Whether so much was left of what a worker has earned, and now counts as paid out."""
    sent = update(Balance).where(
        Balance.worker_id == worker_id,
        Balance.currency == currency,
        Balance.paid_out_minor + amount <= Balance.earned_minor,
    )
    sent = sent.values(paid_out_minor=Balance.paid_out_minor + amount)
    sent = sent.returning(Balance.worker_id).execution_options(synchronize_session=False)
    return await session.scalar(sent) is not None


async def balance(session: Session, worker_id: UUID, currency: str) -> int:
    """What a worker has earned in a currency and was not paid out."""
    left = select(Balance.earned_minor - Balance.paid_out_minor)
    return await session.scalar(left.where(Balance.worker_id == worker_id, Balance.currency == currency)) or 0


async def balances(session: Session, worker_id: UUID) -> list[BalanceView]:
    """Of each currency in which a worker has earned anything."""
    found = select(Balance).where(Balance.worker_id == worker_id).order_by(Balance.currency)
    return [BalanceView.model_validate(each) for each in await session.scalars(found)]


async def earnings(session: Session, worker_id: UUID, paging: Paging) -> tuple[list[EarningView], str | None]:
    """What a worker has earned by which job, the newest first."""
    found = select(Agreement, Job.title).join(Job, Job.id == Agreement.job_id)
    found = found.where(Agreement.worker_id == worker_id, Agreement.earned_minor > 0)
    newest = (Key(Agreement.ended_at, descending=True), Key(Agreement.id, descending=True))
    rows, cursor = await paging.fetch(session, found, *newest)
    return [_view(*row) for row in rows], cursor


def _view(agreement: Agreement, title: str) -> EarningView:
    return EarningView(
        job=JobNamed(id=agreement.job_id, title=title),
        offer_id=agreement.id,
        amount=agreement.earned_minor,
        fee=agreement.amount_minor - agreement.returned_minor - agreement.earned_minor,
        currency=agreement.currency,
        earned_at=agreement.ended_at or agreement.updated_at,
    )


async def payouts(session: Session, worker_id: UUID | None, paging: Paging) -> tuple[list[Payout], str | None]:
    """What was paid out to a worker, or to anybody, the newest first."""
    found = select(Payout)
    if worker_id is not None:
        found = found.where(Payout.worker_id == worker_id)
    return await paging.fetch(session, found, Key(Payout.id, descending=True))
