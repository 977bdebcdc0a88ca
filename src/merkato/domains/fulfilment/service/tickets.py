"""What we know of the kitchen's tickets, written down before and after it is asked.

A ticket is asked about by one at a time: whoever asks holds its lease. The kitchen takes no key of ours, so that after a lost
answer its schedules are compared with what we asked for; `recognise` says when that is safe.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from merkato.domains.fulfilment import queries
from merkato.domains.fulfilment.errors import KitchenTrouble
from merkato.domains.fulfilment.events import KitchenCancelled, KitchenDelayed
from merkato.domains.fulfilment.models import (
    ENDED,
    TICKET_TRANSITIONS,
    FulfilmentState,
    KitchenStatus,
    Scheduled,
    Ticket,
    TicketState,
)
from merkato.domains.fulfilment.service import fulfilling
from merkato.domains.fulfilment.service.standing import reckon
from merkato.domains.orders import queries as order_queries
from merkato.domains.orders import service as orders
from merkato.domains.orders.models import Order
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.errors import NotFound

LEASE: Final = timedelta(seconds=45)
"""Longer than all questions of one turn together may take."""
POLL: Final = timedelta(seconds=3)
"""How soon a ticket is asked about again."""
POLL_LONGEST: Final = timedelta(minutes=1)
"""As POLL, when the kitchen has given no good answer for long."""
STRAGGLING: Final = timedelta(minutes=1)
"""How long a request whose answer was lost may still be on its way to the kitchen."""

_OF_STATUS: Final = {
    KitchenStatus.PROGRESS: TicketState.PROGRESS,
    KitchenStatus.FINISHED: TicketState.FINISHED,
    KitchenStatus.CANCELLED: TicketState.CANCELLED,
}
_log = structlog.get_logger("merkato.kitchen")


async def take(session: Session, ticket_id: UUID) -> Ticket | None:
    """Lease a ticket to ask the kitchen about it; None if somebody else does, or nothing is to be asked."""
    ticket = await queries.ticket(session, ticket_id, lock=True)
    moment = clock.now()
    if ticket is None or ticket.state in ENDED or (ticket.leased_until is not None and ticket.leased_until > moment):
        return None
    ticket.leased_until = moment + LEASE
    await session.flush()
    return ticket


async def rest(session: Session, ticket: Ticket) -> None:
    """End a turn that has learned something; the next one comes soon."""
    now = await _held(session, ticket.id)
    _rest(now, ticket.leased_until)
    now.ask_at = clock.now()


async def begin_try(session: Session, ticket_id: UUID) -> bool:
    """Note that the kitchen is about to be told: from now on it may hold a schedule of this ticket. Whether it is to be told at all."""
    ticket = await _held(session, ticket_id)
    if ticket.state != TicketState.TO_SCHEDULE:
        return False
    ticket.tried_at = clock.now()
    ticket.uncertain_since = ticket.uncertain_since or ticket.tried_at
    return True


async def forget_try(session: Session, ticket_id: UUID) -> None:
    """The kitchen has certainly taken nothing."""
    ticket = await _held(session, ticket_id)
    if ticket.schedule_id is None:
        ticket.uncertain_since = None


async def scheduled(session: Session, ticket: Ticket, schedule_id: UUID, *, certain: bool) -> None:
    """The kitchen has answered with its own id. `certain` if there was no other try before.

    If another ticket has recognised this very schedule as its own meanwhile, this one still needs one.
    """
    now = await _held(session, ticket.id)
    alone = certain and now.leased_until == ticket.leased_until
    _rest(now, ticket.leased_until)
    if now.schedule_id is not None:
        # This worker was frozen for longer than its lease, and another has told the kitchen, too.
        if schedule_id != now.schedule_id:
            now.suspected_duplicates = [*now.suspected_duplicates, schedule_id]
        return
    if await queries.recognised_by_another(session, now.id, schedule_id):
        return
    now.schedule_id = schedule_id
    if alone:
        now.uncertain_since = None
    if now.state == TicketState.TO_SCHEDULE:
        _become(now, TicketState.PENDING)


async def recognise(session: Session, ticket_id: UUID, seen: Sequence[Scheduled]) -> bool:
    """Whether one of the kitchen's schedules is this ticket's, which it then is for good.

    Nobody else's: not one that belongs to another ticket of ours. While another ticket for the same things is on its way to the
    kitchen, a schedule that is seen may be that one's: raises KitchenTrouble, to look again later.
    """
    ticket, alike = await _among_alike(session, ticket_id)
    if ticket.schedule_id is not None:
        return True
    fitting = _fitting(ticket, seen)
    owned, _ = await queries.claimed_by_others(session, ticket_id, [each.id for each in fitting])
    free = [each for each in fitting if each.id not in owned]
    if not free:
        return False
    if any(_on_its_way(each) for each in alike):
        raise KitchenTrouble("Another order for the same things is on its way to the kitchen.")
    ticket.schedule_id, ticket.recognised = free[0].id, True
    if ticket.state == TicketState.TO_SCHEDULE:
        _become(ticket, TicketState.PENDING)
    return True


async def suspect(session: Session, ticket_id: UUID, seen: Sequence[Scheduled]) -> None:
    """Note which schedules look like this ticket's and are none of ours: made by a try that arrived late."""
    ticket, alike = await _among_alike(session, ticket_id)
    if alike:
        # They may be those of the others; it is seen at the next look.
        return
    fitting = [each.id for each in _fitting(ticket, seen) if each.id != ticket.schedule_id]
    owned, suspected = await queries.claimed_by_others(session, ticket_id, fitting)
    duplicates = [each for each in fitting if each not in owned | suspected]
    if duplicates != ticket.suspected_duplicates:
        ticket.suspected_duplicates = duplicates
        _log.warning("duplicates", ticket_id=str(ticket_id), schedule_ids=[str(each) for each in duplicates])


async def _among_alike(session: Session, ticket_id: UUID) -> tuple[Ticket, list[Ticket]]:
    """A ticket, and the others for the same things of which it is not known whether the kitchen has them; all locked, these first."""
    ticket = await queries.ticket(session, ticket_id)
    unsettled = await queries.lock_unsettled(session, ticket) if ticket is not None else []
    return await _held(session, ticket_id), [each for each in unsettled if each.id != ticket_id]


def _on_its_way(ticket: Ticket) -> bool:
    """Whether the kitchen is being told of it at this moment: in its present turn, which is not over, a try has begun."""
    if ticket.leased_until is None or ticket.tried_at is None:
        return False
    return ticket.tried_at >= ticket.leased_until - LEASE and ticket.leased_until > clock.now()


def _fitting(ticket: Ticket, seen: Sequence[Scheduled]) -> list[Scheduled]:
    """Those that could be this ticket's, oldest first."""
    fitting = [each for each in seen if each.items == ticket.order and each.status is not KitchenStatus.CANCELLED]
    return sorted(fitting, key=lambda each: (each.at, each.id))


async def note_status(session: Session, ticket: Ticket, status: KitchenStatus) -> None:
    """What the kitchen says moves the order on. Answers that are late or out of order change nothing."""
    order, now = await _locked(session, ticket.id)
    _rest(now, ticket.leased_until)
    state = _OF_STATUS.get(status)
    if state is None or state not in TICKET_TRANSITIONS[TicketState(now.state)]:
        return
    _become(now, state)
    fulfilment = await queries.fulfilment(session, now.fulfilment_id)
    if fulfilment is not None and fulfilment.state == FulfilmentState.OPEN and order.cancelled_at is None:
        if state is TicketState.FINISHED:
            await fulfilling.send_what_is_wanted(session, order, fulfilment)
        if state is TicketState.CANCELLED:
            fulfilling.become(fulfilment, FulfilmentState.CANCELLED)
            event = KitchenCancelled(ticket_id=now.id, order_id=order.id)
            await orders.happened(session, event, order.id, details={"ticket_id": str(now.id)})
    await session.flush()
    await reckon(session, order)


async def withdrawn(session: Session, ticket: Ticket, *, finished: bool = False) -> None:
    """The kitchen knows that a ticket is cancelled; or says that it is `finished`, and was made in vain."""
    now = await _held(session, ticket.id)
    _rest(now, ticket.leased_until)
    if now.state == TicketState.TO_CANCEL:
        _become(now, TicketState.FINISHED if finished else TicketState.WITHDRAWN)


async def note_trouble(session: Session, ticket: Ticket, trouble: KitchenTrouble) -> None:
    """The kitchen gave no good answer: it is asked again, less and less often. The order says so once."""
    order, now = await _locked(session, ticket.id)
    _let_go(now, ticket.leased_until)
    now.troubles, now.trouble = now.troubles + 1, trouble.reason
    now.ask_at = clock.now() + min(POLL_LONGEST, POLL * 2 ** min(now.troubles - 1, 10))
    if now.state == TicketState.TO_SCHEDULE and not now.delayed:
        now.delayed = True
        event = KitchenDelayed(ticket_id=now.id, order_id=order.id)
        await orders.happened(session, event, order.id, details={"ticket_id": str(now.id)})


async def withdraw(session: Session, order_id: UUID) -> UUID | None:
    """A cancelled order's open fulfilments are given up, and its ticket; its id if the kitchen is to be told. Done again: the same."""
    order = await order_queries.order(session, order_id, lock=True)
    if order is None or order.cancelled_at is None:
        return None
    ticket = None
    for fulfilment in await queries.fulfilments(session, order_id):
        if fulfilment.state == FulfilmentState.OPEN:
            fulfilling.become(fulfilment, FulfilmentState.CANCELLED)
        ticket = fulfilment.ticket or ticket
    ticket = await queries.ticket(session, ticket.id, lock=True) if ticket is not None else None
    if ticket is not None:
        ticket.give_up()
    await session.flush()
    await reckon(session, order)
    return ticket.id if ticket is not None and ticket.state == TicketState.TO_CANCEL else None


def _become(ticket: Ticket, state: TicketState) -> None:
    assert state in TICKET_TRANSITIONS[TicketState(ticket.state)]  # noqa: S101 - each caller has looked.
    ticket.state = state.value


def _rest(ticket: Ticket, lease: datetime | None) -> None:
    """End a turn that brought a good answer."""
    _let_go(ticket, lease)
    ticket.troubles, ticket.trouble = 0, None
    ticket.ask_at = clock.now() + POLL


def _let_go(ticket: Ticket, lease: datetime | None) -> None:
    """End the lease if it is still this turn's."""
    if ticket.leased_until == lease:
        ticket.leased_until = None


async def _held(session: Session, ticket_id: UUID) -> Ticket:
    ticket = await queries.ticket(session, ticket_id, lock=True)
    if ticket is None:
        raise NotFound
    return ticket


async def _locked(session: Session, ticket_id: UUID) -> tuple[Order, Ticket]:
    """A ticket as it stands, with its order, which is locked first."""
    order_id = await queries.order_of_ticket(session, ticket_id)
    if order_id is None:
        raise NotFound
    order = await orders.locked(session, order_id)
    return order, await _held(session, ticket_id)
