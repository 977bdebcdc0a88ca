"""How fulfilments, tickets and returns are found."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, any_, func, or_, select, update
from sqlalchemy.orm import selectinload

from merkato.domains.fulfilment.models import (
    ENDED,
    Fulfilment,
    Return,
    ReturnState,
    SimulatedSchedule,
    Ticket,
    TicketState,
)
from merkato.domains.fulfilment.schemas import ReturnFilters, TicketFilters
from merkato.domains.payments.models import Reversal, ReversalState
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging
from merkato.kit.rows import among


def _fulfilments() -> Select[Fulfilment]:
    loaded = selectinload(Fulfilment.lines), selectinload(Fulfilment.ticket)
    return select(Fulfilment).options(*loaded).execution_options(populate_existing=True)


async def fulfilment(session: Session, fulfilment_id: UUID) -> Fulfilment | None:
    """As it stands, with its lines and ticket. Whoever changes it holds its order locked."""
    return await session.scalar(_fulfilments().where(Fulfilment.id == fulfilment_id))


async def fulfilments(session: Session, order_id: UUID) -> list[Fulfilment]:
    """All of an order, oldest first."""
    return list(await session.scalars(_fulfilments().where(Fulfilment.order_id == order_id).order_by(Fulfilment.id)))


async def page_of_fulfilments(session: Session, order_id: UUID, paging: Paging) -> tuple[list[Fulfilment], str | None]:
    """Oldest first."""
    return await paging.fetch(session, _fulfilments().where(Fulfilment.order_id == order_id), Key(Fulfilment.id))


async def order_of_fulfilment(session: Session, fulfilment_id: UUID) -> UUID | None:
    return await session.scalar(select(Fulfilment.order_id).where(Fulfilment.id == fulfilment_id))


async def empty(session: Session, order_ids: Sequence[UUID]) -> None:
    """Leave of parcels and returns nothing that leads to a person."""
    sent = update(Fulfilment).where(among(Fulfilment.order_id, order_ids))
    await session.execute(sent.values(tracking_number=None, tracking_url=None, updated_at=Fulfilment.updated_at))
    asked = update(Return).where(among(Return.order_id, order_ids))
    await session.execute(asked.values(reason="", rejection=None, updated_at=Return.updated_at))


def _ticket(ticket_id: UUID) -> Select[Ticket]:
    return select(Ticket).where(Ticket.id == ticket_id).execution_options(populate_existing=True)


async def ticket(session: Session, ticket_id: UUID, *, lock: bool = False) -> Ticket | None:
    return await session.scalar(_ticket(ticket_id).with_for_update() if lock else _ticket(ticket_id))


async def order_of_ticket(session: Session, ticket_id: UUID) -> UUID | None:
    return await session.scalar(select(Ticket.order_id).where(Ticket.id == ticket_id))


async def due_tickets(session: Session, moment: datetime, limit: int) -> list[UUID]:
    """Tickets that the kitchen is to be asked about and that nobody is asking about, the most overdue first."""
    found = select(Ticket.id).where(
        Ticket.state.not_in(ENDED),
        Ticket.ask_at <= moment,
        or_(Ticket.leased_until.is_(None), Ticket.leased_until <= moment),
    )
    return list(await session.scalars(found.order_by(Ticket.ask_at).limit(limit)))


async def lock_unsettled(session: Session, like: Ticket) -> list[Ticket]:
    """The tickets for the same things of which we do not know whether the kitchen has them, itself among them; locked in key order."""
    found = select(Ticket).where(
        Ticket.state.in_([TicketState.TO_SCHEDULE, TicketState.TO_CANCEL]),
        Ticket.schedule_id.is_(None),
        Ticket.items == like.items,
    )
    locked = found.order_by(Ticket.id).with_for_update().execution_options(populate_existing=True)
    return list(await session.scalars(locked))


async def claimed_by_others(
    session: Session, ticket_id: UUID, schedule_ids: Collection[UUID]
) -> tuple[set[UUID], set[UUID]]:
    """Which of these schedules belong to other tickets of ours, and which are suspected at them."""
    asked = list(schedule_ids)
    found = select(Ticket.schedule_id, Ticket.suspected_duplicates).where(
        Ticket.id != ticket_id, or_(Ticket.schedule_id.in_(asked), Ticket.suspected_duplicates.overlap(asked))
    )
    owned, suspected = set[UUID](), set[UUID]()
    for schedule_id, duplicates in await session.execute(found):
        owned |= {schedule_id} if schedule_id else set()
        suspected.update(duplicates)
    return owned, suspected


async def recognised_by_another(session: Session, ticket_id: UUID, schedule_id: UUID) -> bool:
    """Whether another ticket has taken this schedule for its own, after its answer was lost."""
    found = select(Ticket.id).where(Ticket.id != ticket_id, Ticket.schedule_id == schedule_id, Ticket.recognised)
    return await session.scalar(found.limit(1)) is not None


async def tickets(session: Session, filters: TicketFilters, paging: Paging) -> tuple[list[Ticket], str | None]:
    """Newest first."""
    found = select(Ticket)
    if filters.state:
        found = found.where(Ticket.state.in_(filters.state))
    if filters.suspected is not None:
        suspected = func.cardinality(Ticket.suspected_duplicates) > 0
        found = found.where(suspected if filters.suspected else ~suspected)
    return await paging.fetch(session, found, Key(Ticket.id, descending=True))


def _returns() -> Select[Return]:
    return select(Return).options(selectinload(Return.lines)).execution_options(populate_existing=True)


async def returned(session: Session, return_id: UUID) -> Return | None:
    """As it stands, with its lines. Whoever changes it holds its order locked."""
    return await session.scalar(_returns().where(Return.id == return_id))


async def order_of_return(session: Session, return_id: UUID) -> UUID | None:
    return await session.scalar(select(Return.order_id).where(Return.id == return_id))


async def returns_of(session: Session, order_id: UUID) -> list[Return]:
    """All of an order, oldest first."""
    return list(await session.scalars(_returns().where(Return.order_id == order_id).order_by(Return.id)))


async def page_of_returns(session: Session, order_id: UUID, paging: Paging) -> tuple[list[Return], str | None]:
    """Oldest first."""
    return await paging.fetch(session, _returns().where(Return.order_id == order_id), Key(Return.id))


async def returns(session: Session, filters: ReturnFilters, paging: Paging) -> tuple[list[Return], str | None]:
    """Everybody's, newest first."""
    found = _returns()
    if filters.state:
        found = found.where(Return.state.in_(filters.state))
    return await paging.fetch(session, found, Key(Return.id, descending=True))


def _unfinished() -> Select[UUID]:
    return select(Reversal.id).where(
        Reversal.id == any_(Return.reversal_ids), Reversal.state != ReversalState.SUCCEEDED
    )


async def paid_back(session: Session, limit: int) -> list[UUID]:
    """Received returns whose money has been given back."""
    found = select(Return.id).where(Return.state == ReturnState.RECEIVED, ~_unfinished().exists())
    return list(await session.scalars(found.order_by(Return.updated_at).limit(limit)))


async def is_paid_back(session: Session, return_id: UUID) -> bool:
    """Whether the money of a return has been given back."""
    unfinished = _unfinished().join(Return, Reversal.id == any_(Return.reversal_ids)).where(Return.id == return_id)
    return await session.scalar(unfinished.limit(1)) is None


async def simulated_schedule(session: Session, schedule_id: UUID, *, lock: bool = False) -> SimulatedSchedule | None:
    found = select(SimulatedSchedule).where(SimulatedSchedule.id == schedule_id)
    return await session.scalar(found.with_for_update() if lock else found)


async def simulated_schedules(session: Session, since: datetime) -> Sequence[SimulatedSchedule]:
    found = select(SimulatedSchedule).where(SimulatedSchedule.scheduled_at >= since)
    return list(await session.scalars(found.order_by(SimulatedSchedule.scheduled_at)))
