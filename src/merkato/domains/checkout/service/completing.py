"""The two transactions around a payment: everything is held and frozen before it, and the order is placed after it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from merkato.domains.cart import service as cart
from merkato.domains.checkout import queries
from merkato.domains.checkout.errors import NotReady, PriceChanged
from merkato.domains.checkout.models import PAYING, Checkout, CheckoutStatus
from merkato.domains.checkout.schemas import Completion
from merkato.domains.checkout.service import filling, quoting
from merkato.domains.checkout.service.quoting import Quote
from merkato.domains.identity.models import Actor
from merkato.domains.inventory import service as inventory
from merkato.domains.inventory.errors import OutOfStock
from merkato.domains.orders import service as orders
from merkato.domains.orders.models import Order, PaymentStatus
from merkato.domains.orders.schemas import OrderDraft
from merkato.domains.payments import service as payments
from merkato.domains.payments.models import Attempt, AttemptState, Outcome
from merkato.domains.payments.providers.provider import Providers, chosen
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.errors import NotFound
from merkato.kit.idempotency import KEPT_FOR_MONEY, LEASE, Answer, Claim, Start
from merkato.settings import Settings

ABANDONED: Final = timedelta(seconds=30)
"""A completion that nobody has moved for so long is taken over by the sweep."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Where a completion stands after its transaction: an order, or why there is none."""

    order_id: UUID | None = None
    order: Order | None = None
    """As it stands after its money was taken."""
    attempt_id: UUID | None = None
    refusal: str | None = None
    """Set when the payment was declined."""
    short: OutOfStock | None = None
    """Set when the money came but the stock had gone; `reversals` give it back."""
    reversals: tuple[UUID, ...] = ()


async def prepare(  # noqa: PLR0913 - all that completing begins with.
    session: Session,
    actor: Actor,
    checkout_id: UUID,
    draft: Completion,
    *,
    claim: Claim,
    providers: Providers,
    settings: Settings,
) -> Answer | None:
    """Hold the stock, freeze the prices and start the payment; an Answer if this key was answered before.

    A checkout whose payment is under way is left as it is: the caller goes on with it. Raises NotFound, NotReady, PriceChanged,
    OutOfStock, AlreadyCompleted, and Invalid for a payment that no provider takes.
    """
    begun = await claim.begin(session, kept=KEPT_FOR_MONEY, lease=LEASE)
    if isinstance(begun, Answer):
        return begun
    checkout = await filling.owned(session, actor, checkout_id, lock=True)
    if checkout.status == CheckoutStatus.COMPLETED and begun is Start.RESUMED:
        return None
    filling.refuse_ended(checkout)
    if checkout.status in PAYING:
        checkout.leased_until = clock.now() + ABANDONED
        return None
    quoted = await quoting.quote(session, checkout, settings)
    _refuse_unready(quoted)
    if draft.expected_total != quoted.totals.total:
        raise PriceChanged(total=quoted.totals.total)
    until = clock.now() + timedelta(minutes=settings.hold_minutes)
    await inventory.hold(session, checkout.id, quoted.quantities, until=until)
    if checkout.status == CheckoutStatus.INCOMPLETE:
        # It has become ready by itself since it was last written: a price or stock has come back.
        checkout.become(CheckoutStatus.READY_FOR_COMPLETE)
    checkout.bought, checkout.payment_message = quoted.frozen(), None
    if quoted.totals.total == 0:
        await _place(session, checkout, quoted, PaymentStatus.PAID)
        return None
    payment = chosen(providers, draft.payment)
    attempt = await payments.start(session, checkout.id, payment, quoted.totals.total, checkout.currency)
    checkout.become(CheckoutStatus.COMPLETE_IN_PROGRESS)
    checkout.attempt_id, checkout.held_until = attempt.id, until
    checkout.leased_until = clock.now() + ABANDONED
    await session.flush()
    return None


def _refuse_unready(quoted: Quote) -> None:
    errors = [message for message in quoted.messages if message.type == "error"]
    short = [message for message in errors if message.code == quoting.OUT_OF_STOCK]
    told = [message.model_dump(exclude_none=True) for message in errors]
    if errors and short == errors:
        raise OutOfStock(" ".join(message.content for message in short), messages=told)
    if errors:
        raise NotReady(" ".join(message.content for message in errors), messages=told)


async def settle(session: Session, checkout_id: UUID, attempt_id: UUID, outcome: Outcome) -> Settled:
    """Write down what became of one payment attempt, and place the order once its money is authorised. Safe to repeat.

    An answer may come late, when the checkout goes on with another attempt: it then concerns its own attempt only.
    """
    checkout = await _locked(session, checkout_id)
    attempt = await payments.record(session, attempt_id, outcome)
    if checkout.attempt_id != attempt.id:
        reversals = await payments.plan_reversals(session, [checkout.id], reason="superseded", only=attempt.id)
        return Settled(order_id=checkout.order_id, attempt_id=checkout.attempt_id, reversals=tuple(reversals))
    if checkout.status not in PAYING:
        return Settled(order_id=checkout.order_id, attempt_id=attempt.id)
    if attempt.state in {AttemptState.AUTHORIZED, AttemptState.CAPTURED}:
        return await _place_or_give_back(session, checkout, attempt)
    if attempt.state != AttemptState.PENDING:
        refusal = attempt.message or "The payment was declined."
        await _reopen(session, checkout, code="payment_declined", content=refusal)
        return Settled(attempt_id=attempt.id, refusal=refusal)
    checkout.next_action = attempt.next_action
    must_act = attempt.next_action is not None and "url" in attempt.next_action
    checkout.become(CheckoutStatus.REQUIRES_ESCALATION if must_act else CheckoutStatus.COMPLETE_IN_PROGRESS)
    checkout.leased_until = payments.ask_again_at(attempt)
    await session.flush()
    return Settled(attempt_id=attempt.id)


async def rest(session: Session, checkout_id: UUID, attempt: Attempt) -> None:
    """Nothing is known yet: let whoever comes next (the buyer or the sweep) ask again."""
    checkout = await _locked(session, checkout_id)
    checkout.leased_until = payments.ask_again_at(attempt)


async def _place_or_give_back(session: Session, checkout: Checkout, attempt: Attempt) -> Settled:
    quoted = quoting.thawed(checkout.bought or {})
    state = PaymentStatus.AUTHORIZED if attempt.state == AttemptState.AUTHORIZED else PaymentStatus.PAID
    try:
        async with session.begin_nested():
            order_id = await _place(session, checkout, quoted, state)
    except OutOfStock as short:
        # The hold had run out before the money came, and somebody else has bought the last one.
        reversals = await payments.plan_reversals(session, [checkout.id], reason="out of stock")
        await _reopen(session, checkout, code=quoting.OUT_OF_STOCK, content=short.detail)
        return Settled(attempt_id=attempt.id, short=short, reversals=tuple(reversals))
    return Settled(order_id=order_id, attempt_id=attempt.id)


async def _place(session: Session, checkout: Checkout, quoted: Quote, state: PaymentStatus) -> UUID:
    """Allocate the stock, write the order, empty the cart of it, and take the number as the last statement."""
    order_id = ids.new()
    await inventory.allocate(session, checkout.id, order_id, quoted.quantities)
    draft = OrderDraft(
        email=checkout.email or "",
        account_id=checkout.account_id,
        guest_token=checkout.token_hash,
        checkout_id=checkout.id,
        currency=checkout.currency,
        lines=quoted.lines,
        totals=quoted.totals,
        shipping_address=checkout.shipping_address,
        billing_address=checkout.billing_address or checkout.shipping_address,
        shipping_option=quoted.option.model_dump() if quoted.option else None,
        payment_status=state,
    )
    await orders.place(session, draft, order_id=order_id, by=checkout.account_id)
    if checkout.cart_id is not None:
        await cart.take_out(session, checkout.cart_id, quoted.quantities)
    checkout.become(CheckoutStatus.COMPLETED)
    checkout.order_id, checkout.next_action, checkout.leased_until = order_id, None, None
    await session.flush()
    checkout.order_number = await orders.number(session, order_id)
    return order_id


async def _reopen(session: Session, checkout: Checkout, *, code: str, content: str) -> None:
    """The payment came to nothing: free the stock and let the buyer try again."""
    await inventory.release(session, checkout.id)
    checkout.become(CheckoutStatus.READY_FOR_COMPLETE)
    checkout.bought = checkout.attempt_id = checkout.held_until = checkout.leased_until = checkout.next_action = None
    checkout.payment_message = {"type": "warning", "code": code, "path": "$.payment", "content": content}
    await session.flush()


async def expire(session: Session) -> None:
    """Close open checkouts whose time is over. For the sweep."""
    for checkout in await queries.expired(session, clock.now()):
        checkout.become(CheckoutStatus.CANCELED)


async def _locked(session: Session, checkout_id: UUID) -> Checkout:
    checkout = await queries.checkout(session, checkout_id, lock=True)
    if checkout is None:
        raise NotFound
    return checkout
