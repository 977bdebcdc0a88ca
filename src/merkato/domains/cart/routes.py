"""The cart under `/v1/cart`: one's own when signed in, else the one that the `Cart-Token` opens."""

from uuid import UUID

from fastapi import Response

from merkato.domains.cart import service
from merkato.domains.cart.errors import CartFull
from merkato.domains.cart.schemas import CartView, LineChange, LineDraft, Merge
from merkato.domains.identity.access import Caller, SignedIn
from merkato.domains.inventory.errors import OutOfStock
from merkato.domains.pricing.errors import NotPriced
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.security import token_hash
from merkato.settings import TheSettings

routes = router("Cart")


@routes.get("/v1/cart", response_model=CartView, responses=responses(401, 404))
async def read_cart(session: RequestSession, caller: Caller, settings: TheSettings) -> CartView:
    """The cart at present prices. A newcomer reads an empty one; nothing is made by reading."""
    return await service.read(session, caller, currency=settings.currency)


@routes.delete("/v1/cart", status_code=204, responses=responses(401, 404))
async def delete_cart(session: RequestSession, caller: Caller) -> None:
    """Throw the cart away."""
    await service.throw_away(session, caller)


@routes.post(
    "/v1/cart/lines",
    status_code=201,
    response_model=CartView,
    responses=responses(401, 404, OutOfStock, NotPriced, CartFull, 422),
)
async def add_line(
    session: RequestSession, caller: Caller, settings: TheSettings, draft: LineDraft, response: Response
) -> CartView:
    """Put something into the cart; the same variant adds up. A guest's first line makes the cart and its `token`."""
    response.headers["Location"] = "/v1/cart"
    return await service.add(session, caller, draft, currency=settings.currency)


@routes.patch(
    "/v1/cart/lines/{line_id}", response_model=CartView, responses=responses(401, 404, OutOfStock, NotPriced, 422)
)
async def change_line(session: RequestSession, caller: Caller, line_id: UUID, change: LineChange) -> CartView:
    """Change how many of something are in the cart."""
    return await service.change(session, caller, line_id, change.quantity)


@routes.delete("/v1/cart/lines/{line_id}", status_code=204, responses=responses(401, 404, 422))
async def remove_line(session: RequestSession, caller: Caller, line_id: UUID) -> None:
    """Take something out of the cart."""
    await service.remove(session, caller, line_id)


@routes.post("/v1/cart/merge", response_model=CartView, responses=responses(401, 404, 422))
async def merge_cart(session: RequestSession, caller: SignedIn, merge: Merge) -> CartView:
    """Put a guest's cart into one's own, once. Logging in with a `Cart-Token` header does the same."""
    return await service.merge_named(session, caller, token_hash(merge.token))
