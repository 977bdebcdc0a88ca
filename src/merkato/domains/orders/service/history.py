"""The history of an order: what happened to it, for people and for whoever reacts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog

from merkato.domains.orders import queries
from merkato.domains.orders.models import Order, OrderEvent
from merkato.kit.database import Session
from merkato.kit.errors import NotFound
from merkato.kit.events import Event, publish


async def happened(
    session: Session, event: Event, order_id: UUID, *, by: UUID | None = None, details: Mapping[str, Any] | None = None
) -> None:
    """Write an event into the order's history, and into the outbox."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    session.add(
        OrderEvent(
            order_id=order_id, name=event.name, account_id=by, request_id=request_id, details=dict(details or {})
        )
    )
    await publish(session, event)


async def locked(session: Session, order_id: UUID) -> Order:
    """The order as it stands, held still until the commit. Raises NotFound."""
    order = await queries.order(session, order_id, lock=True)
    if order is None:
        raise NotFound
    return order
