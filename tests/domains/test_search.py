"""Lists, filters, orders, pages and suggestions: what a shopper finds."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from doors import SignIn
from make import products
from merkato.domains.catalog import service as catalog
from merkato.domains.search.schemas import ProductPage
from merkato.kit.database import Database

ODD = (
    "' OR 1=1 --",
    "a & b | !c",
    "(((",
    "zz:*",
    "\\",
    "'",
    '"',
    "%",
    "_",
    "☕",
    "🍕 pizza",
    "!!!",
    "<->",
    "\u202e",
    "ß" * 200,
    "x" * 200,
    "a-b/c.d@e",
    "\ud7ff",
    "́",
    "1e309",
    "NULL",
)


async def titles(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/v1/products", params=query)
    assert answer.status_code == 200, answer.text
    return [each["title"] for each in answer.json()["data"]]


async def pages(client: httpx.AsyncClient, **query: Any) -> list[str]:
    """Every title, by following the links."""
    found, answer = [], await client.get("/v1/products", params=query)
    while True:
        found += [each["title"] for each in answer.json()["data"]]
        if "next" not in answer.links:
            assert answer.json()["next"] is None
            return found
        answer = await client.get(answer.links["next"]["url"])
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def shop(database: Database) -> dict[str, Any]:
    """A few products that differ in everything."""
    home = await products.category(database, "Home")
    mugs = await products.category(database, "Mugs", home)
    tea = await products.category(database, "Tea")
    made = {
        "Blue Mug": await products.product(
            database, title="Blue Mug", price=1200, category_id=mugs, attributes={"colour": "blue", "size": "L"}
        ),
        "Red Mug": await products.product(
            database, title="Red Mug", price=900, stock=0, category_id=mugs, attributes={"colour": "red", "size": "L"}
        ),
        "Green Tea": await products.product(
            database,
            title="Green Tea",
            price=700,
            category_id=tea,
            attributes={"origin": "Uji"},
            description="<p>For any <b>mug</b></p>",
        ),
        "Café Bowl": await products.product(database, title="Café Bowl", price=2500, category_id=home),
    }
    await products.product(database, title="Hidden Mug", status="draft", category_id=mugs)
    async with database.transaction() as session:
        await catalog.show_rating(session, made["Green Tea"]["product_id"], 4.5, 2)
        await catalog.show_rating(session, made["Blue Mug"]["product_id"], 3.0, 1)
    return {"home": home, "mugs": mugs, "tea": tea, **made}


async def test_each_filter_narrows_and_they_compose(client: httpx.AsyncClient, shop: dict[str, Any]) -> None:
    everything = {"Blue Mug", "Red Mug", "Green Tea", "Café Bowl"}
    assert set(await titles(client)) == everything
    assert set(await titles(client, category="home")) == {"Blue Mug", "Red Mug", "Café Bowl"}
    assert set(await titles(client, category=str(shop["mugs"]))) == {"Blue Mug", "Red Mug"}
    assert await titles(client, category="nowhere") == []
    assert set(await titles(client, min_price=900, max_price=1200)) == {"Blue Mug", "Red Mug"}
    assert await titles(client, min_price=1200, max_price=900) == []
    assert await titles(client, in_stock="false") == ["Red Mug"]
    assert set(await titles(client, in_stock="true")) == everything - {"Red Mug"}
    assert await titles(client, min_rating=4) == ["Green Tea"]
    assert await titles(client, **{"attribute[colour]": "blue"}) == ["Blue Mug"]
    assert set(await titles(client, **{"attribute[colour]": ["blue", "red"]})) == {"Blue Mug", "Red Mug"}
    assert await titles(client, **{"attribute[colour]": "blue", "attribute[size]": "S"}) == []
    assert await titles(client, q="mug", category="home", in_stock="true", max_price=2000) == ["Blue Mug"]


async def test_orders(client: httpx.AsyncClient, shop: dict[str, Any], database: Database) -> None:
    await products.product(database, title="apple juice", price=100)
    assert await titles(client, sort="price") == ["apple juice", "Green Tea", "Red Mug", "Blue Mug", "Café Bowl"]
    assert await titles(client, sort="-price") == ["Café Bowl", "Blue Mug", "Red Mug", "Green Tea", "apple juice"]
    assert await titles(client, sort="name") == ["apple juice", "Blue Mug", "Café Bowl", "Green Tea", "Red Mug"]
    assert (await titles(client, sort="rating"))[:2] == ["Green Tea", "Blue Mug"]
    assert (await titles(client))[0] == "apple juice"
    assert await titles(client, q="mug", sort="name") == ["Blue Mug", "Green Tea", "Red Mug"]


async def test_titles_count_more_than_descriptions(client: httpx.AsyncClient, shop: dict[str, Any]) -> None:
    for sort in ({}, {"sort": "relevance"}):
        found = await titles(client, q="mug", **sort)
        assert (found[-1], set(found)) == ("Green Tea", {"Blue Mug", "Red Mug", "Green Tea"})


async def test_what_has_no_price_comes_last(client: httpx.AsyncClient, sign_in: SignIn, shop: dict[str, Any]) -> None:
    staff = await sign_in("Staff", "staff")
    await staff.post("/v1/products", json={"title": "Soon", "status": "published"})
    assert (await titles(client, sort="price"))[-1] == (await titles(client, sort="-price"))[-1] == "Soon"
    card = next(each for each in (await client.get("/v1/products")).json()["data"] if each["title"] == "Soon")
    assert (card["price_from"], card["availability"], card["variants_count"]) == (None, "out_of_stock", 0)
    assert "Soon" not in await titles(client, min_price=0)
    assert "Soon" not in await titles(client, max_price=10**12)


@pytest.mark.parametrize("sort", ["newest", "price", "-price", "rating", "name", "relevance"])
async def test_pages_are_stable_under_inserts(client: httpx.AsyncClient, database: Database, sort: str) -> None:
    there = [f"Mug {number:02}" for number in range(9)]
    for number, title in enumerate(there):
        # Equal prices and ratings: the order has to tell them apart all the same.
        await products.product(database, title=title, price=1000 + number % 2)
    query: dict[str, str | int] = {"sort": sort, "limit": 2, "q": "mug"}
    whole = await pages(client, **query)
    assert sorted(whole) == there
    found: list[str] = []
    answer = await client.get("/v1/products", params=query)
    for number in range(20):
        found += [each["title"] for each in answer.json()["data"]]
        await products.product(database, title=f"Mug new {number}", price=900 + 20 * number)
        if "next" not in answer.links:
            break
        answer = await client.get(answer.links["next"]["url"])
    assert [title for title in found if title in there] == whole
    assert len(found) == len(set(found))


async def test_every_link_resolves(client: httpx.AsyncClient, shop: dict[str, Any]) -> None:
    for each in (await client.get("/v1/products")).json()["data"]:
        for reference in (each["id"], each["slug"]):
            page = await client.get(f"/v1/products/{reference}")
            assert (page.status_code, page.json()["title"]) == (200, each["title"])
            for place in page.json()["category_path"]:
                assert (await client.get(f"/v1/categories/{place['slug']}")).json()["id"] == place["id"]


@pytest.mark.parametrize(
    ("title", "searched"),
    [
        ("Καφές Φίλτρου", ["καφες", "ΚΑΦΈΣ", "φιλτ"]),
        ("抹茶茶碗セット", ["茶碗", "セット", "碗", "ット"]),
        ("हिन्दी चाय", ["चाय", "हिन्"]),
        ("Crème brûlée", ["creme", "BRÛ", "brulee crè"]),
        ("كوب قهوة", ["قهوة"]),
        ("Straße 🍕", ["strasse", "🍕"]),
        ("\uff26\uff35\uff2c\uff2c width", ["full"]),
    ],
)
async def test_every_script_is_found(
    client: httpx.AsyncClient, database: Database, title: str, searched: list[str]
) -> None:
    made = await products.product(database, title=title)
    await products.product(database, title="Something else")
    assert (await client.get(f"/v1/products/{made['slug']}")).json()["title"] == title
    for q in searched:
        assert await titles(client, q=q) == [title], q
    if len(searched[0]) > 1:
        listed = (await client.get("/v1/products/suggestions", params={"q": searched[0]})).json()["data"]
        assert [each["slug"] for each in listed] == [made["slug"]]


async def test_suggestions(client: httpx.AsyncClient, shop: dict[str, Any], database: Database) -> None:
    async def suggested(q: str, **more: str) -> list[str]:
        answer = await client.get("/v1/products/suggestions", params={"q": q, **more})
        assert answer.status_code == 200, answer.text
        return [each["title"] for each in answer.json()["data"]]

    # Neither descriptions nor drafts are suggested.
    assert await suggested("mu") == ["Blue Mug", "Red Mug"]
    assert await suggested("re") == ["Red Mug"]
    await products.product(database, title="Mug Tree")
    assert await suggested("mug") == ["Mug Tree", "Blue Mug", "Red Mug"]
    assert await suggested("mug", currency="USD") == []
    assert await suggested("%%") == []
    for number in range(12):
        await products.product(database, title=f"Spoon {number}")
    assert len(await suggested("spoon")) == 10
    for q in ("", "m", " m "):
        assert (await client.get("/v1/products/suggestions", params={"q": q})).status_code == 422
    assert (await client.get("/v1/products/suggestions")).status_code == 422


async def test_odd_input_is_answered(client: httpx.AsyncClient, shop: dict[str, Any]) -> None:
    for odd in ODD:
        for query in ({"q": odd}, {"category": odd}, {"attribute[colour]": odd}, {f"attribute[{odd}]": "x"}):
            answer = await client.get("/v1/products", params={**query, "facets": "true"})
            assert answer.status_code == 200, (query, answer.text)
            assert answer.json()["data"] == [], query
        assert (
            await client.get("/v1/products/suggestions", params={"q": odd + "x"[: 200 - len(odd)]})
        ).status_code in (
            200,
            422,
        )


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("q=", "/q"),
        ("q=%00", "/q"),
        (f"q={'x' * 201}", "/q"),
        ("min_price=-1", "/min_price"),
        ("max_price=abc", "/max_price"),
        (f"max_price={10**30}", "/max_price"),
        ("min_rating=6", "/min_rating"),
        ("min_rating=nan", "/min_rating"),
        ("in_stock=maybe", "/in_stock"),
        ("sort=cheap", "/sort"),
        ("currency=XYZ", "/currency"),
        ("category=", "/category"),
        ("attribute[]=x", "/attribute[]"),
        ("attribute[a=x", "/attribute[a"),
        ("attribute[a]=%00", "/attribute[a]"),
        ("facets=perhaps", "/facets"),
        ("limit=0", "/limit"),
        ("limit=101", "/limit"),
        ("cursor=nonsense", "/cursor"),
    ],
)
async def test_what_is_wrong_is_named(client: httpx.AsyncClient, query: str, pointer: str) -> None:
    answer = await client.get(f"/v1/products?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_cursor_belongs_to_its_filters(client: httpx.AsyncClient, shop: dict[str, Any]) -> None:
    cursor = (await client.get("/v1/products?limit=1&sort=price")).json()["next"]
    assert (await client.get(f"/v1/products?limit=2&sort=price&cursor={cursor}")).status_code == 200
    for other in ("sort=-price", "sort=price&in_stock=true", "sort=price&attribute[colour]=red", "sort=price&q=mug"):
        assert (await client.get(f"/v1/products?limit=1&{other}&cursor={cursor}")).status_code == 422


async def test_the_list_is_not_sent_twice_and_fits_its_model(
    client: httpx.AsyncClient, app: FastAPI, shop: dict[str, Any]
) -> None:
    first = await client.get("/v1/products?limit=2")
    assert "facets" not in first.json()
    for page in (first, await client.get("/v1/products?limit=2&facets=true")):
        model = ProductPage.model_validate_json(page.content)
        assert json.loads(model.model_dump_json(exclude_unset=True)) == page.json()
    tag = first.headers["ETag"]
    again = await client.get("/v1/products?limit=2", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    other = await client.get("/v1/products?limit=1", headers={"If-None-Match": tag})
    assert (other.status_code, other.headers["ETag"] == tag) == (200, False)


NARROWED: tuple[dict[str, Any], ...] = (
    {},
    {"category": "mugs"},
    {"q": "mug"},
    {"q": "nothing like it"},
    {"in_stock": "false"},
    {"in_stock": "true", "min_price": 800},
    {"min_rating": 3},
    {"attribute[colour]": "red"},
    {"attribute[colour]": ["red", "blue"], "attribute[size]": "L"},
    {"attribute[colour]": "red", "attribute[origin]": "Uji"},
    {"category": "home", "attribute[size]": "L", "in_stock": "true", "max_price": 2000},
)


@pytest.mark.parametrize("chosen", NARROWED, ids=str)
async def test_each_facet_is_as_long_as_the_list_that_it_leads_to(
    client: httpx.AsyncClient, shop: dict[str, Any], chosen: dict[str, Any]
) -> None:
    facets = (await client.get("/v1/products", params={**chosen, "facets": "true", "limit": 1})).json()["facets"]
    assert facets["total"] == len(await titles(client, **chosen))
    leads = [({"category": each["slug"]}, each["count"]) for each in facets["categories"]]
    leads += [({"in_stock": "true"}, facets["in_stock"]), ({"in_stock": "false"}, facets["out_of_stock"])]
    leads += [({"min_rating": each["min_rating"]}, each["count"]) for each in facets["ratings"]]
    leads += [
        ({f"attribute[{attribute['name']}]": each["value"]}, each["count"])
        for attribute in facets["attributes"]
        for each in attribute["values"]
    ]
    for choice, count in leads:
        assert len(await titles(client, **chosen | choice)) == count, choice


async def test_facets_name_what_there_is(client: httpx.AsyncClient, shop: dict[str, Any]) -> None:
    facets = (await client.get("/v1/products?facets=true")).json()["facets"]
    assert [(each["slug"], each["count"]) for each in facets["categories"]] == [("home", 3), ("mugs", 2), ("tea", 1)]
    assert facets["categories"][0] == {"id": str(shop["home"]), "slug": "home", "name": "Home", "count": 3}
    assert facets["attributes"] == [
        {"name": "colour", "values": [{"value": "blue", "count": 1}, {"value": "red", "count": 1}]},
        {"name": "origin", "values": [{"value": "Uji", "count": 1}]},
        {"name": "size", "values": [{"value": "L", "count": 2}]},
    ]
    # Another colour stays in sight beside the one that was chosen; what does not come with it does not.
    red = (await client.get("/v1/products?facets=true&attribute[colour]=red")).json()["facets"]
    assert [each["name"] for each in red["attributes"]] == ["colour", "size"]
    assert [each["value"] for each in red["attributes"][0]["values"]] == ["blue", "red"]


async def test_former_slugs_of_categories_still_filter(
    client: httpx.AsyncClient, sign_in: SignIn, shop: dict[str, Any]
) -> None:
    staff = await sign_in("Staff", "staff")
    await staff.patch(f"/v1/categories/{shop['mugs']}", json={"slug": "cups", "name": "Cups"})
    assert set(await titles(client, category="cups")) == set(await titles(client, category="mugs"))
    assert len(await titles(client, category="mugs")) == 2
    assert set(await titles(client, q="cups")) == {"Blue Mug", "Red Mug"}
    # A category that takes the slug now goes before the one that had it.
    await staff.post("/v1/categories", json={"name": "Mugs"})
    assert await titles(client, category="mugs") == []
