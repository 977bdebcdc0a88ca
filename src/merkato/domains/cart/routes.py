"""The cart under `/v1/cart`: one's own when signed in, else the one that the `Cart-Token` opens; and the wishlist."""

from typing import Any
from uuid import UUID

from fastapi import Response

from merkato.domains.cart import queries, service
from merkato.domains.cart.errors import CartFull, WishlistFull
from merkato.domains.cart.schemas import CartView, LineChange, LineDraft, Merge, WishMove, WishView
from merkato.domains.identity.access import Caller, SignedIn
from merkato.domains.inventory.errors import OutOfStock
from merkato.domains.pricing.errors import NotPriced
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page
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


@routes.get("/v1/me/wishlist", response_model=Page[WishView], responses=responses(401, 422))
async def list_wishes(session: RequestSession, caller: SignedIn, settings: TheSettings, asked: Asked) -> dict[str, Any]:
    """What one wishes for, newest first. A product that is not for sale at the moment is left out."""
    data, cursor = await queries.wishes(session, caller.id, settings.currency, asked)
    return {"data": data, "next": cursor}


@routes.put("/v1/me/wishlist/{product_id}", status_code=204, responses=responses(401, 404, WishlistFull, 422))
async def add_wish(session: RequestSession, caller: SignedIn, product_id: UUID) -> None:
    """Put a product on the wishlist. Again, it stays there."""
    await service.wish(session, caller, product_id)


@routes.delete("/v1/me/wishlist/{product_id}", status_code=204, responses=responses(401, 404, 422))
async def remove_wish(session: RequestSession, caller: SignedIn, product_id: UUID) -> None:
    """Take a product off the wishlist."""
    await service.unwish(session, caller, product_id)


@routes.post(
    "/v1/me/wishlist/{product_id}/move-to-cart",
    response_model=CartView,
    responses=responses(401, 404, OutOfStock, NotPriced, CartFull, 422),
)
async def move_wish_to_cart(
    session: RequestSession, caller: SignedIn, settings: TheSettings, product_id: UUID, move: WishMove
) -> CartView:
    """Put one piece of a variant into the cart and take the product off the wishlist; both, or neither."""
    return await service.move_to_cart(session, caller, product_id, move.variant_id, currency=settings.currency)
