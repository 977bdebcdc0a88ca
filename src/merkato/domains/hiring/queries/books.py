"""The books proved against agreements on work, and against what workers have earned and were paid out."""

from typing import Final

from sqlalchemy import and_, case, func, select

from merkato.domains.hiring.models import Agreement, AgreementState, Balance, Payout
from merkato.domains.ledger.models import Account, Transfer, TransferKind
from merkato.domains.ledger.queries.proving import NO_ORDER, Compared, Comparisons, sums
from merkato.domains.payments.models import Attempt, AttemptState

_HELD: Final = {
    TransferKind.WORK_HELD: 1,
    TransferKind.WORK_RELEASED: -1,
    TransferKind.WORK_FEE: -1,
    TransferKind.WORK_RETURNED: -1,
}


def comparisons() -> Comparisons:
    """What of work for hire is compared with the books."""
    return {
        "work paid": ("What was booked as paid for work is what was agreed and taken.", _paid()),
        "work held": ("What is held for workers is what was paid and is not divided yet.", _held()),
        "work returned": ("What ended agreements gave back is what they say.", _parts(TransferKind.WORK_RETURNED)),
        "work released": (
            "What ended agreements gave to workers is what they say.",
            _parts(TransferKind.WORK_RELEASED),
        ),
        "earnings": ("What each worker has earned is the sum over their agreements.", _earnings()),
        "payouts": ("What each worker was paid out is the sum over their payouts.", _payouts()),
        "payables": ("What each worker is owed by the books is their balance.", _payables()),
    }


def _paid() -> Compared:
    booked = sums({TransferKind.WORK_HELD: 1}, Transfer.cause_id.expression)
    taken = select(func.coalesce(func.sum(Attempt.captured_minor), 0)).where(
        Attempt.payable_id == Agreement.id,
        Attempt.state == AttemptState.CAPTURED,
        Attempt.captured_minor == Agreement.amount_minor,
    )
    expected = case((Agreement.paid_at.is_not(None), func.least(Agreement.amount_minor, taken.scalar_subquery())))
    return (
        select(
            NO_ORDER,
            func.coalesce(Agreement.id, booked.c.id).label("subject_id"),
            func.coalesce(expected, 0).label("expected"),
            func.coalesce(booked.c.amount, 0).label("found"),
        )
        .select_from(Agreement)
        .join(booked, booked.c.id == Agreement.id, full=True)
    )


def _held() -> Compared:
    booked = sums(_HELD, Transfer.subject_id.expression)
    expected = case((Agreement.state == AgreementState.PAID, Agreement.amount_minor), else_=0)
    return (
        select(
            NO_ORDER,
            func.coalesce(Agreement.id, booked.c.id).label("subject_id"),
            expected.label("expected"),
            func.coalesce(booked.c.amount, 0).label("found"),
        )
        .select_from(Agreement)
        .join(booked, booked.c.id == Agreement.id, full=True)
    )


def _parts(kind: TransferKind) -> Compared:
    booked = sums({kind: 1}, Transfer.cause_id.expression)
    said = Agreement.returned_minor if kind is TransferKind.WORK_RETURNED else Agreement.earned_minor
    return (
        select(
            NO_ORDER,
            Agreement.id.label("subject_id"),
            said.label("expected"),
            func.coalesce(booked.c.amount, 0).label("found"),
        )
        .select_from(Agreement)
        .outerjoin(booked, booked.c.id == Agreement.id)
    )


def _earnings() -> Compared:
    earned = (
        select(Agreement.worker_id, Agreement.currency, func.sum(Agreement.earned_minor).label("amount"))
        .where(Agreement.earned_minor > 0)
        .group_by(Agreement.worker_id, Agreement.currency)
        .cte()
    )
    same = and_(earned.c.worker_id == Balance.worker_id, earned.c.currency == Balance.currency)
    return (
        select(
            NO_ORDER,
            func.coalesce(Balance.worker_id, earned.c.worker_id).label("subject_id"),
            func.coalesce(earned.c.amount, 0).label("expected"),
            func.coalesce(Balance.earned_minor, 0).label("found"),
        )
        .select_from(Balance)
        .join(earned, same, full=True)
    )


def _payouts() -> Compared:
    sent = (
        select(Payout.worker_id, Payout.currency, func.sum(Payout.amount_minor).label("amount"))
        .group_by(Payout.worker_id, Payout.currency)
        .cte()
    )
    same = and_(sent.c.worker_id == Balance.worker_id, sent.c.currency == Balance.currency)
    return (
        select(
            NO_ORDER,
            func.coalesce(Balance.worker_id, sent.c.worker_id).label("subject_id"),
            func.coalesce(sent.c.amount, 0).label("expected"),
            func.coalesce(Balance.paid_out_minor, 0).label("found"),
        )
        .select_from(Balance)
        .join(sent, same, full=True)
    )


def _payables() -> Compared:
    """Transfers name no worker: their subject does, an agreement or a payout."""
    worker = func.coalesce(Agreement.worker_id, Payout.worker_id)
    owed = case((Transfer.credit == Account.WORKERS_PAYABLE, Transfer.amount_minor), else_=-Transfer.amount_minor)
    booked = (
        select(worker.label("worker_id"), Transfer.currency, func.sum(owed).label("amount"))
        .select_from(Transfer)
        .outerjoin(Agreement, Agreement.id == Transfer.subject_id)
        .outerjoin(Payout, Payout.id == Transfer.subject_id)
        .where((Transfer.credit == Account.WORKERS_PAYABLE) | (Transfer.debit == Account.WORKERS_PAYABLE))
        .group_by(worker, Transfer.currency)
        .cte()
    )
    same = and_(booked.c.worker_id == Balance.worker_id, booked.c.currency == Balance.currency)
    return (
        select(
            NO_ORDER,
            func.coalesce(Balance.worker_id, booked.c.worker_id).label("subject_id"),
            (func.coalesce(Balance.earned_minor, 0) - func.coalesce(Balance.paid_out_minor, 0)).label("expected"),
            func.coalesce(booked.c.amount, 0).label("found"),
        )
        .select_from(Balance)
        .join(booked, same, full=True)
    )
