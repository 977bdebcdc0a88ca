"""How orders are found and numbered."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    case,
    column,
    delete,
    exists,
    func,
    insert,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from merkato.domains.catalog.models import Variant
from merkato.domains.orders import totals
from merkato.domains.orders.events import OrderRefunded
from merkato.domains.orders.models import OPEN, Order, OrderCounter, OrderEvent, OrderLine, OrderStatus
from merkato.domains.orders.schemas import OrderFilters
from merkato.domains.orders.totals import Parts
from merkato.domains.payments.models import Attempt, AttemptState, Reversal
from merkato.kit import ids
from merkato.kit.counting import counted
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging
from merkato.kit.rows import among

FIRST_NUMBER = 1001
SWEPT_AT_ONCE = 50
POSTAL_PREFIX = 3
"""So many characters of a postal code name a region, not a street."""


def _orders() -> Select[Order]:
    return select(Order).options(selectinload(Order.lines)).execution_options(populate_existing=True)


async def order(
    session: Session, order_id: UUID, bound: ColumnElement[bool] | None = None, *, lock: bool = False
) -> Order | None:
    """One order with its lines, within a bound."""
    found = _orders().where(Order.id == order_id)
    if bound is not None:
        found = found.where(bound)
    return await session.scalar(found.with_for_update(of=Order) if lock else found)


async def order_paid_under(session: Session, payable_id: UUID) -> UUID | None:
    """The order that a payment belongs to: its own id, or its checkout's."""
    return await session.scalar(select(Order.id).where(or_(Order.id == payable_id, Order.checkout_id == payable_id)))


async def orders(
    session: Session, bound: ColumnElement[bool], filters: OrderFilters, paging: Paging
) -> tuple[list[Order], str | None]:
    """Newest first."""
    found = _orders().where(bound)
    if filters.status:
        found = found.where(Order.status.in_(filters.status))
    if filters.cancelled is not None:
        found = found.where(Order.cancelled_at.is_not(None) if filters.cancelled else Order.cancelled_at.is_(None))
    if filters.created_after is not None:
        found = found.where(Order.created_at > filters.created_after)
    if filters.created_before is not None:
        found = found.where(Order.created_at < filters.created_before)
    if isinstance(filters.customer, UUID):
        found = found.where(Order.account_id == filters.customer)
    newest = (Key(Order.created_at, descending=True), Key(Order.id, descending=True))
    return await paging.fetch(session, found, *newest)


def has_bought(account_id: InstrumentedAttribute[UUID], product_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether an account has a placed order, not cancelled, of a product; both are columns of the caller's own query."""
    bought = (
        select(Order.id)
        .join(OrderLine)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .where(Order.account_id == account_id, Variant.product_id == product_id)
        .where(Order.placed_at.is_not(None), Order.cancelled_at.is_(None))
    )
    return bought.exists()


async def claim_guests_orders(session: Session, account_id: UUID, email_key: str, email: str) -> list[UUID]:
    """Give the orders that guests placed under this address to an account; those that changed hands.

    The key alone is no proof: it holds `straße` and `strasse` for one, which are two mailboxes.
    """
    theirs = Order.email_key == email_key, func.lower(Order.email) == func.lower(email)
    claimed = update(Order).where(Order.account_id.is_(None), *theirs).values(account_id=account_id)
    return list(await session.scalars(claimed.returning(Order.id).execution_options(synchronize_session=False)))


async def open_of(session: Session, account_id: UUID) -> list[UUID]:
    """The orders of an account that are still to be paid, in key order."""
    found = select(Order.id).where(
        Order.account_id == account_id, Order.placed_at.is_(None), Order.cancelled_at.is_(None)
    )
    return list(await session.scalars(found.order_by(Order.id)))


async def anonymise(session: Session, order_ids: Collection[UUID]) -> None:
    """Leave of the buyer what the tax of a sale is proven by: country, region, and how the postal code begins."""
    emptied = update(Order).where(among(Order.id, order_ids))
    await session.execute(
        emptied.values(
            email="",
            email_key="",
            guest_token=None,
            shipping_address=_place(Order.shipping_address),
            billing_address=_place(Order.billing_address),
        ).execution_options(synchronize_session=False)
    )
    told = update(OrderEvent).where(among(OrderEvent.order_id, order_ids)).values(details=_wordless())
    await session.execute(told.execution_options(synchronize_session=False))


def _wordless() -> ColumnElement[dict[str, Any]]:
    """Of the details of an event the ids and figures: reasons, and how a parcel is followed, lead to people."""
    each = func.jsonb_each(OrderEvent.details).table_valued("key", column("value", JSONB))
    figure = or_(each.c.key.endswith("_id", autoescape=True), func.jsonb_typeof(each.c.value) == "number")
    kept = func.coalesce(func.jsonb_object_agg(each.c.key, each.c.value), func.jsonb_build_object(), type_=JSONB)
    return select(kept).select_from(each).where(figure).correlate(OrderEvent).scalar_subquery()


def _place(address: InstrumentedAttribute[dict[str, Any] | None]) -> ColumnElement[Any]:
    """A postal address with nothing in it that leads to a door. The fields that every address has are there, and empty."""
    kept = func.jsonb_build_object(
        *("name", "", "line1", "", "city", ""),
        *("postal_code", func.left(address["postal_code"].astext, POSTAL_PREFIX)),
        *("country", address["country"].astext, "region", address["region"].astext),
    )
    return case((func.jsonb_typeof(address) == "object", kept), else_=null())


async def count_open(session: Session, account_id: UUID, since: datetime) -> int:
    """How many orders an account has that are still to be paid, and were not to be paid before."""
    ours = select(func.count()).where(Order.account_id == account_id, Order.pay_by > since)
    return await session.scalar(ours.where(Order.placed_at.is_(None), Order.cancelled_at.is_(None))) or 0


async def lease_due(session: Session, moment: datetime, lease: timedelta) -> list[UUID]:
    """Orders that are to be looked at now; nobody else's sweep gets them before the lease is over."""
    due = (
        select(Order.id)
        .where(Order.sweep_at <= moment)
        .order_by(Order.sweep_at)
        .limit(SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    # For whoever reads the order, being looked at is no change.
    taken = update(Order).where(Order.id.in_(due.scalar_subquery()))
    taken = taken.values(sweep_at=moment + lease, version=Order.version, updated_at=Order.updated_at)
    return list(await session.scalars(taken.returning(Order.id).execution_options(synchronize_session=False)))


async def uncaptured(session: Session, before: datetime, *, automatic: bool) -> list[tuple[UUID, UUID]]:
    """Attempts whose money is authorised since before, with the orders that they pay for; not those that are being given back.

    Unless all are captured automatically, only those that staff have decided to capture.
    """
    found = (
        select(Attempt.id, Order.id)
        .join(Order, or_(Order.id == Attempt.payable_id, Order.checkout_id == Attempt.payable_id))
        .where(Attempt.state == AttemptState.AUTHORIZED, Attempt.updated_at <= before, Order.cancelled_at.is_(None))
        .where(~exists().where(Reversal.attempt_id == Attempt.id))
        .order_by(Attempt.updated_at)
        .limit(50)
    )
    if not automatic:
        found = found.where(Attempt.capturing_minor.is_not(None))
    return [(row[0], row[1]) for row in await session.execute(found)]


async def insert_order(session: Session, values: dict[str, Any], lines: Sequence[dict[str, Any]]) -> None:
    await session.execute(insert(Order).values(values))
    await session.execute(insert(OrderLine), list(lines))


async def replace_lines(session: Session, order_id: UUID, lines: Sequence[dict[str, Any]]) -> None:
    gone = delete(OrderLine).where(OrderLine.order_id == order_id)
    await session.execute(gone.execution_options(synchronize_session=False))
    await session.execute(insert(OrderLine), list(lines))


async def sale(session: Session, order_id: UUID) -> tuple[str, Parts]:
    """The currency of an order, and what it consists of."""
    found = (
        select(
            Order.currency,
            Order.totals,
            Order.taxes,
            func.sum(OrderLine.unit_price_minor * OrderLine.quantity),
            func.sum(OrderLine.discount_minor),
            func.sum(OrderLine.tax_minor),
        )
        .join(OrderLine)
        .where(Order.id == order_id)
        .group_by(Order.id)
    )
    currency, entries, taxes, subtotal, discount, tax = (await session.execute(found)).one()
    return currency, totals.sale(int(subtotal), int(discount), int(tax), entries, taxes)


async def events(session: Session, order_id: UUID, paging: Paging) -> tuple[list[OrderEvent], str | None]:
    """Oldest first."""
    return await paging.fetch(session, select(OrderEvent).where(OrderEvent.order_id == order_id), Key(OrderEvent.id))


async def told_refunds(session: Session, order_id: UUID) -> set[str]:
    """The refunds that the history speaks of already."""
    told = select(OrderEvent.details["refund_id"].astext).where(
        OrderEvent.order_id == order_id, OrderEvent.name == OrderRefunded.name
    )
    return {refund_id for refund_id in await session.scalars(told) if refund_id}


async def take_number(session: Session, order_id: UUID) -> int:
    """Number an order. The counter stays locked until the commit: take it last."""
    taken = upsert(OrderCounter).values(id=1, last=FIRST_NUMBER)
    taken = taken.on_conflict_do_update(index_elements=[OrderCounter.id], set_={"last": OrderCounter.last + 1})
    number = (await session.scalars(taken.returning(OrderCounter.last))).one()
    await session.execute(update(Order).where(Order.id == order_id).values(number=number))
    return number


async def placed(session: Session) -> int:
    """How many orders have ever been placed, without counting them."""
    last = await session.scalar(select(OrderCounter.last))
    return 0 if last is None else last - FIRST_NUMBER + 1


async def open_counts(session: Session) -> dict[str, int]:
    """How many open orders there are of each status."""
    # Written out, because the index that holds just these is found by them.
    statuses: BindParameter[OrderStatus] = bindparam("open", OPEN, expanding=True, literal_execute=True)
    found = await counted(session, [Order.status], Order.status.in_(statuses))
    return {status: many for (status,), many in found.items()}


async def counts_since(session: Session, moment: datetime) -> dict[str, int]:
    """How many orders of each status were begun since a moment."""
    found = await counted(session, [Order.status], Order.id >= ids.first_at(moment))
    return {status: many for (status,), many in found.items()}
