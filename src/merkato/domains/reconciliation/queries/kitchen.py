"""What does not fit together between orders and the kitchen: one statement for each kind, of the ticket's id and the figures to show."""

from typing import Any

from sqlalchemy import Select, func, select

from merkato.domains.fulfilment.models import Ticket, TicketState
from merkato.domains.orders.models import Order
from merkato.domains.reconciliation.models import LONG
from merkato.domains.reconciliation.schemas import Look

Statement = Select[*tuple[Any, ...]]


def kitchen_cancelled(_look: Look) -> Statement:
    """Tickets that the kitchen will not make, of orders that are not cancelled."""
    return _tickets().where(Ticket.state == TicketState.CANCELLED, Order.cancelled_at.is_(None))


def kitchen_duplicate(_look: Look) -> Statement:
    """Tickets that the kitchen may hold twice. The figure changes when more are suspected."""
    suspected = func.cardinality(Ticket.suspected_duplicates)
    return _tickets().add_columns(suspected.label("suspected")).where(suspected > 0)


def kitchen_stuck(look: Look) -> Statement:
    """Tickets that the kitchen was to be told of, or that were to be cancelled there, long ago."""
    waiting = Ticket.state.in_([TicketState.TO_SCHEDULE, TicketState.TO_CANCEL])
    return _tickets().where(waiting, Ticket.created_at <= look.moment - LONG)


def _tickets() -> Statement:
    return select(
        Ticket.id, Ticket.order_id.label("order_id"), Order.number.label("order_number"), Ticket.state.label("state")
    ).join(Order, Order.id == Ticket.order_id)
