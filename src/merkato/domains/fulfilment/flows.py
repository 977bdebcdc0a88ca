"""What is asked of the kitchen, and of payment providers when goods come back, outside any transaction.

Each flow is safe to run twice, and by two at once.
"""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

from merkato.domains.fulfilment import queries
from merkato.domains.fulfilment.errors import KitchenTrouble
from merkato.domains.fulfilment.models import KitchenStatus, Return, Ticket, TicketState
from merkato.domains.fulfilment.providers.kitchen import Kitchen
from merkato.domains.fulfilment.schemas import ReceiptDraft, ReturnView
from merkato.domains.fulfilment.service import fulfilling, returning, tickets
from merkato.domains.identity.models import Actor
from merkato.domains.orders import service as orders
from merkato.domains.payments import flows as payments
from merkato.domains.payments.providers.provider import Providers
from merkato.kit import clock
from merkato.kit.database import Database, Session
from merkato.kit.idempotency import KEPT_FOR_MONEY, Answer, Claim, Start
from merkato.kit.loops import apart

CLOCKS_APART: Final = timedelta(minutes=1)
"""By how much the kitchen's clock may be behind ours."""
TENDED_AT_ONCE: Final = 8
TENDED_PER_TURN: Final = 32
FINISHED_PER_TURN: Final = 100


async def begin(database: Database, kitchen: Kitchen, order_id: UUID) -> None:
    """What follows from placing an order. A kitchen that cannot be told now is told later."""
    ticket_id = await database.run(fulfilling.begin, order_id)
    if ticket_id is not None:
        await tend(database, kitchen, ticket_id)


async def withdraw(database: Database, kitchen: Kitchen, order_id: UUID) -> None:
    """What follows from cancelling an order. A kitchen that cannot be told now is told later."""
    ticket_id = await database.run(tickets.withdraw, order_id)
    if ticket_id is not None:
        await tend(database, kitchen, ticket_id)


async def tend_all(database: Database, kitchen: Kitchen) -> None:
    """Ask the kitchen about every ticket whose time has come, each apart."""
    async with database.reading() as session:
        due = await queries.due_tickets(session, clock.now(), TENDED_PER_TURN)
    places = asyncio.Semaphore(TENDED_AT_ONCE)

    async def in_turn(ticket_id: UUID) -> None:
        async with places:
            await apart(tend(database, kitchen, ticket_id), ticket_id)

    await asyncio.gather(*(in_turn(ticket_id) for ticket_id in due))


async def tend(database: Database, kitchen: Kitchen, ticket_id: UUID) -> None:
    """Bring one ticket as far as it goes now. What the kitchen does not answer is written down, and asked again."""
    ticket = await database.run(tickets.take, ticket_id)
    if ticket is None:
        return
    try:
        if ticket.state == TicketState.TO_CANCEL:
            await _cancel(database, kitchen, ticket)
        elif ticket.schedule_id is None:
            await _schedule(database, kitchen, ticket)
        else:
            await _look(database, kitchen, ticket, ticket.schedule_id)
    except KitchenTrouble as trouble:
        await database.run(tickets.note_trouble, ticket, trouble)


async def _schedule(database: Database, kitchen: Kitchen, ticket: Ticket) -> None:
    if await _recognised(database, kitchen, ticket):
        await database.run(tickets.rest, ticket)
        return
    if not await database.run(tickets.begin_try, ticket.id):
        return
    certain = ticket.uncertain_since is None
    try:
        schedule_id = await kitchen.schedule(ticket.order)
    except KitchenTrouble as trouble:
        if trouble.nothing_done and certain:
            await database.run(tickets.forget_try, ticket.id)
        raise
    await database.run(tickets.scheduled, ticket, schedule_id, certain=certain)


async def _look(database: Database, kitchen: Kitchen, ticket: Ticket, schedule_id: UUID) -> None:
    if ticket.uncertain_since is not None:
        seen = await kitchen.since(ticket.uncertain_since - CLOCKS_APART)
        await database.run(tickets.suspect, ticket.id, seen)
    await database.run(tickets.note_status, ticket, await kitchen.status(schedule_id))


async def _cancel(database: Database, kitchen: Kitchen, ticket: Ticket) -> None:
    """Tell the kitchen, until it knows. What it has made already was made in vain."""
    if ticket.schedule_id is None and await _recognised(database, kitchen, ticket):
        # It is known by its id at the next turn, which is soon.
        await database.run(tickets.rest, ticket)
        return
    if ticket.schedule_id is None:
        if ticket.uncertain_since and ticket.tried_at and clock.now() - ticket.tried_at < tickets.STRAGGLING:
            raise KitchenTrouble("The ticket may still be on its way to the kitchen.")
        await database.run(tickets.withdrawn, ticket)
        return
    try:
        await kitchen.cancel(ticket.schedule_id)
    except KitchenTrouble:
        status = await kitchen.status(ticket.schedule_id)
        if status not in {KitchenStatus.FINISHED, KitchenStatus.CANCELLED}:
            raise
        await database.run(tickets.withdrawn, ticket, finished=status is KitchenStatus.FINISHED)
        return
    await database.run(tickets.withdrawn, ticket)


async def _recognised(database: Database, kitchen: Kitchen, ticket: Ticket) -> bool:
    """Whether the kitchen has this ticket already, from a try whose answer was lost."""
    if ticket.uncertain_since is None:
        return False
    seen = await kitchen.since(ticket.uncertain_since - CLOCKS_APART)
    return await database.run(tickets.recognise, ticket.id, seen)


async def receive(
    database: Database,
    providers: Providers,
    actor: Actor,
    return_id: UUID,
    draft: ReceiptDraft,
    *,
    claim: Claim | None = None,
) -> Answer:
    """The goods of a return are back; the answer to send. Raises what `returning.receive` does.

    The decision to refund stands as soon as it is committed; a provider that cannot be reached is asked again by the sweep.
    """
    received = await database.run(_receive, actor, return_id, draft, claim=claim)
    if isinstance(received, Answer):
        return received
    for reversal_id in received.reversal_ids:
        await payments.carry_out(database, providers, reversal_id)
    return await database.run(_finish, received.order_id, return_id, claim=claim)


async def finish_returns(database: Database) -> None:
    """Returns whose money went back after they were received."""
    async with database.reading() as session:
        found = await queries.paid_back(session, FINISHED_PER_TURN)
    for return_id in found:
        await apart(database.run(returning.finish, return_id), return_id)


async def _receive(
    session: Session, actor: Actor, return_id: UUID, draft: ReceiptDraft, *, claim: Claim | None
) -> Return | Answer:
    """The return as it is received, which is the answer to a repeat should the process die; or the Answer that was given before."""
    begun = await claim.begin(session, kept=KEPT_FOR_MONEY) if claim else Start.FRESH
    if isinstance(begun, Answer):
        return begun
    received = await returning.receive(session, return_id, draft, by=actor.answerable)
    if claim is not None:
        await claim.keep(session, _answer(received))
    return received


async def _finish(session: Session, order_id: UUID, return_id: UUID, *, claim: Claim | None) -> Answer:
    await orders.note_payment(session, order_id)
    answer = _answer(await returning.finish(session, return_id))
    if claim is not None:
        await claim.keep(session, answer)
    return answer


def _answer(found: Return) -> Answer:
    return Answer.showing(ReturnView.model_validate(found))
