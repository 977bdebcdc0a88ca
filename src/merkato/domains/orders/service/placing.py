"""How an order comes to be."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from merkato.domains.identity.models import email_key
from merkato.domains.orders import queries
from merkato.domains.orders.events import OrderPaid, OrderPlaced
from merkato.domains.orders.models import FulfilmentStatus, PaymentStatus
from merkato.domains.orders.schemas import OrderDraft, OrderedLine
from merkato.domains.orders.service.booking import book_placement
from merkato.domains.orders.service.history import happened
from merkato.domains.pricing.totals import LineTotals, Totals
from merkato.kit import clock, ids
from merkato.kit.database import Session


async def place(session: Session, draft: OrderDraft, *, order_id: UUID, by: UUID | None) -> UUID:
    """Write an order whose money is authorised or taken. The caller has allocated its stock and calls `number` as its last statement."""
    await write(session, draft, order_id=order_id)
    await placed(session, order_id, by=by)
    if draft.payment_status is PaymentStatus.PAID:
        await happened(session, OrderPaid(order_id=order_id), order_id)
    return order_id


async def placed(session: Session, order_id: UUID, *, by: UUID | None) -> None:
    """From here on an order is a sale: its money is there and its stock allocated."""
    await book_placement(session, order_id)
    await happened(session, OrderPlaced(order_id=order_id), order_id, by=by)


async def write(session: Session, draft: OrderDraft, *, order_id: UUID, pay_by: datetime | None = None) -> None:
    """The rows of an order that is placed now, or of one that is to be paid by a time."""
    moment = clock.now()
    values: dict[str, Any] = {
        "id": order_id,
        "account_id": draft.account_id,
        "checkout_id": draft.checkout_id,
        "guest_token": draft.guest_token,
        "email": draft.email,
        "email_key": email_key(draft.email),
        "currency": draft.currency,
        "payment_status": draft.payment_status.value,
        "fulfilment_status": FulfilmentStatus.UNFULFILLED.value,
        "total_minor": draft.totals.total,
        "totals": draft.totals.entries(),
        "taxes": list(draft.totals.taxes),
        "shipping_address": draft.shipping_address,
        "billing_address": draft.billing_address,
        "shipping_option": draft.shipping_option,
        "pay_by": pay_by,
        "sweep_at": pay_by,
        "placed_at": None if pay_by else moment,
        "created_at": moment,
        "updated_at": moment,
    }
    await queries.insert_order(session, values, line_values(order_id, draft.lines, draft.totals))


def line_values(order_id: UUID, lines: Sequence[OrderedLine], totals: Totals) -> list[dict[str, Any]]:
    """The rows of an order's lines."""
    both = zip(lines, totals.lines, strict=True)
    return [_line(order_id, position, line, sums) for position, (line, sums) in enumerate(both)]


def _line(order_id: UUID, position: int, line: OrderedLine, sums: LineTotals) -> dict[str, Any]:
    offer = line.offer
    return {
        "id": ids.new(),
        "order_id": order_id,
        "position": position,
        "variant_id": offer.variant_id,
        "product": {
            "id": str(offer.product_id),
            "slug": offer.slug,
            "title": offer.title,
            "image": offer.image,
            "fulfilment": offer.fulfilment,
        },
        "sku": offer.sku,
        "title": offer.title,
        "options": offer.options,
        "unit_price_minor": offer.unit_price,
        "quantity": line.quantity,
        "quantity_cancelled": 0,
        "quantity_fulfilled": 0,
        "quantity_returned": 0,
        "quantity_refunded": 0,
        "discount_minor": sums.discount,
        "tax_minor": sums.tax,
    }


async def number(session: Session, order_id: UUID) -> int:
    """Give a placed order its number; the last statement of its transaction, so that a refusal burns none."""
    return await queries.take_number(session, order_id)
