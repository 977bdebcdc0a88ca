"""Who may do what with carts, checkouts and orders."""

import httpx

from house.access.matrix import People, Row, everyone, own, prepares, signed_in, staff
from make import orders
from merkato.kit.ids import new


async def bought(people: People) -> str:
    return (await orders.product(people.app.state.database, price=1200, stock=5))["variant_id"]


@prepares("wanted")
async def wanted(people: People) -> str:
    return await bought(people)


@prepares("line_id")
async def line(people: People) -> str:
    variant_id = await bought(people)
    shown = await orders.cart(people.owner, (variant_id, 1))
    return next(str(line["id"]) for line in shown["lines"] if line["variant_id"] == variant_id)


@prepares("wish_id")
async def wish(people: People) -> str:
    product_id = str((await orders.product(people.app.state.database))["product_id"])
    assert (await people.owner.put(f"/v1/me/wishlist/{product_id}")).status_code == 204
    return product_id


MOVED: list[str] = []
"""The variants of the products that are moved, the newest last."""


@prepares("a_moved_id")
async def moved(people: People) -> str:
    bought = await orders.product(people.app.state.database, stock=5)
    assert (await people.owner.put(f"/v1/me/wishlist/{bought['product_id']}")).status_code == 204
    MOVED.append(bought["variant_id"])
    return bought["product_id"]


@prepares("its_variant_id")
async def variant_of_it(_people: People) -> str:
    """Names are prepared in their order: the newest is the one above."""
    return MOVED[-1]


@prepares("guest_token")
async def guest_token(people: People) -> str:
    transport = httpx.ASGITransport(people.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as guest:
        return str((await orders.cart(guest, (await bought(people), 1)))["token"])


@prepares("checkout_id")
async def checkout(people: People) -> str:
    return str((await orders.checkout(people.owner, lines=[{"variant_id": await bought(people)}]))["id"])


@prepares("order_id")
async def order(people: People) -> str:
    ready = await orders.checkout(people.owner, lines=[{"variant_id": await bought(people)}])
    return str((await orders.complete(people.owner, ready)).json()["id"])


@prepares("unpaid_order_id")
async def unpaid_order(people: People) -> str:
    # The owner may have only a few of them open.
    for each in (await people.owner.get("/v1/orders?status=created")).json()["data"]:
        await people.owner.delete(f"/v1/orders/{each['id']}")
    return str((await orders.later(people.owner, (await bought(people), 1)))["id"])


@prepares("key")
async def key(_people: People) -> str:
    return str(new())


def owner_only(route: str, status: int = 200, **more: object) -> Row:
    """For the owner alone. Guests may own such a thing too, so that nobody is asked to sign in."""
    return Row(route, 404, 404, status, 404, 404, holder=status, **more)  # type: ignore[arg-type]


def owner_and_staff(route: str, status: int = 200, **more: object) -> Row:
    """For whoever has ordered, a guest by the checkout's token, and for staff who see (to change it: change) orders."""
    scopes = ("orders:read", "orders:write") if route.startswith("GET ") else ("orders:write",)
    return Row(route, 401, 404, status, status, status, guest=404, holder=status, scopes=scopes, **more)  # type: ignore[arg-type]


def by_account(route: str, status: int = 200, **more: object) -> Row:
    """For the account that has ordered. No guest can have such an order, and to their tokens it does not exist."""
    return own(route, status, guest=404, **more)


NOW = {"lines": [{"variant_id": "{wanted}"}]}
CARD = {"payment": {"provider": "simulated", "token": "success"}}
PAID = {**CARD, "expected_total": 1200}
KEYED = {"Idempotency-Key": "{key}"}

ROWS = (
    everyone("GET /v1/cart"),
    everyone("DELETE /v1/cart", 204, fresh=True),
    everyone("POST /v1/cart/lines", 201, body={"variant_id": "{wanted}"}),
    owner_only("PATCH /v1/cart/lines/{line_id}", body={"quantity": 2}),
    owner_only("DELETE /v1/cart/lines/{line_id}", 204),
    signed_in("POST /v1/cart/merge", body={"token": "{guest_token}"}),
    signed_in("GET /v1/me/wishlist"),
    signed_in("PUT /v1/me/wishlist/{product_id}", 204),
    own("DELETE /v1/me/wishlist/{product_id}", 204, at="/v1/me/wishlist/{wish_id}"),
    own(
        "POST /v1/me/wishlist/{product_id}/move-to-cart",
        at="/v1/me/wishlist/{a_moved_id}/move-to-cart",
        body={"variant_id": "{its_variant_id}"},
    ),
    everyone("POST /v1/checkouts", 201, body=NOW),
    owner_only("GET /v1/checkouts/{checkout_id}"),
    owner_only("PATCH /v1/checkouts/{checkout_id}", body={"email": "other@example.com"}),
    owner_only("POST /v1/checkouts/{checkout_id}/complete", 201, body=PAID, headers=KEYED),
    owner_only("POST /v1/checkouts/{checkout_id}/cancel"),
    signed_in("GET /v1/orders", guest=200),
    staff("GET /v1/orders", at="/v1/orders?customer=all", scopes=("orders:read",)),
    signed_in("POST /v1/orders", 201, body=NOW),
    owner_and_staff("GET /v1/orders/{order_id}"),
    by_account("PUT /v1/orders/{order_id}", at="/v1/orders/{unpaid_order_id}", body=NOW),
    by_account("DELETE /v1/orders/{order_id}", 204, at="/v1/orders/{unpaid_order_id}"),
    by_account("POST /v1/orders/{order_id}/pay", at="/v1/orders/{unpaid_order_id}/pay", body=CARD, headers=KEYED),
    owner_and_staff("GET /v1/orders/{order_id}/events"),
    owner_and_staff("GET /v1/orders/{order_id}/payments"),
    owner_and_staff("GET /v1/orders/{order_id}/refunds"),
    staff("GET /v1/orders/{order_id}/ledger"),
    owner_and_staff("POST /v1/orders/{order_id}/cancel"),
    staff("POST /v1/orders/{order_id}/captures", 409, body={}, headers={"Idempotency-Key": "{key}"}),
    staff("POST /v1/orders/{order_id}/void", 409, headers={"Idempotency-Key": "{key}"}),
    staff("POST /v1/orders/{order_id}/refunds", 201, body={"amount": 1}, headers={"Idempotency-Key": "{key}"}),
)
