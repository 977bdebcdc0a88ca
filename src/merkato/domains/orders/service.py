"""What happens to orders, inside the caller's transaction."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog

from merkato.domains.identity.models import Actor
from merkato.domains.inventory import service as inventory
from merkato.domains.orders import queries
from merkato.domains.orders.errors import TooLateToCancel
from merkato.domains.orders.events import OrderCancelled, OrderPaid, OrderPlaced, OrderRefunded
from merkato.domains.orders.models import (
    TRANSITIONS,
    FulfilmentStatus,
    Order,
    OrderEvent,
    OrderStatus,
    PaymentStatus,
)
from merkato.domains.orders.schemas import OrderDraft, OrderedLine
from merkato.domains.payments import service as payments
from merkato.domains.payments.queries import Standing
from merkato.domains.pricing.totals import LineTotals
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.errors import NotFound
from merkato.kit.events import Event, publish


async def place(session: Session, draft: OrderDraft, *, order_id: UUID, by: UUID | None) -> UUID:
    """Write an order whose money is authorised. The caller has allocated its stock and calls `number` as its last statement."""
    moment = clock.now()
    values: dict[str, Any] = {
        "id": order_id,
        "account_id": draft.account_id,
        "checkout_id": draft.checkout_id,
        "guest_token": draft.guest_token,
        "email": draft.email,
        "currency": draft.currency,
        "payment_status": draft.payment_status.value,
        "fulfilment_status": FulfilmentStatus.UNFULFILLED.value,
        "total_minor": draft.totals.total,
        "totals": draft.totals.entries(),
        "taxes": list(draft.totals.taxes),
        "shipping_address": draft.shipping_address,
        "billing_address": draft.billing_address,
        "shipping_option": draft.shipping_option,
        "placed_at": moment,
        "created_at": moment,
        "updated_at": moment,
    }
    both = zip(draft.lines, draft.totals.lines, strict=True)
    lines = [_line(order_id, position, line, sums) for position, (line, sums) in enumerate(both)]
    await queries.insert_order(session, values, lines)
    await happened(session, OrderPlaced(order_id=order_id), order_id, by=by)
    return order_id


def _line(order_id: UUID, position: int, line: OrderedLine, sums: LineTotals) -> dict[str, Any]:
    offer = line.offer
    return {
        "id": ids.new(),
        "order_id": order_id,
        "position": position,
        "variant_id": offer.variant_id,
        "product": {"id": str(offer.product_id), "slug": offer.slug, "title": offer.title, "image": offer.image},
        "sku": offer.sku,
        "title": offer.title,
        "options": offer.options,
        "unit_price_minor": offer.unit_price,
        "quantity": line.quantity,
        "quantity_cancelled": 0,
        "quantity_fulfilled": 0,
        "quantity_returned": 0,
        "discount_minor": sums.discount,
        "tax_minor": sums.tax,
    }


async def number(session: Session, order_id: UUID) -> int:
    """Give a placed order its number; the last statement of its transaction, so that a refusal burns none."""
    return await queries.take_number(session, order_id)


async def happened(
    session: Session, event: Event, order_id: UUID, *, by: UUID | None = None, details: Mapping[str, Any] | None = None
) -> None:
    """Write an event into the order's history, and into the outbox."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    session.add(
        OrderEvent(
            order_id=order_id, name=event.name, account_id=by, request_id=request_id, details=dict(details or {})
        )
    )
    await publish(session, event)


async def note_payment(session: Session, order_id: UUID) -> Order:
    """Bring the payment status up to what the payments say. Call it in the transaction that changed them."""
    order = await _locked(session, order_id)
    standing = await payments.standing(session, order.payables)
    before, after = order.payment_status, _payment_status(order, standing)
    if after != before:
        order.payment_status = after.value
        if after is PaymentStatus.PAID:
            await happened(session, OrderPaid(order_id=order.id), order.id)
        if after in {PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED}:
            await happened(session, OrderRefunded(order_id=order.id), order.id, details={"amount": standing.given_back})
    await session.flush()
    return await _locked(session, order_id)


async def note_payment_of(session: Session, payable_id: UUID) -> None:
    """As `note_payment`, by the id under which the payment is kept; without an order there is nothing to note."""
    order_id = await queries.order_paid_under(session, payable_id)
    if order_id is not None:
        await note_payment(session, order_id)


def _payment_status(order: Order, standing: Standing) -> PaymentStatus:
    if standing.captured:
        if standing.given_back:
            whole = standing.given_back >= standing.captured
            return PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED
        return PaymentStatus.PAID if standing.captured >= order.total_minor else PaymentStatus.PARTIALLY_PAID
    if standing.authorized:
        return PaymentStatus.AUTHORIZED
    if standing.voided:
        return PaymentStatus.VOIDED
    if order.total_minor == 0:
        return PaymentStatus.PAID
    return PaymentStatus.PENDING if standing.pending else PaymentStatus.UNPAID


async def cancel(session: Session, actor: Actor, order_id: UUID, *, reason: str) -> list[UUID]:
    """Cancel an order, free its stock once, and decide to give its money back; the reversals still to be carried out.

    The caller has seen to it that the actor may. Raises TooLateToCancel.
    """
    order = await _locked(session, order_id)
    if OrderStatus.CANCELLED not in TRANSITIONS[OrderStatus(order.status)]:
        raise TooLateToCancel
    order.cancelled_at = clock.now()
    for line in order.lines:
        line.quantity_cancelled = line.quantity - line.quantity_fulfilled
    await inventory.release_allocations(session, order.id)
    reversals = await payments.plan_reversals(session, order.payables, reason=reason)
    await happened(
        session, OrderCancelled(order_id=order.id), order.id, by=actor.account_id, details={"reason": reason}
    )
    await session.flush()
    return reversals


async def _locked(session: Session, order_id: UUID) -> Order:
    order = await queries.order(session, order_id, lock=True)
    if order is None:
        raise NotFound
    return order
