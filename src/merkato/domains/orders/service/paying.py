"""What payments mean for an order."""

from uuid import UUID

from merkato.domains.orders import queries
from merkato.domains.orders.events import OrderPaid, OrderRefunded
from merkato.domains.orders.models import Order, PaymentStatus
from merkato.domains.orders.service.history import happened, locked
from merkato.domains.payments import queries as payment_queries
from merkato.domains.payments import service as payments
from merkato.domains.payments.models import ReversalState
from merkato.domains.payments.queries import Standing
from merkato.kit.database import Session


async def note_payment(session: Session, order_id: UUID) -> Order:
    """Bring the payment status up to what the payments say. Call it in the transaction that changed them."""
    order = await locked(session, order_id)
    standing = await payments.standing(session, order.payables)
    before, after = order.payment_status, _payment_status(order, standing)
    if after != before:
        order.payment_status = after.value
        if after is PaymentStatus.PAID and order.cancelled_at is None:
            await happened(session, OrderPaid(order_id=order.id), order.id)
    if standing.given_back:
        await _tell_refunds(session, order)
    await session.flush()
    return await locked(session, order_id)


async def _tell_refunds(session: Session, order: Order) -> None:
    """Announce each refund that has succeeded, once."""
    told = await queries.told_refunds(session, order.id)
    for reversal in await payment_queries.reversals(session, order.payables):
        done = reversal.kind == "refund" and reversal.state == ReversalState.SUCCEEDED
        if done and str(reversal.id) not in told:
            refunded = OrderRefunded(order_id=order.id, refund_id=reversal.id)
            details = {"refund_id": str(reversal.id), "amount": reversal.amount_minor}
            await happened(session, refunded, order.id, details=details)


async def note_payment_of(session: Session, payable_id: UUID) -> None:
    """As `note_payment`, by the id under which the payment is kept; without an order there is nothing to note."""
    order_id = await queries.order_paid_under(session, payable_id)
    if order_id is not None:
        await note_payment(session, order_id)


def _payment_status(order: Order, standing: Standing) -> PaymentStatus:
    if standing.captured:
        return _status_of_money(order, taken=standing.captured, given_back=standing.given_back)
    if order.total_minor == 0 and order.placed_at is not None:
        return PaymentStatus.PAID
    states = (
        (standing.authorized, PaymentStatus.AUTHORIZED),
        (standing.pending, PaymentStatus.PENDING),
        (standing.voided, PaymentStatus.VOIDED),
    )
    return next((status for amount, status in states if amount), PaymentStatus.UNPAID)


def _status_of_money(order: Order, *, taken: int, given_back: int) -> PaymentStatus:
    if taken - given_back >= order.total_minor:
        # Also when it was paid twice, and one of both was given back.
        return PaymentStatus.PAID
    if given_back:
        return PaymentStatus.REFUNDED if given_back == taken else PaymentStatus.PARTIALLY_REFUNDED
    return PaymentStatus.PARTIALLY_PAID
