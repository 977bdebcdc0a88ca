"""What the way of the goods means for an order."""

from collections.abc import Mapping
from uuid import UUID

from merkato.domains.orders.events import OrderDelivered, OrderDispatched
from merkato.domains.orders.models import FulfilmentStatus, Order
from merkato.domains.orders.service.history import happened
from merkato.kit import clock
from merkato.kit.database import Session


def count(
    order: Order, *, dispatched: Mapping[UUID, int] | None = None, returned: Mapping[UUID, int] | None = None
) -> None:
    """Count pieces of an order's lines that have left or come back. The caller holds the order locked, and has seen to it
    that there are so many.
    """
    for line in order.lines:
        line.quantity_fulfilled += (dispatched or {}).get(line.id, 0)
        line.quantity_returned += (returned or {}).get(line.id, 0)
    # Its lines belong to what receivers of webhooks are sent: the order's version grows with them.
    order.updated_at = clock.now()


async def note_fulfilment(session: Session, order: Order, status: FulfilmentStatus, *, by: UUID | None = None) -> None:
    """Write down where an order's goods stand; announced when all have left, and when all have arrived.

    The caller holds the order locked.
    """
    if order.fulfilment_status != status:
        order.fulfilment_status = status.value
        if status is FulfilmentStatus.DISPATCHED:
            await happened(session, OrderDispatched(order_id=order.id), order.id, by=by)
        if status is FulfilmentStatus.DELIVERED:
            await happened(session, OrderDelivered(order_id=order.id), order.id, by=by)
    await session.flush()
