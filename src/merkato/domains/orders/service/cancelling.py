"""How an order ends before its goods have left."""

from uuid import UUID

from merkato.domains.identity.models import Actor
from merkato.domains.inventory import service as inventory
from merkato.domains.orders.errors import TooLateToCancel
from merkato.domains.orders.events import OrderCancelled
from merkato.domains.orders.models import TRANSITIONS, Order, OrderStatus
from merkato.domains.orders.service.booking import credit_rest
from merkato.domains.orders.service.history import happened, locked
from merkato.domains.payments import queries as payment_queries
from merkato.domains.payments import service as payments
from merkato.domains.payments.errors import PaymentUnderWay
from merkato.domains.payments.models import AttemptState
from merkato.kit import clock
from merkato.kit.database import Session


async def cancel(session: Session, actor: Actor, order_id: UUID, *, reason: str) -> list[UUID]:
    """Cancel an order, free its stock once, and decide to give its money back; the reversals still to be carried out.

    The caller has seen to it that the actor may. Raises TooLateToCancel, PaymentUnderWay.
    """
    order = await locked(session, order_id)
    gone = any(line.quantity_fulfilled for line in order.lines)
    if gone or OrderStatus.CANCELLED not in TRANSITIONS[OrderStatus(order.status)]:
        raise TooLateToCancel
    await refuse_while_paying(session, order)
    return await close(session, order, by=actor.by, reason=reason)


async def refuse_while_paying(session: Session, order: Order) -> None:
    """Raises PaymentUnderWay while nobody can say whether the order's money will come."""
    attempt = await payment_queries.latest_attempt(session, order.payables)
    if attempt is not None and attempt.state == AttemptState.PENDING:
        raise PaymentUnderWay


async def close(session: Session, order: Order, *, by: UUID | None, reason: str) -> list[UUID]:
    """End an order that is locked: its stock is free once, held or allocated; the reversals still to be carried out."""
    order.cancelled_at, order.sweep_at = clock.now(), None
    for line in order.lines:
        line.quantity_cancelled = line.quantity - line.quantity_fulfilled
    await inventory.release(session, order.id)
    await inventory.release_allocations(session, order.id)
    await credit_rest(session, order)
    reversals = await payments.plan_reversals(session, order.payables, reason=reason)
    await happened(session, OrderCancelled(order_id=order.id), order.id, by=by, details={"reason": reason})
    await session.flush()
    return reversals
