"""What becomes of orders when somebody is erased: what was sold stays in the books, to whom does not."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from merkato.domains.orders import queries
from merkato.domains.orders.events import OrderAnonymised
from merkato.domains.orders.service.cancelling import close, refuse_while_paying
from merkato.domains.orders.service.history import happened, locked
from merkato.domains.payments.errors import PaymentUnderWay
from merkato.kit.database import Session

ACCOUNT_ENDED: Final = "account ended"


async def give_up_unpaid(session: Session, account_id: UUID) -> None:
    """Cancel what an account has ordered and not paid. An order whose payment is under way is left until that is known."""
    for order_id in await queries.open_of(session, account_id):
        order = await locked(session, order_id)
        try:
            await refuse_while_paying(session, order)
        except PaymentUnderWay:
            continue
        if order.open:
            await close(session, order, by=None, reason=ACCOUNT_ENDED)


async def forget(session: Session, order_ids: Sequence[UUID]) -> None:
    """Remove from orders whose they were. Numbers, lines, sums, taxes and bookings stay as they are."""
    await queries.anonymise(session, order_ids)
    for order_id in order_ids:
        await happened(session, OrderAnonymised(order_id=order_id), order_id)
