"""How figures are counted: each in one statement for any number of days."""

from collections import defaultdict
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Uuid, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from merkato.domains.catalog.models import Product, Variant
from merkato.domains.identity.models import Account
from merkato.domains.inventory.models import Stock
from merkato.domains.ledger.models import Transfer, TransferKind
from merkato.domains.orders.models import Order, OrderLine
from merkato.domains.reports.schemas import CustomersDay, ProductSales, SalesDay, StockLine, Within
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging

PRODUCTS_MAX: Final = 100
_CREDITED: Final = (TransferKind.SALE_CREDITED, TransferKind.SHIPPING_CREDITED, TransferKind.TAX_CREDITED)


def _day(moment: InstrumentedAttribute[Any]) -> ColumnElement[date]:
    return cast(func.timezone("UTC", moment), Date).label("day")


def _in(moment: InstrumentedAttribute[Any], period: Within) -> ColumnElement[bool]:
    within: ColumnElement[bool] = (moment >= period.since) & (moment < period.before)
    return within


async def sales(session: Session, period: Within) -> list[SalesDay]:
    """By day and currency, oldest first."""
    booked = select(_day(Transfer.created_at), Transfer.currency, Transfer.kind, func.sum(Transfer.amount_minor))
    booked = booked.where(_in(Transfer.created_at, period))
    amounts: defaultdict[tuple[date, str], dict[TransferKind, int]] = defaultdict(dict)
    for day, currency, kind, amount in await session.execute(booked.group_by("day", Transfer.currency, Transfer.kind)):
        amounts[day, currency][TransferKind(kind)] = int(amount)
    placed = select(_day(Order.placed_at), Order.currency, func.count()).where(_in(Order.placed_at, period))
    counted = {(row[0], row[1]): row[2] for row in await session.execute(placed.group_by("day", Order.currency))}
    return [_sales(*key, counted.get(key, 0), amounts[key]) for key in sorted({*counted, *amounts})]


def _sales(day: date, currency: str, orders: int, booked: dict[TransferKind, int]) -> SalesDay:
    of = {kind: booked.get(kind, 0) for kind in TransferKind}
    return SalesDay(
        day=day,
        currency=currency,
        orders=orders,
        sales=of[TransferKind.SALE],
        discounts=of[TransferKind.DISCOUNT],
        shipping=of[TransferKind.SHIPPING],
        tax=of[TransferKind.TAX],
        total=of[TransferKind.SALE] + of[TransferKind.SHIPPING] + of[TransferKind.TAX] - of[TransferKind.DISCOUNT],
        credited=sum(of[kind] for kind in _CREDITED) - of[TransferKind.DISCOUNT_CREDITED],
        captured=of[TransferKind.CAPTURE],
        refunded=of[TransferKind.REFUND],
    )


async def products(session: Session, period: Within) -> list[ProductSales]:
    """Those that brought the most first; what was bought stays what it was, whatever became of the product."""
    total = func.sum(OrderLine.unit_price_minor * OrderLine.quantity).label("total")
    product_id = cast(OrderLine.product["id"].astext, Uuid).label("product_id")
    found = (
        select(
            product_id,
            func.max(OrderLine.title),
            Order.currency,
            func.count(Order.id.distinct()),
            func.sum(OrderLine.quantity),
            total,
        )
        .join(Order, Order.id == OrderLine.order_id)
        .where(_in(Order.placed_at, period), Order.cancelled_at.is_(None))
        .group_by("product_id", Order.currency)
        .order_by(total.desc(), "product_id", Order.currency)
        .limit(PRODUCTS_MAX)
    )
    names = list(ProductSales.model_fields)
    return [ProductSales(**dict(zip(names, row, strict=True))) for row in await session.execute(found)]


async def customers(session: Session, period: Within) -> list[CustomersDay]:
    """By day, oldest first."""
    registered = select(_day(Account.created_at), func.count()).where(_in(Account.created_at, period))
    joined = {row[0]: row[1] for row in await session.execute(registered.group_by("day"))}
    address = Order.email_key.distinct()
    bought = select(
        _day(Order.placed_at), func.count(address), func.count(address).filter(Order.account_id.is_(None))
    ).where(_in(Order.placed_at, period))
    came = {row[0]: (row[1], row[2]) for row in await session.execute(bought.group_by("day"))}
    return [
        CustomersDay(day=day, registered=joined.get(day, 0), buyers=buyers, guests=guests)
        for day in sorted({*joined, *came})
        for buyers, guests in [came.get(day, (0, 0))]
    ]


async def stock(session: Session, below: int | None, paging: Paging) -> tuple[list[StockLine], str | None]:
    """Of every variant that is counted and for sale or to be; with `below`, those of which fewer are left."""
    available = Stock.on_hand - Stock.reserved
    found = (
        select(Stock.variant_id, Product.id, Product.title, Variant.sku, Stock.on_hand, Stock.reserved, available)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.deleted_at.is_(None))
    )
    if below is not None:
        found = found.where(available < below)
    rows, cursor = await paging.fetch(session, found, Key(Stock.variant_id))
    names = list(StockLine.model_fields)
    return [StockLine(**dict(zip(names, row, strict=True))) for row in rows], cursor
