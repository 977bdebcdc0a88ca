"""How an order ends before its goods have left."""

from uuid import UUID

from merkato.domains.identity.models import Actor
from merkato.domains.inventory import service as inventory
from merkato.domains.orders.errors import TooLateToCancel
from merkato.domains.orders.events import OrderCancelled
from merkato.domains.orders.models import TRANSITIONS, OrderStatus
from merkato.domains.orders.service.booking import credit_rest
from merkato.domains.orders.service.history import happened, locked
from merkato.domains.payments import service as payments
from merkato.kit import clock
from merkato.kit.database import Session


async def cancel(session: Session, actor: Actor, order_id: UUID, *, reason: str) -> list[UUID]:
    """Cancel an order, free its stock once, and decide to give its money back; the reversals still to be carried out.

    The caller has seen to it that the actor may. Raises TooLateToCancel.
    """
    order = await locked(session, order_id)
    gone = any(line.quantity_fulfilled for line in order.lines)
    if gone or OrderStatus.CANCELLED not in TRANSITIONS[OrderStatus(order.status)]:
        raise TooLateToCancel
    order.cancelled_at = clock.now()
    for line in order.lines:
        line.quantity_cancelled = line.quantity - line.quantity_fulfilled
    await inventory.release_allocations(session, order.id)
    await credit_rest(session, order)
    reversals = await payments.plan_reversals(session, order.payables, reason=reason)
    await happened(
        session, OrderCancelled(order_id=order.id), order.id, by=actor.account_id, details={"reason": reason}
    )
    await session.flush()
    return reversals
