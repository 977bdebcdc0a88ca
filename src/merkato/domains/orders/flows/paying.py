"""Getting an order's money: the attempt is written in one transaction, the provider is asked outside any, the order is placed in another.

Each step can be repeated. When the process dies between two of them, the buyer's next request or the sweep goes on from there.
"""

from dataclasses import dataclass
from uuid import UUID

import structlog

from merkato.domains.identity.models import Actor
from merkato.domains.inventory.errors import OutOfStock
from merkato.domains.orders import queries, service
from merkato.domains.orders.access import owned_by
from merkato.domains.orders.errors import NoLongerOpen
from merkato.domains.orders.models import Order, OrderStatus
from merkato.domains.orders.schemas import OrderPayment, OrderView, PayingOrderView
from merkato.domains.payments import flows as payments
from merkato.domains.payments import queries as payment_queries
from merkato.domains.payments.errors import PaymentDeclined
from merkato.domains.payments.models import Attempt, AttemptState
from merkato.domains.payments.providers.provider import Providers
from merkato.kit import clock
from merkato.kit.database import Database, Session
from merkato.kit.errors import NotFound, Problem
from merkato.kit.http import problem_answer
from merkato.kit.idempotency import AGAIN_SOON, KEPT_FOR_MONEY, LEASE, Answer, Claim, Start
from merkato.kit.loops import apart
from merkato.settings import Settings

_log = structlog.get_logger("merkato.orders")


@dataclass(frozen=True, slots=True)
class Standing:
    """An order with its latest payment attempt; `short` when the money came but the stock had gone."""

    order: Order
    attempt: Attempt | None
    short: OutOfStock | None = None

    @property
    def under_way(self) -> bool:
        return self.attempt is not None and self.attempt.state == AttemptState.PENDING

    @property
    def refusal(self) -> Problem | None:
        """Why the order is not paid, once that is known."""
        if self.short is not None or self.under_way:
            return self.short
        if self.order.cancelled_at is not None:
            return NoLongerOpen("It was not paid in time, or cancelled.")
        if self.attempt is not None and self.order.status == OrderStatus.CREATED:
            return PaymentDeclined(self.attempt.message or "The payment was declined.")
        return None


async def pay(  # noqa: PLR0913 - what a flow needs.
    database: Database,
    providers: Providers,
    actor: Actor,
    order_id: UUID,
    said: OrderPayment,
    *,
    claim: Claim,
    settings: Settings,
) -> Answer:
    """Pay for an order; the answer to send. Raises NotFound and what `service.begin` does."""
    answered = await database.run(_begin, actor, order_id, said, claim=claim, providers=providers)
    if answered is not None:
        return answered
    standing = await carry_on(database, providers, order_id, settings=settings)
    if standing.under_way:
        await database.run(claim.rest)
        return _still_open(standing)
    refusal = standing.refusal
    answer = problem_answer(refusal) if refusal is not None else _paid(standing.order)
    await database.run(claim.keep, answer)
    return answer


async def _begin(
    session: Session, actor: Actor, order_id: UUID, said: OrderPayment, *, claim: Claim, providers: Providers
) -> Answer | None:
    """The Answer that this key was given before. A key whose attempt has begun starts no other one."""
    begun = await claim.begin(session, kept=KEPT_FOR_MONEY, lease=LEASE)
    if isinstance(begun, Answer):
        return begun
    order = await queries.order(session, order_id, owned_by(actor), lock=True)
    if order is None:
        raise NotFound
    if begun is Start.FRESH:
        await service.begin(session, actor, order, said.payment, providers=providers)
    return None


async def carry_on(database: Database, providers: Providers, order_id: UUID, *, settings: Settings) -> Standing:
    """Bring the payment of an order on its way as far as it goes now; an order that was not paid in time ends."""
    standing, short = await _present(database, order_id), None
    order, attempt = standing.order, standing.attempt
    overdue = order.overdue(clock.now())
    if attempt is not None and standing.under_way:
        outcome = await payments.pursue(providers, attempt, overdue=overdue)
        if outcome is None:
            await database.run(service.rest, order_id, attempt)
            return standing
        settled = await database.run(service.settle, order_id, attempt.id, outcome)
        for reversal_id in settled.reversals:
            await payments.carry_out(database, providers, reversal_id)
        if settled.reversals:
            await database.run(service.note_payment, order_id)
        short = settled.short
    elif overdue:
        await database.run(service.expire, order_id)
    standing = await _present(database, order_id)
    order, attempt = standing.order, standing.attempt
    reserved = attempt is not None and attempt.state == AttemptState.AUTHORIZED and order.cancelled_at is None
    if attempt is not None and reserved and settings.capture == "automatic":
        order = await take_money(database, providers, attempt.id, order_id) or order
    return Standing(order, attempt, short)


async def take_money(database: Database, providers: Providers, attempt_id: UUID, order_id: UUID) -> Order | None:
    """Capture an order's payment; the paid order. What does not work now is tried again by the sweep, and the order stands."""
    if await payments.capture(database, providers, attempt_id):
        return await database.run(service.note_payment, order_id)
    _log.warning("capture postponed", order_id=str(order_id))
    return None


async def sweep(database: Database, providers: Providers, settings: Settings) -> None:
    """Look after payments whose process died or whose outcome is open, and after orders that were not paid in time."""
    for order_id in await database.run(queries.lease_due, clock.now(), service.ABANDONED):
        await apart(carry_on(database, providers, order_id, settings=settings), order_id)


async def _present(database: Database, order_id: UUID) -> Standing:
    async with database.snapshot() as session:
        order = await queries.order(session, order_id)
        if order is None:
            raise NotFound
        return Standing(order, await payment_queries.latest_attempt(session, order.payables))


def _paid(order: Order) -> Answer:
    return Answer.showing(OrderView.model_validate(order))


def _still_open(standing: Standing) -> Answer:
    action = standing.attempt.next_action if standing.attempt else None
    shown = PayingOrderView.model_validate(standing.order)
    shown.next_action, shown.continue_url = action, action.get("url") if action else None
    return Answer.showing(shown, 202, AGAIN_SOON)
