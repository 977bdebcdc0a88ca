"""How somebody is forgotten, inside the caller's transaction: at once as far as that can be, the rest when nothing needs it any more.

What remains is what the law wants to be kept of a sale (GDPR article 17, paragraph 3 b): numbers, dates, lines, sums, taxes and bookings.
"""

from datetime import datetime
from uuid import UUID

from merkato.domains.addresses import service as addresses
from merkato.domains.cart import service as cart
from merkato.domains.checkout.service import forgetting as checkout
from merkato.domains.community import service as community
from merkato.domains.fulfilment.service import forgetting as fulfilment
from merkato.domains.hiring import service as hiring
from merkato.domains.identity import service as identity
from merkato.domains.identity.models import Actor
from merkato.domains.orders import service as orders
from merkato.domains.payments import service as payments
from merkato.domains.privacy import queries
from merkato.domains.privacy.models import ORDERS_AT_ONCE, PATIENCE, SETTLED, Erasure
from merkato.domains.reconciliation import service as reconciliation
from merkato.domains.reviews import service as reviews
from merkato.kit import clock, idempotency
from merkato.kit.database import Session
from merkato.kit.errors import NotAuthenticated, NotFound
from merkato.kit.security import Secret


async def erase_me(session: Session, secret: Secret, actor: Actor) -> None:
    """End one's own account. Raises LastAdmin."""
    try:
        await erase(session, secret, actor.id, by=actor.id)
    except NotFound:
        # A request beside this one was faster.
        raise NotAuthenticated from None


async def erase(session: Session, secret: Secret, account_id: UUID, *, by: UUID) -> None:
    """End an account and forget whose it was. Raises NotFound, LastAdmin."""
    await identity.erase(session, account_id)
    session.add(Erasure(account_id=account_id, asked_by=by))
    await session.flush()
    await carry_on(session, account_id, secret=secret)


async def carry_on(session: Session, account_id: UUID, *, secret: Secret) -> bool:
    """Forget what can be forgotten now; whether there is more of that. Safe to repeat."""
    erasure = await queries.erasure(session, account_id)
    if erasure is None or erasure.finished_at is not None:
        return False
    moment = clock.now()
    patient = moment < erasure.asked_at + PATIENCE
    more = await _forget_account(session, account_id, secret, patient=patient)
    sold = await queries.forgettable(session, erasure, moment, ORDERS_AT_ONCE)
    if sold:
        await _forget_orders(session, sold, secret)
    agreed = await queries.count_agreed(session, account_id) if patient else 0
    erasure.waiting, erasure.looked_at = await queries.count_known(session, erasure) + agreed, moment
    idle = not (more or erasure.waiting) and not await queries.paying(session, account_id)
    if idle and moment >= erasure.asked_at + SETTLED:
        erasure.finished_at = moment
    await session.flush()
    return more or len(sold) == ORDERS_AT_ONCE


async def _forget_account(session: Session, account_id: UUID, secret: Secret, *, patient: bool) -> bool:
    """Whether there is more to forget."""
    await identity.forget_signs(session, account_id)
    await addresses.forget(session, account_id)
    await cart.forget(session, account_id)
    await reviews.forget(session, account_id)
    await checkout.forget(session, account_id)
    await orders.give_up_unpaid(session, account_id)
    await idempotency.forget(session, secret, [Actor(account_id=account_id).name])
    jobs = await hiring.forget(session, account_id, agreed=not patient)
    posts = await community.forget(session, account_id)
    return jobs or posts


async def _forget_orders(session: Session, sold: list[queries.Sold], secret: Secret) -> None:
    order_ids = [order.id for order in sold]
    checkout_ids = [order.checkout_id for order in sold if order.checkout_id]
    guests = [Actor(checkout_token=order.guest_token).name for order in sold if order.guest_token]
    await fulfilment.forget(session, order_ids)
    await payments.forget(session, [*order_ids, *checkout_ids])
    await reconciliation.forget(session, order_ids, [*order_ids, *checkout_ids])
    await checkout.forget_these(session, checkout_ids)
    await idempotency.forget(session, secret, guests)
    await orders.forget(session, order_ids)


async def forget_abandoned(session: Session, before: datetime) -> int:
    """Forget carts of guests and checkouts that nobody has gone on with since; how many. Some thousands at once at most."""
    return await cart.forget_abandoned(session, before) + await checkout.forget_abandoned(session, before)
