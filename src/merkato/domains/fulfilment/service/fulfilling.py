"""How pieces of an order leave: set aside, dispatched, delivered."""

from collections.abc import Mapping
from uuid import UUID

from merkato.domains.catalog.models import Fulfilment as Kind
from merkato.domains.fulfilment import queries
from merkato.domains.fulfilment.errors import NotFulfillable, NotInThisState
from merkato.domains.fulfilment.events import FulfilmentDispatched
from merkato.domains.fulfilment.models import (
    FULFILMENT_TRANSITIONS,
    Fulfilment,
    FulfilmentLine,
    FulfilmentState,
    FulfilmentWay,
    Ticket,
    TicketState,
)
from merkato.domains.fulfilment.schemas import FulfilmentDraft, Tracking
from merkato.domains.fulfilment.service import cooking, standing
from merkato.domains.fulfilment.service.standing import reckon
from merkato.domains.inventory import service as inventory
from merkato.domains.orders import queries as order_queries
from merkato.domains.orders import service as orders
from merkato.domains.orders.errors import MoreThanLeft
from merkato.domains.orders.models import Order
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.errors import NotFound

_WAYS = {Kind.KITCHEN: FulfilmentWay.KITCHEN, Kind.DIGITAL: FulfilmentWay.INSTANT, Kind.NONE: FulfilmentWay.INSTANT}


async def begin(session: Session, order_id: UUID) -> UUID | None:
    """What follows from placing an order: a ticket for the kitchen, and what is digital is delivered. The ticket's id, if any.

    Done again it changes nothing. What is shipped waits for staff.
    """
    order = await order_queries.order(session, order_id, lock=True)
    if order is None or order.placed_at is None or order.cancelled_at is not None:
        return None
    present = await queries.fulfilments(session, order_id)
    remaining = standing.left(order, present)
    pieces: dict[FulfilmentWay, dict[UUID, int]] = {FulfilmentWay.KITCHEN: {}, FulfilmentWay.INSTANT: {}}
    for line in order.lines:
        way = _WAYS.get(Kind(line.fulfilment))
        if way is not None and remaining[line.id] > 0:
            pieces[way][line.id] = remaining[line.id]
    begun = {each.way: each for each in present}
    ticket = begun[FulfilmentWay.KITCHEN].ticket if FulfilmentWay.KITCHEN in begun else None
    if pieces[FulfilmentWay.KITCHEN] and FulfilmentWay.KITCHEN not in begun:
        ticket = await _to_the_kitchen(session, order, pieces[FulfilmentWay.KITCHEN])
    if pieces[FulfilmentWay.INSTANT] and FulfilmentWay.INSTANT not in begun:
        instant = await _set_aside(session, order.id, FulfilmentWay.INSTANT, pieces[FulfilmentWay.INSTANT])
        await send(session, order, instant)
        arrive(instant)
    await session.flush()
    await reckon(session, order)
    return ticket.id if ticket is not None and ticket.state == TicketState.TO_SCHEDULE else None


async def _to_the_kitchen(session: Session, order: Order, quantities: Mapping[UUID, int]) -> Ticket:
    """The ticket's row comes first: what the kitchen is told of is always known here."""
    fulfilment = await _set_aside(session, order.id, FulfilmentWay.KITCHEN, quantities)
    ticket = Ticket(order_id=order.id, fulfilment_id=fulfilment.id, items=cooking.items(order, quantities))
    session.add(ticket)
    await session.flush()
    return ticket


async def add(session: Session, order_id: UUID, draft: FulfilmentDraft, *, by: UUID) -> Fulfilment:
    """Set pieces aside that go together. Raises NotFound, NotFulfillable, MoreThanLeft, and Invalid for a line of another order."""
    order = await orders.locked(session, order_id)
    refuse_unfulfillable(order)
    remaining = standing.left(order, await queries.fulfilments(session, order_id))
    if draft.lines is None:
        quantities = {line_id: quantity for line_id, quantity in remaining.items() if quantity > 0}
        if not quantities:
            raise MoreThanLeft("Nothing is left to fulfil.")
    else:
        quantities = standing.asked_for(order, draft.lines, remaining)
    fulfilment = await _set_aside(session, order_id, FulfilmentWay.SHIPMENT, quantities)
    _follow(fulfilment, draft.tracking)
    return await _reckoned(session, order, fulfilment, by)


async def dispatch(session: Session, fulfilment_id: UUID, tracking: Tracking | None, *, by: UUID) -> Fulfilment:
    """What was set aside leaves the stock. What the kitchen was to make has come from elsewhere then, and its ticket is given up.

    Raises NotFound, NotFulfillable, NotInThisState, MoreThanLeft.
    """
    order, fulfilment = await _locked(session, fulfilment_id)
    _follow(fulfilment, tracking)
    await send(session, order, fulfilment, by=by)
    await _without_the_kitchen(session, fulfilment)
    return await _reckoned(session, order, fulfilment, by)


async def deliver(session: Session, fulfilment_id: UUID, *, by: UUID) -> Fulfilment:
    """It has arrived. Raises NotFound, NotInThisState."""
    order, fulfilment = await _locked(session, fulfilment_id)
    arrive(fulfilment)
    return await _reckoned(session, order, fulfilment, by)


async def cancel(session: Session, fulfilment_id: UUID, *, by: UUID) -> Fulfilment:
    """It does not leave; its pieces can be set aside anew, and the kitchen is told. Raises NotFound, NotInThisState."""
    order, fulfilment = await _locked(session, fulfilment_id)
    become(fulfilment, FulfilmentState.CANCELLED)
    await _without_the_kitchen(session, fulfilment)
    return await _reckoned(session, order, fulfilment, by)


async def send(session: Session, order: Order, fulfilment: Fulfilment, *, by: UUID | None = None) -> None:
    """Dispatch a fulfilment of an order that is held locked; the caller reckons afterwards."""
    refuse_unfulfillable(order)
    become(fulfilment, FulfilmentState.DISPATCHED)
    # A refund may have cancelled pieces of it meanwhile.
    standing.refuse_more(fulfilment.quantities, standing.left(order, []))
    fulfilment.dispatched_at = clock.now()
    await inventory.dispatch(session, by, order.id, standing.by_variant(order, fulfilment.quantities))
    orders.count(order, dispatched=fulfilment.quantities)
    if fulfilment.way != FulfilmentWay.INSTANT:
        event = FulfilmentDispatched(fulfilment_id=fulfilment.id, order_id=order.id)
        details = {"fulfilment_id": str(fulfilment.id), "tracking": fulfilment.tracking}
        await orders.happened(session, event, order.id, by=by, details=details)


async def send_what_is_wanted(session: Session, order: Order, fulfilment: Fulfilment) -> None:
    """As `send`, without the pieces that a refund has cancelled while they were made."""
    wanted = standing.left(order, [])
    for line in fulfilment.lines:
        line.quantity = min(line.quantity, wanted[line.line_id])
    fulfilment.lines = [line for line in fulfilment.lines if line.quantity > 0]
    if fulfilment.lines:
        await send(session, order, fulfilment)
    else:
        become(fulfilment, FulfilmentState.CANCELLED)


def arrive(fulfilment: Fulfilment) -> None:
    """Raises NotInThisState."""
    become(fulfilment, FulfilmentState.DELIVERED)
    fulfilment.delivered_at = clock.now()


def become(fulfilment: Fulfilment, state: FulfilmentState) -> None:
    """Raises NotInThisState."""
    if state not in FULFILMENT_TRANSITIONS[FulfilmentState(fulfilment.state)]:
        raise NotInThisState(state=fulfilment.state)
    fulfilment.state = state.value


def refuse_unfulfillable(order: Order) -> None:
    """Raises NotFulfillable."""
    if order.placed_at is None or order.cancelled_at is not None:
        raise NotFulfillable


def _follow(fulfilment: Fulfilment, tracking: Tracking | None) -> None:
    if tracking is not None:
        fulfilment.carrier, fulfilment.tracking_number = tracking.carrier, tracking.number
        fulfilment.tracking_url = tracking.url


async def _set_aside(
    session: Session, order_id: UUID, way: FulfilmentWay, quantities: Mapping[UUID, int]
) -> Fulfilment:
    lines = [FulfilmentLine(line_id=line_id, quantity=quantity) for line_id, quantity in sorted(quantities.items())]
    fulfilment = Fulfilment(order_id=order_id, way=way.value, lines=lines)
    session.add(fulfilment)
    await session.flush()
    return fulfilment


async def _locked(session: Session, fulfilment_id: UUID) -> tuple[Order, Fulfilment]:
    """A fulfilment as it stands, with its order, which is locked first. Raises NotFound."""
    order_id = await queries.order_of_fulfilment(session, fulfilment_id)
    if order_id is None:
        raise NotFound
    order = await orders.locked(session, order_id)
    fulfilment = await queries.fulfilment(session, fulfilment_id)
    if fulfilment is None:
        raise NotFound
    return order, fulfilment


async def _without_the_kitchen(session: Session, fulfilment: Fulfilment) -> None:
    ticket = await queries.ticket(session, fulfilment.ticket.id, lock=True) if fulfilment.ticket else None
    if ticket is not None:
        ticket.give_up()


async def _reckoned(session: Session, order: Order, fulfilment: Fulfilment, by: UUID) -> Fulfilment:
    await session.flush()
    await reckon(session, order, by=by)
    found = await queries.fulfilment(session, fulfilment.id)
    if found is None:
        raise NotFound
    return found
