"""What does not fit together between payments and what they pay for: one statement for each kind, of the subject's id and the figures to show."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import aliased

from merkato.domains.checkout.models import PAYING, Checkout
from merkato.domains.hiring.models import Agreement, AgreementState
from merkato.domains.orders.models import Order
from merkato.domains.payments.models import Attempt, AttemptState, Reversal, ReversalState
from merkato.domains.reconciliation.models import LONG, QUIET
from merkato.domains.reconciliation.schemas import Look

Statement = Select[*tuple[Any, ...]]
_HOLDING: Final = (AttemptState.AUTHORIZED, AttemptState.CAPTURED)


def money_without_order(look: Look) -> Statement:
    """Reserved or taken money that is not being given back, has no living order or agreement, and is not being completed into an order."""
    completing = select(Checkout.id).where(
        Checkout.id == Attempt.payable_id, Checkout.attempt_id == Attempt.id, Checkout.status.in_(PAYING)
    )
    return select(
        Attempt.id,
        Attempt.payable_id.label("payable_id"),
        _kept().label("amount"),
        Attempt.currency.label("currency"),
    ).where(
        Attempt.state.in_(_HOLDING),
        Attempt.updated_at <= look.moment - QUIET,
        _kept() > 0,
        ~_living_order().exists(),
        ~_agreed().exists(),
        ~completing.exists(),
    )


def paid_not_placed(look: Look) -> Statement:
    """Reserved or taken money of living orders that should have been placed for it."""
    placed = _living_order().where(Order.placed_at.is_not(None))
    return _attempts().where(
        Attempt.state.in_(_HOLDING),
        Attempt.updated_at <= look.moment - QUIET,
        _kept() > 0,
        _living_order().exists(),
        ~placed.exists(),
    )


def order_without_money(look: Look) -> Statement:
    """Placed orders that cost something, without a payment that is under way or good."""
    paid = select(Attempt.id).where(_pays_for(), Attempt.state.in_([AttemptState.PENDING, *_HOLDING]))
    return select(Order.id, Order.total_minor.label("total"), Order.currency.label("currency")).where(
        Order.placed_at <= look.moment - QUIET, Order.cancelled_at.is_(None), Order.total_minor > 0, ~paid.exists()
    )


def paid_too_much(look: Look) -> Statement:
    """Orders for which more is kept than they cost."""
    kept = select(func.coalesce(func.sum(_kept()), 0)).where(_pays_for(), Attempt.state == AttemptState.CAPTURED)
    taken = kept.scalar_subquery()
    return select(
        Order.id, Order.total_minor.label("total"), taken.label("kept"), Order.currency.label("currency")
    ).where(Order.updated_at <= look.moment - QUIET, Order.cancelled_at.is_(None), taken > Order.total_minor)


def refund_failed(_look: Look) -> Statement:
    """Refused refunds that no later one makes up for."""
    later = aliased(Reversal)
    made_up = select(later.id).where(
        later.attempt_id == Reversal.attempt_id,
        later.id > Reversal.id,
        later.state == ReversalState.SUCCEEDED,
        later.amount_minor >= Reversal.amount_minor,
    )
    return _reversals().where(Reversal.state == ReversalState.FAILED, ~made_up.exists())


def reversal_stuck(look: Look) -> Statement:
    """Voids and refunds that were decided long ago and not carried out."""
    return _reversals().where(Reversal.state == ReversalState.PENDING, Reversal.created_at <= look.moment - LONG)


def capture_stuck(look: Look) -> Statement:
    """Reserved money of living orders, or of agreements on work, that should have been taken."""
    due = (Attempt.state == AttemptState.AUTHORIZED, Attempt.updated_at <= look.moment - LONG, _kept() > 0)
    orders = _living_order().exists() if look.captures else false()
    wanted = and_(*due, or_(orders, _agreed().exists()))
    return _attempts().where(wanted)


def payment_stuck(look: Look) -> Statement:
    """Payments that have been under way for longer than anything is held for them."""
    return _attempts().where(
        Attempt.state == AttemptState.PENDING, Attempt.created_at <= look.moment - LONG - look.longest_payment
    )


def _kept() -> ColumnElement[int]:
    """What of an attempt's money is neither given back nor about to be. A void gives back all there is."""
    back = select(func.coalesce(func.sum(Reversal.amount_minor), 0)).where(
        Reversal.attempt_id == Attempt.id, Reversal.state != ReversalState.FAILED
    )
    held = case((Attempt.state == AttemptState.AUTHORIZED, Attempt.amount_minor), else_=Attempt.captured_minor)
    return held - back.correlate(Attempt).scalar_subquery()


def _living_order() -> Statement:
    """The order that an attempt pays for, unless it is cancelled."""
    return select(Order.id).where(_pays_for(), Order.cancelled_at.is_(None))


def _agreed() -> Statement:
    """The agreement on work that an attempt pays for, unless it has ended unpaid. What of a paid one is due, the books prove."""
    alive = or_(Agreement.state != AgreementState.CANCELLED, Agreement.paid_at.is_not(None))
    return select(Agreement.id).where(Agreement.id == Attempt.payable_id, alive)


def _pays_for() -> ColumnElement[bool]:
    return or_(Order.id == Attempt.payable_id, Order.checkout_id == Attempt.payable_id)


def _attempts() -> Statement:
    return select(
        Attempt.id,
        Attempt.payable_id.label("payable_id"),
        Attempt.amount_minor.label("amount"),
        Attempt.currency.label("currency"),
    )


def _reversals() -> Statement:
    return select(
        Reversal.id,
        Attempt.id.label("payment_id"),
        Attempt.payable_id.label("payable_id"),
        Reversal.amount_minor.label("amount"),
        Attempt.currency.label("currency"),
    ).join(Attempt, Attempt.id == Reversal.attempt_id)
