"""Figures for staff under `/v1/reports`."""

from typing import Annotated, Any

from fastapi import Query

from merkato.domains.reports import queries
from merkato.domains.reports.access import SalesReader, StockReader
from merkato.domains.reports.schemas import CustomersDay, Period, ProductSales, Report, SalesDay, StockLine
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Reports")

Asks = Annotated[Period, Query()]
Below = Annotated[
    int | None, Query(ge=-(10**9), le=10**9, description="Only those of which fewer than this are available.")
]


@routes.get("/v1/reports/sales", response_model=Report[SalesDay], responses=responses(401, 403, 422))
async def report_sales(session: RequestSession, _staff: SalesReader, period: Asks) -> dict[str, Any]:
    """What was sold, by day and currency, from the books. Days are those of UTC. Needs the scope `orders:read`."""
    return {"data": await queries.sales(session, period.within())}


@routes.get("/v1/reports/products", response_model=Report[ProductSales], responses=responses(401, 403, 422))
async def report_products(session: RequestSession, _staff: SalesReader, period: Asks) -> dict[str, Any]:
    """The hundred products that brought the most in the period, by currency. Needs the scope `orders:read`."""
    return {"data": await queries.products(session, period.within())}


@routes.get("/v1/reports/customers", response_model=Report[CustomersDay], responses=responses(401, 403, 422))
async def report_customers(session: RequestSession, _staff: SalesReader, period: Asks) -> dict[str, Any]:
    """Who registered and who bought, by day. Needs the scope `orders:read`."""
    return {"data": await queries.customers(session, period.within())}


@routes.get("/v1/reports/stock", response_model=Page[StockLine], responses=responses(401, 403, 422))
async def report_stock(
    session: RequestSession, _staff: StockReader, asked: Asked, below: Below = None
) -> dict[str, Any]:
    """The stock of every counted variant at this moment, archived products included. Needs the scope `inventory:write`."""
    data, cursor = await queries.stock(session, below, asked)
    return {"data": data, "next": cursor}
