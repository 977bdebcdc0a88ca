"""Checkouts under `/v1/checkouts`: one's own when signed in, else the one that the `Checkout-Token` opens."""

from uuid import UUID

from fastapi import Request, Response

from merkato.domains.checkout import flows
from merkato.domains.checkout.errors import AlreadyCompleted, NothingToBuy, NotReady, PriceChanged
from merkato.domains.checkout.schemas import CheckoutChange, CheckoutDraft, CheckoutView, Completion
from merkato.domains.checkout.service import filling
from merkato.domains.identity.access import Caller, FlowCaller
from merkato.domains.inventory.errors import OutOfStock
from merkato.domains.orders.schemas import OrderView
from merkato.domains.payments.access import TheProviders
from merkato.domains.payments.errors import PaymentDeclined
from merkato.kit import idempotency
from merkato.kit.http import RequestSession, TheDatabase, responses, router
from merkato.kit.idempotency import KeyMissing, KeyRequired, StillRunning
from merkato.settings import TheSettings

routes = router("Checkout")


@routes.post(
    "/v1/checkouts",
    status_code=201,
    response_model=CheckoutView,
    responses={
        **responses(401, 404, NothingToBuy, 422),
        200: {"model": CheckoutView, "description": "The checkout that the cart has open, refreshed."},
    },
)
async def open_checkout(
    session: RequestSession, caller: Caller, settings: TheSettings, draft: CheckoutDraft, response: Response
) -> CheckoutView:
    """Start to buy what is in the cart, or `lines` at once. A cart has one open checkout: asked again, it is refreshed (200).

    It promises neither price nor stock. A guest gets a `token`, once.
    """
    view, new = await filling.open_checkout(session, caller, draft, settings=settings)
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"/v1/checkouts/{view.id}"
    return view


@routes.get("/v1/checkouts/{checkout_id}", response_model=CheckoutView, responses=responses(401, 404, 422))
async def read_checkout(
    session: RequestSession, caller: Caller, settings: TheSettings, checkout_id: UUID
) -> CheckoutView:
    """A checkout at present prices, and what is still missing (`messages`)."""
    return await filling.read(session, caller, checkout_id, settings=settings)


@routes.patch(
    "/v1/checkouts/{checkout_id}",
    response_model=CheckoutView,
    responses=responses(401, 404, NotReady, AlreadyCompleted, 422),
)
async def change_checkout(
    session: RequestSession, caller: Caller, settings: TheSettings, checkout_id: UUID, change: CheckoutChange
) -> CheckoutView:
    """Fill in who buys, where it goes and how it is shipped."""
    return await filling.change(session, caller, checkout_id, change, settings=settings)


@routes.post(
    "/v1/checkouts/{checkout_id}/complete",
    status_code=201,
    response_model=OrderView,
    dependencies=[KeyRequired],
    responses={
        **responses(401, 404, 422),
        **responses(KeyMissing, PaymentDeclined),
        **responses(OutOfStock, PriceChanged, NotReady, AlreadyCompleted, StillRunning),
        202: {
            "model": CheckoutView,
            "description": "The payment is still open; ask again with the same key after `Retry-After`.",
        },
    },
)
async def complete_checkout(  # noqa: PLR0913 - what a flow needs.
    request: Request,
    database: TheDatabase,
    providers: TheProviders,
    caller: FlowCaller,
    settings: TheSettings,
    checkout_id: UUID,
    completion: Completion,
) -> Response:
    """Pay, and place the order. The order exists once its money is authorised; a declined payment leaves nothing behind.

    `expected_total` is what the buyer agreed to: if it is no longer the total, nothing is charged.
    """
    claim = idempotency.claim_required(request, caller.name)
    answer = await flows.complete(database, providers, caller, checkout_id, completion, claim=claim, settings=settings)
    return answer.response()


@routes.post(
    "/v1/checkouts/{checkout_id}/cancel",
    response_model=CheckoutView,
    responses=responses(401, 404, NotReady, AlreadyCompleted, 422),
)
async def cancel_checkout(
    session: RequestSession, caller: Caller, settings: TheSettings, checkout_id: UUID
) -> CheckoutView:
    """Give a checkout up. What was in the cart stays there."""
    return await filling.cancel(session, caller, checkout_id, settings=settings)
