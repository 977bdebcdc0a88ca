"""Completing a checkout: prepare in one transaction, pay outside any, place the order in another.

Each step can be repeated. When the process dies between two of them, the buyer's next request or the sweep goes on from there.
"""

from dataclasses import replace
from uuid import UUID

from merkato.domains.checkout import queries
from merkato.domains.checkout.models import PAYING, Checkout, CheckoutStatus
from merkato.domains.checkout.schemas import Completion
from merkato.domains.checkout.service import completing, quoting
from merkato.domains.checkout.service.completing import ABANDONED, Settled
from merkato.domains.identity.models import Actor
from merkato.domains.orders import flows as order_flows
from merkato.domains.orders import queries as order_queries
from merkato.domains.orders import service as orders
from merkato.domains.orders.models import Order
from merkato.domains.orders.schemas import OrderView
from merkato.domains.payments import flows as payments
from merkato.domains.payments import queries as payment_queries
from merkato.domains.payments.errors import PaymentDeclined
from merkato.domains.payments.models import Attempt
from merkato.domains.payments.providers.provider import Providers
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.errors import NotFound
from merkato.kit.http import problem_answer
from merkato.kit.idempotency import AGAIN_SOON, Answer, Claim
from merkato.kit.loops import each_apart
from merkato.settings import Settings


async def complete(  # noqa: PLR0913 - what completing needs.
    database: Database,
    providers: Providers,
    actor: Actor,
    checkout_id: UUID,
    draft: Completion,
    *,
    claim: Claim,
    settings: Settings,
) -> Answer:
    """Pay for a checkout and place its order; the answer to send. Raises what `completing.prepare` does, and OutOfStock."""
    answered = await database.run(
        completing.prepare, actor, checkout_id, draft, claim=claim, providers=providers, settings=settings
    )
    if answered is not None:
        return answered
    settled = await carry_on(database, providers, checkout_id, settings=settings)
    if settled.short is not None:
        await database.run(claim.release)
        raise settled.short
    if settled.order_id is not None:
        return await _kept(database, claim, _placed(settled.order or await _order(database, settled.order_id)))
    if settled.refusal is not None:
        return await _kept(database, claim, problem_answer(PaymentDeclined(settled.refusal)))
    await database.run(claim.rest)
    return await _still_open(database, checkout_id, settings)


async def carry_on(database: Database, providers: Providers, checkout_id: UUID, *, settings: Settings) -> Settled:
    """Bring a completion on its way as far as it goes now."""
    checkout, attempt = await _present(database, checkout_id)
    settled = Settled(order_id=checkout.order_id, attempt_id=checkout.attempt_id)
    if checkout.status in PAYING and attempt is not None:
        expired = checkout.held_until is not None and checkout.held_until <= clock.now()
        outcome = await payments.pursue(providers, attempt, overdue=expired)
        if outcome is None:
            await database.run(completing.rest, checkout_id, attempt)
            return settled
        settled = await database.run(completing.settle, checkout_id, attempt.id, outcome)
    for reversal_id in settled.reversals:
        await payments.carry_out(database, providers, reversal_id)
    if settled.order_id is not None and settled.attempt_id is not None and settings.capture == "automatic":
        order = await order_flows.take_money(database, providers, settled.attempt_id, settled.order_id)
        return replace(settled, order=order)
    return settled


async def hear(database: Database, providers: Providers, checkout_id: UUID, *, settings: Settings) -> None:
    """A provider says that something has become of a payment: go on with the checkout if it is one, and still waits for it."""
    async with database.reading() as session:
        waiting = await queries.paying(session, checkout_id)
    if waiting:
        await carry_on(database, providers, checkout_id, settings=settings)


async def sweep(database: Database, providers: Providers, settings: Settings) -> None:
    """Look after what nobody looks after: completions whose process died, expired holds, captures and reversals that failed."""
    moment = clock.now()
    abandoned = await database.run(queries.lease_abandoned, moment, ABANDONED)
    await each_apart(abandoned, lambda each: carry_on(database, providers, each, settings=settings))
    async with database.reading() as session:
        automatic = settings.capture == "automatic"
        uncaptured = dict(await order_queries.uncaptured(session, moment - ABANDONED, automatic=automatic))
    await each_apart(uncaptured, lambda each: order_flows.take_money(database, providers, each, uncaptured[each]))
    async with database.reading() as session:
        reversals = await payment_queries.waiting_reversals(session, moment - ABANDONED, queries.SWEPT_AT_ONCE)
    await each_apart(reversals, lambda each: _give_back(database, providers, each))
    await database.run(completing.expire)


async def _give_back(database: Database, providers: Providers, reversal_id: UUID) -> None:
    attempt = await payments.carry_out(database, providers, reversal_id)
    if attempt is not None:
        await database.run(orders.note_payment_of, attempt.payable_id)


async def _present(database: Database, checkout_id: UUID) -> tuple[Checkout, Attempt | None]:
    async with database.snapshot() as session:
        checkout = await queries.checkout(session, checkout_id)
        if checkout is None:
            raise NotFound
        attempt_id = checkout.attempt_id
        return checkout, await payment_queries.attempt(session, attempt_id) if attempt_id else None


async def _order(database: Database, order_id: UUID) -> Order:
    async with database.snapshot() as session:
        order = await order_queries.order(session, order_id)
        if order is None:
            raise NotFound
        return order


def _placed(order: Order) -> Answer:
    return Answer.showing(OrderView.model_validate(order), 201, {"location": f"/v1/orders/{order.id}"})


async def _still_open(database: Database, checkout_id: UUID, settings: Settings) -> Answer:
    async with database.snapshot() as session:
        checkout = await queries.checkout(session, checkout_id)
        if checkout is None or checkout.status == CheckoutStatus.CANCELED:
            raise NotFound
        shown = await quoting.view(session, checkout, settings)
    return Answer.showing(shown, 202, AGAIN_SOON)


async def _kept(database: Database, claim: Claim, answer: Answer) -> Answer:
    await database.run(claim.keep, answer)
    return answer
