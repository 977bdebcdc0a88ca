"""Fulfilments and kitchen tickets."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from merkato.domains.fulfilment import queries
from merkato.domains.fulfilment.access import OrdersReader, OrdersWriter
from merkato.domains.fulfilment.errors import NotFulfillable, NotInThisState
from merkato.domains.fulfilment.models import Fulfilment
from merkato.domains.fulfilment.schemas import (
    DispatchDraft,
    FulfilmentDraft,
    FulfilmentView,
    TicketFilters,
    TicketView,
)
from merkato.domains.fulfilment.service import fulfilling
from merkato.domains.orders.access import VisibleOrder
from merkato.domains.orders.errors import MoreThanLeft
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Fulfilment")


@routes.get(
    "/v1/orders/{order_id}/fulfilments", response_model=Page[FulfilmentView], responses=responses(401, 404, 422)
)
async def list_fulfilments(session: RequestSession, order: VisibleOrder, asked: Asked) -> dict[str, Any]:
    """What of an order goes together, and how far it is; oldest first."""
    data, cursor = await queries.page_of_fulfilments(session, order.id, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/orders/{order_id}/fulfilments",
    status_code=201,
    response_model=FulfilmentView,
    responses=responses(401, 403, 404, NotFulfillable, MoreThanLeft, 422),
)
async def add_fulfilment(
    session: RequestSession, staff: OrdersWriter, order_id: UUID, draft: FulfilmentDraft, response: Response
) -> Fulfilment:
    """Set pieces of an order aside that go together; without `lines`, all that is left. Needs the scope `orders:write`."""
    response.headers["Location"] = f"/v1/orders/{order_id}/fulfilments"
    return await fulfilling.add(session, order_id, draft, by=staff.id)


@routes.post(
    "/v1/fulfilments/{fulfilment_id}/dispatch",
    response_model=FulfilmentView,
    responses=responses(401, 403, 404, NotFulfillable, NotInThisState, MoreThanLeft, 422),
)
async def dispatch_fulfilment(
    session: RequestSession, staff: OrdersWriter, fulfilment_id: UUID, draft: DispatchDraft | None = None
) -> Fulfilment:
    """It has left: what is on hand falls, and the order can no longer be cancelled. Needs the scope `orders:write`."""
    return await fulfilling.dispatch(session, fulfilment_id, draft.tracking if draft else None, by=staff.id)


@routes.post(
    "/v1/fulfilments/{fulfilment_id}/deliver",
    response_model=FulfilmentView,
    responses=responses(401, 403, 404, NotInThisState, 422),
)
async def deliver_fulfilment(session: RequestSession, staff: OrdersWriter, fulfilment_id: UUID) -> Fulfilment:
    """It has arrived, or was handed over. Needs the scope `orders:write`."""
    return await fulfilling.deliver(session, fulfilment_id, by=staff.id)


@routes.post(
    "/v1/fulfilments/{fulfilment_id}/cancel",
    response_model=FulfilmentView,
    responses=responses(401, 403, 404, NotInThisState, 422),
)
async def cancel_fulfilment(session: RequestSession, staff: OrdersWriter, fulfilment_id: UUID) -> Fulfilment:
    """It does not leave; its pieces are left to fulfil again. Needs the scope `orders:write`."""
    return await fulfilling.cancel(session, fulfilment_id, by=staff.id)


@routes.get("/v1/tickets", response_model=Page[TicketView], responses=responses(401, 403, 422))
async def list_tickets(
    session: RequestSession, _staff: OrdersReader, asked: Asked, filters: Annotated[TicketFilters, Query()]
) -> dict[str, Any]:
    """The kitchen's tickets, newest first: those that the kitchen has cancelled, those that it may have twice. Needs the scope
    `orders:read`.
    """
    data, cursor = await queries.tickets(session, filters, asked)
    return {"data": data, "next": cursor}
