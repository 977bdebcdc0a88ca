"""Getting an order's money from the providers."""

from uuid import UUID

import structlog

from merkato.domains.orders import service
from merkato.domains.orders.models import Order
from merkato.domains.payments import flows as payments
from merkato.domains.payments.providers.provider import Providers
from merkato.kit.database import Database

_log = structlog.get_logger("merkato.orders")


async def take_money(database: Database, providers: Providers, attempt_id: UUID, order_id: UUID) -> Order | None:
    """Capture an order's payment; the paid order. What does not work now is tried again by the sweep, and the order stands."""
    if await payments.capture(database, providers, attempt_id):
        return await database.run(service.note_payment, order_id)
    _log.warning("capture postponed", order_id=str(order_id))
    return None
