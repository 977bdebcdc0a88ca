"""What becomes of guests' orders when it is known whose they are."""

from uuid import UUID

from merkato.domains.identity import queries as identity
from merkato.domains.orders import queries
from merkato.domains.orders.events import OrderClaimed
from merkato.domains.orders.service.history import happened
from merkato.kit.database import Session


async def claim(session: Session, account_id: UUID) -> None:
    """Give an account the orders that guests placed under its address; nothing while that is not verified. Safe to repeat.

    The token of the checkout still opens such an order.
    """
    account = await identity.account(session, account_id)
    if account is None or not account.active or not account.email_verified:
        return
    for order_id in await queries.claim_guests_orders(session, account_id, account.email_key, account.email):
        await happened(session, OrderClaimed(order_id=order_id), order_id, by=account_id)


async def claim_placed(session: Session, order_id: UUID) -> None:
    """Give an order of a guest to the account that has verified its address before, if there is one. Safe to repeat."""
    order = await queries.order(session, order_id)
    if order is None or order.account_id is not None:
        return
    found = await identity.credentials(session, order.email_key)
    if found is not None:
        await claim(session, found.id)
