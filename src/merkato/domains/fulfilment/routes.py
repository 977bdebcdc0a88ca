"""Fulfilments, kitchen tickets and returns."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from merkato.domains.fulfilment import flows, queries
from merkato.domains.fulfilment.access import OrdersReader, OrdersWriter, ReturnableOrder
from merkato.domains.fulfilment.errors import NotFulfillable, NotInThisState
from merkato.domains.fulfilment.models import Fulfilment, Return
from merkato.domains.fulfilment.schemas import (
    DispatchDraft,
    FulfilmentDraft,
    FulfilmentView,
    ReceiptDraft,
    RejectionDraft,
    ReturnDraft,
    ReturnFilters,
    ReturnView,
    TicketFilters,
    TicketView,
)
from merkato.domains.fulfilment.service import fulfilling, returning
from merkato.domains.identity.access import Caller
from merkato.domains.orders.access import OrdersWriter as OrdersFlowWriter
from merkato.domains.orders.access import VisibleOrder
from merkato.domains.orders.errors import MoreThanLeft
from merkato.domains.payments.access import TheProviders
from merkato.domains.payments.errors import RefundTooLarge
from merkato.kit import idempotency
from merkato.kit.http import RequestSession, TheDatabase, responses, router
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
    return await fulfilling.add(session, order_id, draft, by=staff.answerable)


@routes.post(
    "/v1/fulfilments/{fulfilment_id}/dispatch",
    response_model=FulfilmentView,
    responses=responses(401, 403, 404, NotFulfillable, NotInThisState, MoreThanLeft, 422),
)
async def dispatch_fulfilment(
    session: RequestSession, staff: OrdersWriter, fulfilment_id: UUID, draft: DispatchDraft | None = None
) -> Fulfilment:
    """It has left: what is on hand falls, and the order can no longer be cancelled. Needs the scope `orders:write`."""
    return await fulfilling.dispatch(session, fulfilment_id, draft.tracking if draft else None, by=staff.answerable)


@routes.post(
    "/v1/fulfilments/{fulfilment_id}/deliver",
    response_model=FulfilmentView,
    responses=responses(401, 403, 404, NotInThisState, 422),
)
async def deliver_fulfilment(session: RequestSession, staff: OrdersWriter, fulfilment_id: UUID) -> Fulfilment:
    """It has arrived, or was handed over. Needs the scope `orders:write`."""
    return await fulfilling.deliver(session, fulfilment_id, by=staff.answerable)


@routes.post(
    "/v1/fulfilments/{fulfilment_id}/cancel",
    response_model=FulfilmentView,
    responses=responses(401, 403, 404, NotInThisState, 422),
)
async def cancel_fulfilment(session: RequestSession, staff: OrdersWriter, fulfilment_id: UUID) -> Fulfilment:
    """It does not leave; its pieces are left to fulfil again, and the kitchen is told. Needs the scope `orders:write`."""
    return await fulfilling.cancel(session, fulfilment_id, by=staff.answerable)


@routes.get("/v1/tickets", response_model=Page[TicketView], responses=responses(401, 403, 422))
async def list_tickets(
    session: RequestSession, _staff: OrdersReader, asked: Asked, filters: Annotated[TicketFilters, Query()]
) -> dict[str, Any]:
    """The kitchen's tickets, newest first: those that the kitchen has cancelled, those that it may have twice. Needs the scope
    `orders:read`.
    """
    data, cursor = await queries.tickets(session, filters, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/orders/{order_id}/returns",
    status_code=201,
    response_model=ReturnView,
    responses=responses(401, 404, MoreThanLeft, 422),
)
async def ask_for_return(
    session: RequestSession, caller: Caller, order: ReturnableOrder, draft: ReturnDraft, response: Response
) -> Return:
    """Ask to send back pieces that have left. Staff approve it, receive the goods, and the money is given back."""
    response.headers["Location"] = f"/v1/orders/{order.id}/returns"
    return await returning.ask(session, order, draft, by=caller.by)


@routes.get("/v1/orders/{order_id}/returns", response_model=Page[ReturnView], responses=responses(401, 404, 422))
async def list_order_returns(session: RequestSession, order: VisibleOrder, asked: Asked) -> dict[str, Any]:
    """What of an order comes back, oldest first."""
    data, cursor = await queries.page_of_returns(session, order.id, asked)
    return {"data": data, "next": cursor}


@routes.get("/v1/returns", response_model=Page[ReturnView], responses=responses(401, 403, 422))
async def list_returns(
    session: RequestSession, _staff: OrdersReader, asked: Asked, filters: Annotated[ReturnFilters, Query()]
) -> dict[str, Any]:
    """Everybody's returns, newest first. Needs the scope `orders:read`."""
    data, cursor = await queries.returns(session, filters, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/returns/{return_id}/approve",
    response_model=ReturnView,
    responses=responses(401, 403, 404, NotInThisState, 422),
)
async def approve_return(session: RequestSession, staff: OrdersWriter, return_id: UUID) -> Return:
    """The goods may be sent back. Needs the scope `orders:write`."""
    return await returning.approve(session, return_id, by=staff.answerable)


@routes.post(
    "/v1/returns/{return_id}/reject", response_model=ReturnView, responses=responses(401, 403, 404, NotInThisState, 422)
)
async def reject_return(
    session: RequestSession, staff: OrdersWriter, return_id: UUID, draft: RejectionDraft | None = None
) -> Return:
    """The goods may not be sent back, or what came is refused. Needs the scope `orders:write`."""
    return await returning.reject(session, return_id, draft.reason if draft else None, by=staff.answerable)


@routes.post(
    "/v1/returns/{return_id}/receive",
    response_model=ReturnView,
    responses=responses(401, 403, 404, NotInThisState, MoreThanLeft, RefundTooLarge, 422),
)
async def receive_return(
    request: Request,
    database: TheDatabase,
    providers: TheProviders,
    staff: OrdersFlowWriter,
    return_id: UUID,
    draft: ReceiptDraft | None = None,
) -> Response:
    """The goods are back: they are on the shelf again (unless `restock` is false), and what was paid for them is given back.

    The return is `refunded` once the payment provider has done so. Needs the scope `orders:write`.
    """
    claim = idempotency.claim(request, staff.name)
    answer = await flows.receive(database, providers, staff, return_id, draft or ReceiptDraft(), claim=claim)
    return answer.response()
