"""The books proved against orders, payments and stock: each proof compares two sets of sums, and names where they differ."""

from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    and_,
    case,
    distinct,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from merkato.domains.inventory.models import Allocation, Hold, Stock
from merkato.domains.ledger.models import SIDES, Transfer, TransferKind
from merkato.domains.ledger.queries.proving import NO_ORDER, Compared, Comparisons, sums
from merkato.domains.orders.models import Order, OrderLine, PaymentStatus
from merkato.domains.payments.models import Attempt, AttemptState, Reversal, ReversalState

_PLACED: Final = {TransferKind.SALE: 1, TransferKind.SHIPPING: 1, TransferKind.TAX: 1, TransferKind.DISCOUNT: -1}
_CREDITED: Final = {
    TransferKind.SALE_CREDITED: 1,
    TransferKind.SHIPPING_CREDITED: 1,
    TransferKind.TAX_CREDITED: 1,
    TransferKind.DISCOUNT_CREDITED: -1,
}


def comparisons() -> Comparisons:
    """What of orders, payments and stock is compared with the books."""
    return {
        "sides": ("Each transfer is between the accounts of its kind.", _sides()),
        "currencies": ("What is booked about one thing is in one currency.", _currencies()),
        "causes": ("Each credit note and fee has a cause.", _causes()),
        "placements": ("What was booked of each order is its total.", _placements()),
        "credit notes": ("No order is credited beyond its total; a cancelled one entirely.", _credit_notes()),
        "captures": ("What was booked of each payment is what its provider took.", _captures()),
        "refunds": ("What was booked of each refund is what was given back.", _refunds()),
        "statuses": ("The payment status of each order follows from its sums.", _statuses()),
        "allocations": ("No order keeps more stock than it still has to send.", _allocations()),
        "reservations": ("What is reserved of each variant is held or allocated.", _reservations()),
    }


def _sides() -> Compared:
    expected = case(
        {kind.value: f"{debit} to {credit}" for kind, (debit, credit) in SIDES.items()}, value=Transfer.kind
    )
    found = Transfer.debit + " to " + Transfer.credit
    named = select(Order.number, Transfer.subject_id, expected.label("expected"), found.label("found"))
    return named.outerjoin(Order, Order.id == Transfer.subject_id).select_from(Transfer)


def _currencies() -> Compared:
    currencies = func.count(distinct(Transfer.currency))
    named = select(NO_ORDER, Transfer.subject_id, literal(1).label("expected"), currencies.label("found"))
    return named.group_by(Transfer.subject_id)


def _causes() -> Compared:
    found = case(
        (Transfer.kind == TransferKind.FEE, Attempt.id.is_not(None)),
        else_=or_(Order.id.is_not(None), Reversal.id.is_not(None)),
    )
    return (
        select(NO_ORDER, Transfer.subject_id, true().label("expected"), found.label("found"))
        .select_from(Transfer)
        .outerjoin(Order, Order.id == Transfer.cause_id)
        .outerjoin(Reversal, Reversal.id == Transfer.cause_id)
        .outerjoin(Attempt, Attempt.id == Transfer.cause_id)
        .where(Transfer.kind.in_([TransferKind.FEE, *_CREDITED]))
    )


def _placements() -> Compared:
    booked = sums(_PLACED, Transfer.cause_id.expression)
    expected = case((Order.placed_at.is_not(None), Order.total_minor), else_=0)
    return _against(booked, expected).select_from(Order).join(booked, booked.c.id == Order.id, full=True)


def _credit_notes() -> Compared:
    booked = sums(_CREDITED, Transfer.subject_id.expression)
    total = case((Order.placed_at.is_not(None), Order.total_minor), else_=0)
    found = func.coalesce(booked.c.amount, 0)
    expected = case((Order.cancelled_at.is_not(None), total), else_=func.least(found, total))
    return _against(booked, expected).select_from(Order).join(booked, booked.c.id == Order.id, full=True)


def _against(booked: CTE, expected: ColumnElement[Any]) -> Compared:
    """What is booked of an order, against what it says itself. What is booked of none is a break."""
    subject = func.coalesce(Order.id, booked.c.id).label("subject_id")
    return select(Order.number, subject, expected.label("expected"), func.coalesce(booked.c.amount, 0).label("found"))


def _captures() -> Compared:
    booked = sums({TransferKind.CAPTURE: 1}, Transfer.cause_id.expression)
    taken = case((Attempt.state == AttemptState.CAPTURED, Attempt.captured_minor), else_=0)
    payables = _payables()
    return (
        select(
            payables.c.number,
            func.coalesce(Attempt.payable_id, booked.c.id).label("subject_id"),
            taken.label("expected"),
            func.coalesce(booked.c.amount, 0).label("found"),
        )
        .select_from(Attempt)
        .join(booked, booked.c.id == Attempt.id, full=True)
        .outerjoin(payables, payables.c.payable_id == Attempt.payable_id)
    )


def _refunds() -> Compared:
    booked = sums({TransferKind.REFUND: 1}, Transfer.cause_id.expression)
    done = and_(Reversal.kind == "refund", Reversal.state == ReversalState.SUCCEEDED)
    payables = _payables()
    return (
        select(
            payables.c.number,
            func.coalesce(Attempt.payable_id, booked.c.id).label("subject_id"),
            case((done, Reversal.amount_minor), else_=0).label("expected"),
            func.coalesce(booked.c.amount, 0).label("found"),
        )
        .select_from(Reversal)
        .join(booked, booked.c.id == Reversal.id, full=True)
        .outerjoin(Attempt, Attempt.id == Reversal.attempt_id)
        .outerjoin(payables, payables.c.payable_id == Attempt.payable_id)
    )


def _payables() -> CTE:
    """Under which ids each order's payments are kept."""
    own = select(Order.id.label("order_id"), Order.number, Order.id.label("payable_id"))
    before = select(Order.id, Order.number, Order.checkout_id).where(Order.checkout_id.is_not(None))
    return union_all(own, before).cte()


def _statuses() -> Compared:
    payables = _payables()
    moved = (
        select(
            payables.c.order_id,
            func.sum(Transfer.amount_minor).filter(Transfer.kind == TransferKind.CAPTURE).label("taken"),
            func.sum(Transfer.amount_minor).filter(Transfer.kind == TransferKind.REFUND).label("given"),
        )
        .join(Transfer, Transfer.subject_id == payables.c.payable_id)
        .group_by(payables.c.order_id)
        .cte()
    )
    states = (AttemptState.AUTHORIZED, AttemptState.PENDING, AttemptState.VOIDED)
    asked = (
        select(payables.c.order_id, *(func.bool_or(Attempt.state == state).label(state.value) for state in states))
        .join(Attempt, Attempt.payable_id == payables.c.payable_id)
        .group_by(payables.c.order_id)
        .cte()
    )
    taken, given = func.coalesce(moved.c.taken, 0), func.coalesce(moved.c.given, 0)
    expected = case(
        (and_(taken > 0, taken - given >= Order.total_minor), PaymentStatus.PAID.value),
        (and_(taken > 0, given == taken), PaymentStatus.REFUNDED.value),
        (and_(taken > 0, given > 0), PaymentStatus.PARTIALLY_REFUNDED.value),
        (taken > 0, PaymentStatus.PARTIALLY_PAID.value),
        (and_(Order.total_minor == 0, Order.placed_at.is_not(None)), PaymentStatus.PAID.value),
        (asked.c.authorized, PaymentStatus.AUTHORIZED.value),
        (asked.c.pending, PaymentStatus.PENDING.value),
        (asked.c.voided, PaymentStatus.VOIDED.value),
        else_=PaymentStatus.UNPAID.value,
    )
    named = select(
        Order.number, Order.id.label("subject_id"), expected.label("expected"), Order.payment_status.label("found")
    )
    return named.outerjoin(moved, moved.c.order_id == Order.id).outerjoin(asked, asked.c.order_id == Order.id)


def _allocations() -> Compared:
    waiting = func.sum(OrderLine.quantity - OrderLine.quantity_cancelled - OrderLine.quantity_fulfilled)
    lines = (
        select(OrderLine.order_id, OrderLine.variant_id, waiting.label("waiting"))
        .group_by(OrderLine.order_id, OrderLine.variant_id)
        .cte()
    )
    expected = func.least(Allocation.quantity, func.coalesce(lines.c.waiting, 0))
    same = and_(lines.c.order_id == Allocation.order_id, lines.c.variant_id == Allocation.variant_id)
    return (
        select(
            Order.number,
            Allocation.variant_id.label("subject_id"),
            expected.label("expected"),
            Allocation.quantity.label("found"),
        )
        .select_from(Allocation)
        .outerjoin(lines, same)
        .outerjoin(Order, Order.id == Allocation.order_id)
    )


def _reservations() -> Compared:
    kept = [
        select(table.variant_id, func.sum(table.quantity).label("quantity")).group_by(table.variant_id).cte()
        for table in (Hold, Allocation)
    ]
    held, allocated = kept
    expected = func.coalesce(held.c.quantity, 0) + func.coalesce(allocated.c.quantity, 0)
    return (
        select(
            NO_ORDER,
            Stock.variant_id.label("subject_id"),
            expected.label("expected"),
            Stock.reserved.label("found"),
        )
        .select_from(Stock)
        .outerjoin(held, held.c.variant_id == Stock.variant_id)
        .outerjoin(allocated, allocated.c.variant_id == Stock.variant_id)
    )
