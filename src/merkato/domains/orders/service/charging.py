"""The two transactions around the payment of an order: the attempt is written before it, and the order is placed after it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from merkato.domains.identity.models import Actor
from merkato.domains.inventory import service as inventory
from merkato.domains.inventory.errors import OutOfStock
from merkato.domains.orders.errors import NoLongerOpen
from merkato.domains.orders.models import Order, OrderStatus
from merkato.domains.orders.service.cancelling import close, refuse_while_paying
from merkato.domains.orders.service.history import locked
from merkato.domains.orders.service.later import CLOSING, NOT_IN_TIME
from merkato.domains.orders.service.paying import note_payment
from merkato.domains.orders.service.placing import placed
from merkato.domains.payments import service as payments
from merkato.domains.payments.errors import AlreadyPaid
from merkato.domains.payments.models import Attempt, AttemptState, Outcome
from merkato.domains.payments.providers.provider import Providers, chosen
from merkato.domains.payments.schemas import PaymentDraft
from merkato.kit import clock
from merkato.kit.database import Session

ABANDONED: Final = timedelta(seconds=30)
"""A payment that nobody has moved for so long is taken over by the sweep."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a payment: `reversals` give back money that came too late, `short` when its stock had gone."""

    reversals: tuple[UUID, ...] = ()
    short: OutOfStock | None = None


async def begin(
    session: Session, actor: Actor, order: Order, payment: PaymentDraft | None, *, providers: Providers
) -> None:
    """Start to get the money of an order that is locked; a free one is placed at once.

    Raises NoLongerOpen, AlreadyPaid, PaymentUnderWay, and Invalid for a payment that no provider takes.
    """
    if order.cancelled_at is not None:
        raise NoLongerOpen("It was cancelled.")
    if order.status != OrderStatus.CREATED:
        raise AlreadyPaid
    await refuse_while_paying(session, order)
    if order.overdue(clock.now()):
        raise NoLongerOpen("Its time to be paid is over.")
    if order.total_minor == 0:
        await _place(session, order, by=actor.account_id)
    else:
        payment = chosen(providers, payment)
        await payments.start(session, order.id, payment, order.total_minor, order.currency)
        order.sweep_at = clock.now() + ABANDONED
    await note_payment(session, order.id)


async def settle(session: Session, order_id: UUID, attempt_id: UUID, outcome: Outcome) -> Settled:
    """Write down what became of a payment attempt, and place the order once its money is authorised. Safe to repeat.

    Money that comes late still places the order if there is stock for it; if not, or if the order was cancelled, it is given back.
    """
    order = await locked(session, order_id)
    attempt = await payments.record(session, attempt_id, outcome)
    settled = Settled()
    if attempt.state in {AttemptState.AUTHORIZED, AttemptState.CAPTURED}:
        settled = await _place_or_give_back(session, order, attempt.id)
    elif attempt.state == AttemptState.PENDING:
        await _wait(session, order, attempt)
    elif order.overdue(clock.now()):
        await close(session, order, by=None, reason=NOT_IN_TIME)
    else:
        order.sweep_at = order.pay_by if order.open else None
    await note_payment(session, order.id)
    return settled


async def rest(session: Session, order_id: UUID, attempt: Attempt) -> None:
    """Nothing is known yet: let whoever comes next (the buyer or the sweep) ask again."""
    await _wait(session, await locked(session, order_id), attempt)


async def _wait(session: Session, order: Order, attempt: Attempt) -> None:
    again = payments.ask_again_at(attempt)
    closes_at = order.pay_by if order.open else None
    order.sweep_at = again if closes_at is None or closes_at <= clock.now() else min(again, closes_at)
    if order.overdue(clock.now() - CLOSING):
        await inventory.release(session, order.id)
    await session.flush()


async def _place_or_give_back(session: Session, order: Order, attempt_id: UUID) -> Settled:
    if order.open:
        try:
            async with session.begin_nested():
                await _place(session, order, by=order.account_id)
        except OutOfStock as short:
            # The stock was no longer held when the money came, and somebody else has bought the last one.
            return Settled(tuple(await close(session, order, by=None, reason="out of stock")), short)
    order.sweep_at = None
    if order.cancelled_at is None:
        return Settled()
    late = await payments.plan_reversals(session, order.payables, reason="cancelled", only=attempt_id)
    return Settled(tuple(late))


async def _place(session: Session, order: Order, *, by: UUID | None) -> None:
    quantities: dict[UUID, int] = {}
    for line in order.lines:
        quantities[line.variant_id] = quantities.get(line.variant_id, 0) + line.quantity
    await inventory.allocate(session, order.id, order.id, quantities)
    order.placed_at, order.sweep_at = clock.now(), None
    await placed(session, order.id, by=by)
    await session.flush()
