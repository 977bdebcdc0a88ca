"""How money of an order is given back: for some of its pieces, or as an amount."""

from collections import Counter
from uuid import UUID

from merkato.domains.inventory import service as inventory
from merkato.domains.orders import totals
from merkato.domains.orders.errors import MoreThanLeft
from merkato.domains.orders.models import Order, OrderLine
from merkato.domains.orders.schemas import LineQuantity, RefundDraft
from merkato.domains.orders.service.booking import credit_refund
from merkato.domains.orders.service.history import locked
from merkato.domains.orders.totals import Parts
from merkato.domains.payments import service as payments
from merkato.domains.payments.models import Reversal
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.errors import Invalid


async def refund(session: Session, order_id: UUID, draft: RefundDraft, *, by: UUID | None) -> list[Reversal]:
    """Decide to give money back; the reversals still to be carried out (none for pieces that cost nothing).

    The caller has seen to it that the actor `by` may. Raises NotFound, MoreThanLeft, RefundTooLarge, and Invalid for a line of another
    order.
    """
    order = await locked(session, order_id)
    lines = _named(order, draft.lines or [])
    if draft.restock:
        await _restock(session, order, lines, by=by)
    pieces = _take(order, lines) if lines else None
    amount = pieces.total if pieces is not None else draft.amount or 0
    planned = await payments.plan_refund(session, order.payables, amount, reason=draft.reason)
    if planned:
        await credit_refund(session, order, planned[0].id, amount, pieces)
    order.updated_at = clock.now()
    await session.flush()
    return planned


def _named(order: Order, said: list[LineQuantity]) -> list[tuple[OrderLine, int]]:
    """The lines that are meant, each once. Raises Invalid for one that is not of this order."""
    own = {line.id: line for line in order.lines}
    wanted = Counter[UUID]()
    for position, each in enumerate(said):
        if each.line_id not in own:
            raise Invalid.field(f"/lines/{position}/line_id", "unknown", "is no line of this order")
        wanted[each.line_id] += each.quantity
    return [(own[line_id], quantity) for line_id, quantity in wanted.items()]


def _take(order: Order, lines: list[tuple[OrderLine, int]]) -> Parts:
    """Count pieces as refunded; what was paid for them. Raises MoreThanLeft."""
    taken = Parts()
    for line, quantity in lines:
        left = line.quantity - line.quantity_refunded
        if quantity > left:
            raise MoreThanLeft(line_id=str(line.id), left=left)
        taken += totals.refunded(order, line, quantity)
        line.quantity_refunded += quantity
    return taken


async def _restock(session: Session, order: Order, lines: list[tuple[OrderLine, int]], *, by: UUID | None) -> None:
    """Let pieces be sold again. Those that have not left are cancelled first; the rest has come back. Raises MoreThanLeft."""
    stay, back = Counter[UUID](), Counter[UUID]()
    for line, quantity in lines:
        waiting = line.quantity - line.quantity_cancelled - line.quantity_fulfilled
        out = line.quantity_fulfilled - line.quantity_returned
        if quantity > waiting + out:
            raise MoreThanLeft(line_id=str(line.id), left=waiting + out)
        kept = min(quantity, waiting)
        line.quantity_cancelled += kept
        line.quantity_returned += quantity - kept
        stay[line.variant_id] += kept
        back[line.variant_id] += quantity - kept
    await inventory.release_part(session, order.id, stay)
    await inventory.put_back(session, by, back, reason="returned")
