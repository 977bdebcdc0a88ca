"""How goods come back: asked for, approved, received and refunded, each once."""

from collections.abc import Mapping
from uuid import UUID

from merkato.domains.fulfilment import queries
from merkato.domains.fulfilment.errors import NotInThisState
from merkato.domains.fulfilment.events import ReturnApproved, ReturnReceived, ReturnRejected, ReturnRequested
from merkato.domains.fulfilment.models import AWAITED, RETURN_TRANSITIONS, Return, ReturnLine, ReturnState
from merkato.domains.fulfilment.schemas import ReceiptDraft, ReturnDraft
from merkato.domains.fulfilment.service import standing
from merkato.domains.inventory import service as inventory
from merkato.domains.orders import service as orders
from merkato.domains.orders.models import Order, PaymentStatus
from merkato.domains.orders.schemas import LineQuantity, RefundDraft
from merkato.domains.payments.errors import RefundTooLarge
from merkato.domains.payments.models import Reversal
from merkato.kit.database import Session
from merkato.kit.errors import NotFound


async def ask(session: Session, order: Order, draft: ReturnDraft, *, by: UUID | None) -> Return:
    """The buyer wants to send pieces back that have left. The caller holds the order locked.

    Raises MoreThanLeft, and Invalid for a line of another order.
    """
    remaining = {line.id: line.quantity_fulfilled - line.quantity_returned for line in order.lines}
    for each in await queries.returns_of(session, order.id):
        if each.state in AWAITED:
            for line_id, quantity in each.quantities.items():
                remaining[line_id] -= quantity
    quantities = standing.asked_for(order, draft.lines, remaining)
    lines = [ReturnLine(line_id=line_id, quantity=quantity) for line_id, quantity in sorted(quantities.items())]
    asked = Return(order_id=order.id, reason=draft.reason, lines=lines)
    session.add(asked)
    await session.flush()
    event = ReturnRequested(return_id=asked.id, order_id=order.id)
    await orders.happened(session, event, order.id, by=by, details={"return_id": str(asked.id)})
    return await _present(session, asked.id)


async def approve(session: Session, return_id: UUID, *, by: UUID) -> Return:
    """It may be sent back. Raises NotFound, NotInThisState."""
    order, found = await _locked(session, return_id)
    _become(found, ReturnState.APPROVED)
    event = ReturnApproved(return_id=found.id, order_id=order.id)
    await orders.happened(session, event, order.id, by=by, details={"return_id": str(found.id)})
    return await _present(session, return_id)


async def reject(session: Session, return_id: UUID, reason: str | None, *, by: UUID) -> Return:
    """It may not be sent back, or what came is refused. Raises NotFound, NotInThisState."""
    order, found = await _locked(session, return_id)
    _become(found, ReturnState.REJECTED)
    found.rejection = reason
    event = ReturnRejected(return_id=found.id, order_id=order.id)
    await orders.happened(session, event, order.id, by=by, details={"return_id": str(found.id), "reason": reason})
    return await _present(session, return_id)


async def receive(session: Session, return_id: UUID, draft: ReceiptDraft, *, by: UUID) -> Return:
    """The pieces are back: they can be sold again if that is said, and their money is to be given back.

    The provider is asked afterwards. Raises NotFound, NotInThisState, MoreThanLeft, and RefundTooLarge while the money is not taken.
    """
    order, found = await _locked(session, return_id)
    _become(found, ReturnState.RECEIVED)
    quantities = found.quantities
    standing.refuse_more(
        quantities, {line.id: line.quantity_fulfilled - line.quantity_returned for line in order.lines}
    )
    planned = await _give_back(session, order, quantities, found.reason, by=by)
    order, found = await _locked(session, return_id)
    found.reversal_ids, found.restocked = [reversal.id for reversal in planned], draft.restock
    orders.count(order, returned=quantities)
    event = ReturnReceived(return_id=found.id, order_id=order.id)
    await orders.happened(session, event, order.id, by=by, details={"return_id": str(found.id)})
    if draft.restock:
        await inventory.put_back(session, by, standing.by_variant(order, quantities), reason="returned")
    await standing.reckon(session, order, by=by)
    return await finish(session, return_id)


async def finish(session: Session, return_id: UUID) -> Return:
    """It is refunded when all of its money has been given back: at once when there was none. Otherwise it stays as it is."""
    _, found = await _locked(session, return_id)
    if found.state == ReturnState.RECEIVED and await queries.is_paid_back(session, return_id):
        _become(found, ReturnState.REFUNDED)
    return await _present(session, return_id)


async def _give_back(
    session: Session, order: Order, quantities: Mapping[UUID, int], reason: str, *, by: UUID
) -> list[Reversal]:
    """Decide to refund these pieces, as far as staff have not done so before."""
    unpaid = {line.id: line.quantity - line.quantity_refunded for line in order.lines}
    lines = [
        LineQuantity(line_id=line_id, quantity=min(quantity, unpaid[line_id]))
        for line_id, quantity in quantities.items()
        if unpaid[line_id] > 0
    ]
    if not lines:
        return []
    order_id, money_may_come = order.id, order.payment_status == PaymentStatus.AUTHORIZED
    try:
        async with session.begin_nested():
            return await orders.refund(session, order_id, RefundDraft(lines=lines, reason=reason), by=by)
    except RefundTooLarge as short:
        rest: int = short.members["refundable"]
        if money_may_come:
            raise
    # Some of the money went back as an amount: what is left of it is all that can be given.
    return await orders.refund(session, order_id, RefundDraft(amount=rest, reason=reason), by=by) if rest else []


def _become(found: Return, state: ReturnState) -> None:
    if state not in RETURN_TRANSITIONS[ReturnState(found.state)]:
        raise NotInThisState(state=found.state)
    found.state = state.value


async def _locked(session: Session, return_id: UUID) -> tuple[Order, Return]:
    """A return as it stands, with its order, which is locked first. Raises NotFound."""
    order_id = await queries.order_of_return(session, return_id)
    if order_id is None:
        raise NotFound
    return await orders.locked(session, order_id), await _present(session, return_id)


async def _present(session: Session, return_id: UUID) -> Return:
    found = await queries.returned(session, return_id)
    if found is None:
        raise NotFound
    return found
