"""Orders under `/v1/orders`."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Request, Response

from merkato.domains.identity.access import Caller, FlowCaller, SignedIn
from merkato.domains.inventory.errors import OutOfStock
from merkato.domains.ledger import queries as ledger
from merkato.domains.ledger.schemas import TransferView
from merkato.domains.orders import flows, queries, service
from merkato.domains.orders.access import OrdersReader, OrdersWriter, OwnOrder, VisibleOrder, owned_by, visible_to
from merkato.domains.orders.errors import (
    CaptureRefused,
    MoreThanLeft,
    NoLongerOpen,
    NothingToRefund,
    TooLateToCancel,
    TooManyUnpaidOrders,
)
from merkato.domains.orders.models import Order
from merkato.domains.orders.schemas import (
    CaptureDraft,
    OrderEventView,
    OrderFilters,
    OrderPayment,
    OrderView,
    PayingOrderView,
    RefundDraft,
    WantedLines,
)
from merkato.domains.payments import queries as payments
from merkato.domains.payments.access import TheProviders
from merkato.domains.payments.errors import (
    AlreadyPaid,
    CaptureTooLarge,
    CaptureUnderWay,
    NothingAuthorized,
    NotSupported,
    PaymentDeclined,
    PaymentUnderWay,
    RefundTooLarge,
)
from merkato.domains.payments.schemas import PaymentView, RefundView
from merkato.domains.pricing.errors import NotPriced
from merkato.kit import idempotency
from merkato.kit.errors import NotFound
from merkato.kit.http import RequestSession, TheDatabase, responses, router
from merkato.kit.idempotency import KeyMissing, KeyRequired, StillRunning
from merkato.kit.paging import Asked, Page
from merkato.settings import TheSettings

routes = router("Orders")
_STILL_RESERVED: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "model": OrderView,
        "description": "The provider could not be reached yet; ask again with the same key after `Retry-After`.",
    }
}


@routes.get("/v1/orders", response_model=Page[OrderView], responses=responses(401, 403, 422))
async def list_orders(
    session: RequestSession, caller: Caller, asked: Asked, filters: Annotated[OrderFilters, Query()]
) -> dict[str, Any]:
    """One's own orders, newest first. `customer` lists those of others and needs the scope `orders:read`."""
    if filters.customer is None:
        bound = owned_by(caller)
    else:
        caller.must("orders:read")
        bound = visible_to(caller)
    data, cursor = await queries.orders(session, bound, filters, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/orders",
    status_code=201,
    response_model=OrderView,
    responses=responses(401, TooManyUnpaidOrders, OutOfStock, NotPriced, 422),
)
async def create_order(
    session: RequestSession, caller: SignedIn, settings: TheSettings, wanted: WantedLines, response: Response
) -> Order:
    """Order now and pay later: at a counter, in a café, by purchase order. Stock and prices are kept until `pay_by`.

    It is placed once it is paid; unpaid, it is cancelled after `pay_by`. An account may have only a few such orders open.
    """
    order = await service.create(session, caller, wanted.lines, settings=settings)
    response.headers["Location"] = f"/v1/orders/{order.id}"
    return order


@routes.get("/v1/orders/{order_id}", response_model=OrderView, responses=responses(401, 404, 422))
async def read_order(order: VisibleOrder) -> Order:
    """An order: one's own, or by the token of its checkout, or anybody's with the scope `orders:read`."""
    return order


@routes.put(
    "/v1/orders/{order_id}",
    response_model=OrderView,
    responses=responses(401, 404, NoLongerOpen, PaymentUnderWay, OutOfStock, NotPriced, 422),
)
async def replace_order(
    session: RequestSession, caller: Caller, settings: TheSettings, order: OwnOrder, wanted: WantedLines
) -> Order:
    """Replace the lines of an order that is still to be paid, at present prices. `pay_by` stays as it was."""
    return await service.replace(session, caller, order, wanted.lines, settings=settings)


@routes.delete(
    "/v1/orders/{order_id}", status_code=204, responses=responses(401, 404, NoLongerOpen, PaymentUnderWay, 422)
)
async def delete_order(session: RequestSession, caller: Caller, order: OwnOrder) -> None:
    """Give up an order that is still to be paid. Its stock is free at once; it is kept as cancelled, with its number."""
    await service.withdraw(session, caller, order)


@routes.post(
    "/v1/orders/{order_id}/pay",
    response_model=OrderView,
    dependencies=[KeyRequired],
    responses={
        **responses(401, 404, 422),
        **responses(KeyMissing, PaymentDeclined),
        **responses(AlreadyPaid, PaymentUnderWay, NoLongerOpen, OutOfStock, StillRunning),
        202: {
            "model": PayingOrderView,
            "description": "The payment is still open; ask again with the same key after `Retry-After`.",
        },
    },
)
async def pay_order(  # noqa: PLR0913 - what a flow needs.
    request: Request,
    database: TheDatabase,
    providers: TheProviders,
    caller: FlowCaller,
    settings: TheSettings,
    order_id: UUID,
    said: OrderPayment,
) -> Response:
    """Pay for an order, which places it. After a declined payment it can be paid again until `pay_by`.

    Under another key, a second payment charges nothing: the order is paid already, or a payment of it is under way.
    """
    claim = idempotency.claim_required(request, caller.name)
    answer = await flows.pay(database, providers, caller, order_id, said, claim=claim, settings=settings)
    return answer.response()


@routes.get("/v1/orders/{order_id}/events", response_model=Page[OrderEventView], responses=responses(401, 404, 422))
async def list_order_events(session: RequestSession, order: VisibleOrder, asked: Asked) -> dict[str, Any]:
    """What happened to an order, oldest first."""
    data, cursor = await queries.events(session, order.id, asked)
    return {"data": data, "next": cursor}


@routes.get("/v1/orders/{order_id}/payments", response_model=Page[PaymentView], responses=responses(401, 404, 422))
async def list_order_payments(session: RequestSession, order: VisibleOrder) -> dict[str, Any]:
    """Every attempt to get an order's money, oldest first."""
    return {"data": await payments.attempts(session, order.payables), "next": None}


@routes.get("/v1/orders/{order_id}/refunds", response_model=Page[RefundView], responses=responses(401, 404, 422))
async def list_order_refunds(session: RequestSession, order: VisibleOrder) -> dict[str, Any]:
    """What was given back of an order's money, oldest first."""
    return {"data": await payments.reversals(session, order.payables), "next": None}


@routes.get("/v1/orders/{order_id}/ledger", response_model=Page[TransferView], responses=responses(401, 403, 404, 422))
async def list_order_transfers(
    session: RequestSession, staff: OrdersReader, order_id: UUID, asked: Asked
) -> dict[str, Any]:
    """What was booked about an order: its placement, its money, its credit notes; oldest first. Needs the scope `orders:read`."""
    order = await queries.order(session, order_id, visible_to(staff))
    if order is None:
        raise NotFound
    data, cursor = await ledger.transfers(session, order.payables, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/orders/{order_id}/cancel",
    response_model=OrderView,
    responses=responses(401, 404, TooLateToCancel, PaymentUnderWay, 422),
)
async def cancel_order(
    request: Request, database: TheDatabase, providers: TheProviders, caller: FlowCaller, order_id: UUID
) -> Response:
    """Cancel an order before it is dispatched: its stock is free again at once, and its money is given back."""
    claim = idempotency.claim(request, caller.name)
    answer = await flows.cancel(database, providers, caller, order_id, reason="cancelled", claim=claim)
    return answer.response()


@routes.post(
    "/v1/orders/{order_id}/refunds",
    status_code=201,
    response_model=RefundView,
    dependencies=[KeyRequired],
    responses={
        **responses(401, 403, 404, 422),
        **responses(KeyMissing, RefundTooLarge, MoreThanLeft, NothingToRefund, NotSupported),
    },
)
async def refund_order(
    request: Request,
    database: TheDatabase,
    providers: TheProviders,
    staff: OrdersWriter,
    order_id: UUID,
    draft: RefundDraft,
) -> Response:
    """Give money back: what was paid for some pieces (`lines`), or an `amount`. Needs the scope `orders:write`.

    The answer says whether the provider has done it (`succeeded`), refused it (`failed`), or could not be reached yet (`pending`: it is
    asked again). What is pending counts as given back.
    """
    claim = idempotency.claim_required(request, staff.name)
    answer = await flows.refund(database, providers, staff, order_id, draft, claim=claim)
    return answer.response()


@routes.post(
    "/v1/orders/{order_id}/captures",
    response_model=OrderView,
    dependencies=[KeyRequired],
    responses={
        **responses(401, 403, 404, 422),
        **responses(KeyMissing, NothingAuthorized, CaptureTooLarge, CaptureUnderWay, CaptureRefused),
        **responses(NotSupported, StillRunning),
        **_STILL_RESERVED,
    },
)
async def capture_order(
    request: Request,
    database: TheDatabase,
    providers: TheProviders,
    staff: OrdersWriter,
    order_id: UUID,
    draft: CaptureDraft,
) -> Response:
    """Take the money that is reserved for an order, or an `amount` of it: the rest is let go. Needs the scope `orders:write`."""
    claim = idempotency.claim_required(request, staff.name)
    answer = await flows.capture(database, providers, order_id, draft, claim=claim)
    return answer.response()


@routes.post(
    "/v1/orders/{order_id}/void",
    response_model=OrderView,
    dependencies=[KeyRequired],
    responses={
        **responses(401, 403, 404, 422),
        **responses(KeyMissing, NothingAuthorized, CaptureUnderWay, NotSupported, StillRunning),
        **_STILL_RESERVED,
    },
)
async def void_order(
    request: Request, database: TheDatabase, providers: TheProviders, staff: OrdersWriter, order_id: UUID
) -> Response:
    """Let the money go that is reserved for an order. The order stays: it can be paid for again, or cancelled.

    Needs the scope `orders:write`.
    """
    claim = idempotency.claim_required(request, staff.name)
    answer = await flows.void(database, providers, order_id, claim=claim)
    return answer.response()
