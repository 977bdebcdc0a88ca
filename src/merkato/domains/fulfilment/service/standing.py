"""How far an order's goods are, computed from its lines and fulfilments."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from merkato.domains.fulfilment import queries
from merkato.domains.fulfilment.models import Fulfilment, FulfilmentState, FulfilmentWay, TicketState
from merkato.domains.orders import queries as order_queries
from merkato.domains.orders import service as orders
from merkato.domains.orders.errors import MoreThanLeft
from merkato.domains.orders.models import FulfilmentStatus, Order
from merkato.domains.orders.schemas import LineQuantity
from merkato.kit.database import Session
from merkato.kit.errors import FieldError, Invalid


def left(order: Order, fulfilments: Sequence[Fulfilment]) -> dict[UUID, int]:
    """How many pieces of each line neither have left, nor are set aside in an open fulfilment, nor were cancelled."""
    remaining = {line.id: line.quantity - line.quantity_cancelled - line.quantity_fulfilled for line in order.lines}
    for fulfilment in fulfilments:
        if fulfilment.state == FulfilmentState.OPEN:
            for line_id, quantity in fulfilment.quantities.items():
                remaining[line_id] -= quantity
    return remaining


def asked_for(order: Order, lines: Sequence[LineQuantity], remaining: Mapping[UUID, int]) -> dict[UUID, int]:
    """What was said, as quantities. Raises Invalid for a line of another order, MoreThanLeft."""
    known = {line.id for line in order.lines}
    unknown = [
        FieldError(f"/lines/{place}/line_id", "unknown", "is no line of this order")
        for place, line in enumerate(lines)
        if line.line_id not in known
    ]
    if unknown:
        raise Invalid("There are lines of another order.", errors=unknown)
    asked = dict[UUID, int]()
    for line in lines:
        asked[line.line_id] = asked.get(line.line_id, 0) + line.quantity
    refuse_more(asked, remaining)
    return asked


def refuse_more(asked: Mapping[UUID, int], remaining: Mapping[UUID, int]) -> None:
    """Raises MoreThanLeft."""
    for line_id, quantity in asked.items():
        there = max(remaining.get(line_id, 0), 0)
        if quantity > there:
            raise MoreThanLeft(line_id=str(line_id), left=there)


def by_variant(order: Order, quantities: Mapping[UUID, int]) -> dict[UUID, int]:
    """The same pieces, counted by what they are in stock."""
    counted = dict[UUID, int]()
    for line in order.lines:
        if line.id in quantities:
            counted[line.variant_id] = counted.get(line.variant_id, 0) + quantities[line.id]
    return counted


async def reckon(session: Session, order: Order, *, by: UUID | None = None) -> None:
    """Bring an order's fulfilment status up to what has happened. The caller holds the order locked."""
    await orders.note_fulfilment(session, order, _status(order, await queries.fulfilments(session, order.id)), by=by)


async def reckon_anew(session: Session, order_id: UUID) -> None:
    """As `reckon`, for an order that nobody holds."""
    order = await order_queries.order(session, order_id, lock=True)
    if order is not None:
        await reckon(session, order)


def _status(order: Order, fulfilments: Collection[Fulfilment]) -> FulfilmentStatus:
    wanted = sum(line.quantity - line.quantity_cancelled for line in order.lines)
    gone = sum(line.quantity_fulfilled for line in order.lines)
    back = sum(line.quantity_returned for line in order.lines)
    arrived = sum(sum(each.quantities.values()) for each in fulfilments if each.state == FulfilmentState.DELIVERED)
    if gone and gone >= wanted:
        if back >= gone:
            return FulfilmentStatus.RETURNED
        return FulfilmentStatus.DELIVERED if arrived >= gone else FulfilmentStatus.DISPATCHED
    if gone:
        return FulfilmentStatus.PARTIAL
    at_work = any(_at_work(each) for each in fulfilments)
    return FulfilmentStatus.IN_PROGRESS if at_work else FulfilmentStatus.UNFULFILLED


def _at_work(fulfilment: Fulfilment) -> bool:
    """Whether somebody has begun: staff with the first step, the kitchen when it says so."""
    if fulfilment.state != FulfilmentState.OPEN:
        return False
    if fulfilment.way != FulfilmentWay.KITCHEN:
        return True
    return fulfilment.ticket is not None and fulfilment.ticket.state in {TicketState.PROGRESS, TicketState.FINISHED}
