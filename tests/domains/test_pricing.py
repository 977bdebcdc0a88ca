"""Variants and their prices: one offer for whoever sells."""

from doors import SignIn
from make import products
from merkato.domains.pricing import queries
from merkato.kit.database import Database

EUR = {"amount": 1200, "currency": "EUR"}
USD = {"amount": 1300, "currency": "USD"}


async def test_an_offer_says_all_that_is_needed_to_sell(database: Database) -> None:
    made = await products.product(
        database,
        title="Tea",
        image="https://pictures.test/tea.jpg",
        options=[{"name": "Size", "values": ["S", "L"]}],
        variant={"weight_grams": 80, "tax_class": "food", "compare_at_price": {"amount": 1500, "currency": "EUR"}},
    )
    async with database.reading() as session:
        offer = (await queries.offers(session, [made["variant_id"]], "EUR"))[made["variant_id"]]
    assert (offer.product_id, offer.slug, offer.title, offer.sku) == (made["product_id"], "tea", "Tea", "TEA-S")
    assert (offer.options, offer.image) == ({"Size": "S"}, "https://pictures.test/tea.jpg")
    assert (offer.unit_price, offer.compare_at, offer.available, offer.sold) == (1200, 1500, 10, True)
    assert (offer.weight_grams, offer.requires_shipping, offer.tax_class) == (80, True, "food")
    assert offer.fulfilment == "shipping"


async def test_an_offer_tells_what_cannot_be_bought(database: Database, sign_in: SignIn) -> None:
    staff = await sign_in("Staff", "staff")
    draft = await products.product(database, status="draft", stock=None)
    gone = await products.product(database)
    assert (await staff.delete(f"/v1/variants/{gone['variant_id']}")).status_code == 204
    dropped = await products.product(database)
    assert (await staff.delete(f"/v1/products/{dropped['product_id']}")).status_code == 204
    asked = [draft["variant_id"], gone["variant_id"], dropped["variant_id"], draft["product_id"]]
    async with database.reading() as session:
        offers = await queries.offers(session, asked, "USD")
        skus = await queries.by_sku(session, [draft["sku"], gone["sku"], "NONE"])
    assert {offer.sold for offer in offers.values()} == {False}
    assert {offer.unit_price for offer in offers.values()} == {None}
    assert len(offers) == 3
    assert offers[draft["variant_id"]].available is None
    assert skus == {draft["sku"]: draft["variant_id"]}


async def test_a_price_in_another_currency_is_added(database: Database, sign_in: SignIn) -> None:
    staff = await sign_in("Staff", "staff")
    made = await products.product(database)
    url, page = f"/v1/variants/{made['variant_id']}", f"/v1/products/{made['slug']}"
    changed = await staff.patch(url, json={"price": USD, "compare_at_price": {"amount": 1500, "currency": "USD"}})
    assert (changed.status_code, changed.json()["price"]) == (200, USD)
    assert (await staff.get(page)).json()["price_from"] == EUR
    dollars = (await staff.get(page, params={"currency": "USD"})).json()
    assert (dollars["price_from"], dollars["currency"], dollars["variants"][0]["price"]) == (USD, "USD", USD)
    assert dollars["compare_at_price"]["amount"] == 1500
    # A title is changed without the prices being lost, a price without what it is compared with.
    await staff.patch(f"/v1/products/{made['product_id']}", json={"title": "Cup"})
    await staff.patch(url, json={"price": {"amount": 1400, "currency": "USD"}})
    dollars = (await staff.get(page, params={"currency": "USD"})).json()
    assert (dollars["title"], dollars["price_from"]["amount"], dollars["compare_at_price"]["amount"]) == (
        "Cup",
        1400,
        1500,
    )
    await staff.patch(url, json={"compare_at_price": None})
    assert (await staff.get(page, params={"currency": "USD"})).json()["compare_at_price"] is None
    # There is no price in yen: the page shows one that is there, and says in what.
    assert (await staff.get(page, params={"currency": "JPY"})).json()["currency"] in {"EUR", "USD"}


async def test_what_is_wrong_with_a_price_is_named(database: Database, sign_in: SignIn) -> None:
    staff = await sign_in("Staff", "staff")
    made = await products.product(database)
    url = f"/v1/variants/{made['variant_id']}"
    for price in ({"amount": -1, "currency": "EUR"}, {"amount": 1.5, "currency": "EUR"}, {"amount": 1}, None):
        answer = await staff.patch(url, json={"price": price})
        assert answer.status_code == 422, price
        assert answer.json()["errors"][0]["pointer"].startswith("/price")
    assert (await staff.patch(url, json={"price": {"amount": 1, "currency": "XYZ"}})).status_code == 422
    assert (await staff.patch(url, json={"price": EUR, "compare_at_price": USD})).status_code == 422
    answer = await staff.patch(url, json={"compare_at_price": USD})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-priced")
    assert (await staff.get(f"/v1/products/{made['slug']}")).json()["price_from"] == EUR


async def test_staff_only(database: Database, sign_in: SignIn, client: object) -> None:
    anna, made = await sign_in("Anna"), await products.product(database)
    url = f"/v1/variants/{made['variant_id']}"
    assert (await anna.patch(url, json={"price": USD})).status_code == 403
    assert (await anna.delete(url)).status_code == 403
    del anna.headers["Authorization"]
    assert (await anna.post(f"/v1/products/{made['product_id']}/variants", json={"price": EUR})).status_code == 401
