"""The wishlist: each product once, moved to the cart as far as there is stock."""

import httpx
from sqlalchemy import text

from doors import SignIn
from make.answers import code, pointers
from make.orders import product
from merkato.kit.database import Database
from merkato.kit.ids import new

WISHES = "/v1/me/wishlist"


async def wished(client: httpx.AsyncClient) -> list[str]:
    return [each["product"]["title"] for each in (await client.get(WISHES)).json()["data"]]


async def test_adding_twice_is_no_error_and_moving_checks_stock(sign_in: SignIn, database: Database) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    mug, gone = await product(database, title="Mug", stock=1), await product(database, title="Gone", stock=0)
    for each in (mug, mug, gone):
        assert (await anna.put(f"{WISHES}/{each['product_id']}")).status_code == 204
    assert await wished(anna) == ["Gone", "Mug"]
    assert await wished(bob) == []
    newest = (await anna.get(f"{WISHES}?limit=1")).json()
    (shown,) = newest["data"]
    assert (shown["product"]["slug"], shown["product"]["availability"]) == (gone["slug"], "out_of_stock")
    assert shown["product"]["price_from"] == {"amount": 1200, "currency": "EUR"}
    (rest,) = (await anna.get(f"{WISHES}?limit=1&cursor={newest['next']}")).json()["data"]
    assert rest["product"]["id"] == mug["product_id"]
    # Without stock the wish stays and the cart is as it was.
    move = f"{WISHES}/{gone['product_id']}/move-to-cart"
    assert code(await anna.post(move, json={"variant_id": gone["variant_id"]})) == (409, "out-of-stock")
    for wrong in (mug["variant_id"], str(new())):
        assert pointers(await anna.post(move, json={"variant_id": wrong})) == {"/variant_id"}
    assert (await anna.get("/v1/cart")).json()["lines"] == []
    assert await wished(anna) == ["Gone", "Mug"]
    move = f"{WISHES}/{mug['product_id']}/move-to-cart"
    assert (await bob.post(move, json={"variant_id": mug["variant_id"]})).status_code == 404
    moved = await anna.post(move, json={"variant_id": mug["variant_id"]})
    assert (moved.status_code, moved.json()) == (200, (await anna.get("/v1/cart")).json())
    assert [(line["variant_id"], line["quantity"]) for line in moved.json()["lines"]] == [(mug["variant_id"], 1)]
    assert await wished(anna) == ["Gone"]
    assert (await anna.post(move, json={"variant_id": mug["variant_id"]})).status_code == 404
    assert (await anna.delete(f"{WISHES}/{gone['product_id']}")).status_code == 204
    assert (await anna.delete(f"{WISHES}/{gone['product_id']}")).status_code == 404


async def test_what_is_not_for_sale_is_not_wished_for(
    sign_in: SignIn, staff: httpx.AsyncClient, database: Database
) -> None:
    anna, mug = await sign_in(), await product(database)
    draft = await product(database, title="Draft", status="draft")
    for nothing in (str(new()), draft["product_id"]):
        assert (await anna.put(f"{WISHES}/{nothing}")).status_code == 404
    assert (await anna.put(f"{WISHES}/{mug['product_id']}")).status_code == 204
    page = f"/v1/products/{mug['product_id']}"
    assert (await staff.patch(page, json={"status": "archived"})).status_code == 200
    assert await wished(anna) == []
    assert (await staff.patch(page, json={"status": "published"})).status_code == 200
    assert await wished(anna) == ["Mug"]
    assert (await staff.delete(page)).status_code == 204
    assert await wished(anna) == []
    # A wishlist is no heap: two hundred, and not one more.
    async with database.transaction() as session:
        copied = (
            "INSERT INTO catalog_products (id, title, slug, status, options, attributes, fulfilment, rating_average,"
            " rating_count, created_at, updated_at) SELECT gen_random_uuid(), 'Mug', 'mug-' || n, 'published', '[]',"
            " '{}', 'none', 0, 0, now(), now() FROM generate_series(1, 200) AS n"
        )
        await session.execute(text(copied))
        wishes = "INSERT INTO carts_wishes SELECT a.id, p.id, now() FROM identity_accounts a, catalog_products p"
        await session.execute(text(f"{wishes} WHERE a.name = 'Anna' AND p.slug LIKE 'mug-%'"))
    one_more = await product(database, title="One more")
    full = await anna.put(f"{WISHES}/{one_more['product_id']}")
    assert code(full) == (409, "wishlist-full")
