"""What staff decide about money that is reserved for an order: to take it, or to let it go."""

from uuid import UUID

from merkato.domains.orders.service.history import locked
from merkato.domains.payments import service as payments
from merkato.domains.payments.models import Attempt, Reversal
from merkato.kit.database import Session


async def capture(session: Session, order_id: UUID, amount: int | None) -> Attempt:
    """Decide to take the reserved money, or so much of it (the rest is let go): the attempt that holds it.

    The caller has seen to it that the actor may. Raises NotFound, NothingAuthorized, CaptureTooLarge, CaptureUnderWay.
    """
    order = await locked(session, order_id)
    return await payments.plan_capture(session, order.payables, amount)


async def void(session: Session, order_id: UUID) -> Reversal:
    """Decide to let the reserved money go. The order stays, to be paid again or cancelled.

    The caller has seen to it that the actor may. Raises NotFound, NothingAuthorized, CaptureUnderWay.
    """
    order = await locked(session, order_id)
    return await payments.plan_void(session, order.payables, reason="voided")
