"""Categories and products: named, moved, found again, and taken out of the shop."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from make import products
from make.answers import code, made, pointers
from merkato.domains.catalog import queries, service
from merkato.domains.catalog.errors import CategoryCycle
from merkato.domains.catalog.schemas import CategoryChange, CategoryTree, ProductChange, ProductDraft, ProductView
from merkato.domains.inventory import service as inventory
from merkato.kit.database import Database
from merkato.kit.ids import new

EUR = {"amount": 1200, "currency": "EUR"}
SIZES = [{"name": "Size", "values": ["S", "M"]}, {"name": "Colour", "values": ["Blue", "Red"]}]


async def test_categories_nest_to_any_depth(staff: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    parent, chain = None, []
    for number in range(60):
        chain.append(await made(staff, "/v1/categories", name=f"Level {number}", parent_id=parent))
        parent = chain[-1]["id"]
    await made(staff, "/v1/categories", name="Another root")
    tree = (await client.get("/v1/categories")).json()
    assert CategoryTree.model_validate(tree).model_dump(mode="json") == tree
    assert [root["name"] for root in tree["data"]] == ["Another root", "Level 0"]
    level, names = tree["data"][1], []
    while True:
        names.append(level["name"])
        if not level["children"]:
            break
        (level,) = level["children"]
    assert names == [each["name"] for each in chain]
    deepest = (await client.get(f"/v1/categories/{chain[-1]['slug']}")).json()
    assert [place["id"] for place in deepest["path"]] == [each["id"] for each in chain[:-1]]
    second = (await client.get(f"/v1/categories/{chain[1]['id']}")).json()
    assert [child["slug"] for child in second["children"]] == ["level-2"]


async def test_a_tree_deeper_than_any_stack_is_drawn() -> None:
    places, parent = [], None
    for number in range(5_000):
        place = queries.Place(new(), parent, f"Level {number}", f"level-{number}")
        places.append(place)
        parent = place.id
    drawn = service.forest(places)
    assert drawn.count(b'"children":[') == 5_000
    assert drawn.endswith(b"[]}" + b"]}" * 4_999 + b'],"next":null}')


async def test_a_category_is_never_its_own_ancestor(staff: httpx.AsyncClient) -> None:
    top = await made(staff, "/v1/categories", name="Top")
    below = await made(staff, "/v1/categories", name="Below", parent_id=top["id"])
    deep = await made(staff, "/v1/categories", name="Deep", parent_id=below["id"])
    for parent in (top, below, deep):
        answer = await staff.patch(f"/v1/categories/{top['id']}", json={"parent_id": parent["id"]})
        assert code(answer) == (409, "category-cycle")
    moved = await staff.patch(f"/v1/categories/{deep['id']}", json={"parent_id": None})
    assert (moved.status_code, moved.json()["parent_id"], moved.json()["path"]) == (200, None, [])
    assert pointers(await staff.patch(f"/v1/categories/{deep['id']}", json={"parent_id": str(new())})) == {"/parent_id"}


async def test_two_moves_at_once_close_no_circle(database: Database) -> None:
    one, two = [await products.category(database, name) for name in ("One", "Two")]
    for _ in range(5):
        moves = [(one, CategoryChange(parent_id=two)), (two, CategoryChange(parent_id=one))]

        async def move(which: int, moves: list[Any] = moves) -> bool:
            try:
                async with database.transaction() as session:
                    await service.change_category(session, *moves[which])
            except CategoryCycle:
                return False
            return True

        assert sorted(await asyncio.gather(move(0), move(1))) == [False, True]
        async with database.reading() as session:
            assert len(json.loads(service.forest(await queries.tree(session)))["data"]) == 1
        for category in (one, two):
            async with database.transaction() as session:
                await service.change_category(session, category, CategoryChange(parent_id=None))


async def test_a_category_in_use_stays(staff: httpx.AsyncClient) -> None:
    top = await made(staff, "/v1/categories", name="Top")
    below = await made(staff, "/v1/categories", name="Below", parent_id=top["id"])
    product = await made(staff, "/v1/products", title="Mug", category_id=below["id"])
    for each in (top, below):
        assert code(await staff.delete(f"/v1/categories/{each['id']}")) == (409, "category-in-use")
    assert (await staff.delete(f"/v1/products/{product['id']}")).status_code == 204
    for each in (below, top):
        assert (await staff.delete(f"/v1/categories/{each['id']}")).status_code == 204
        assert (await staff.get(f"/v1/categories/{each['id']}")).status_code == 404
    assert (await staff.delete(f"/v1/categories/{top['id']}")).status_code == 404


async def test_what_hangs_in_a_category_follows_it(staff: httpx.AsyncClient, database: Database) -> None:
    home, tea = [await products.category(database, name) for name in ("Home", "Tea")]
    mugs = await products.category(database, "Mugs", home)
    product = await products.product(database, category_id=mugs)

    async def path() -> list[str]:
        page = (await staff.get(f"/v1/products/{product['slug']}")).json()
        return [place["name"] for place in page["category_path"]]

    assert await path() == ["Home", "Mugs"]
    await staff.patch(f"/v1/categories/{home}", json={"name": "House"})
    assert await path() == ["House", "Mugs"]
    await staff.patch(f"/v1/categories/{mugs}", json={"parent_id": str(tea)})
    assert await path() == ["Tea", "Mugs"]
    assert len((await staff.get("/v1/products", params={"category": str(tea)})).json()["data"]) == 1
    assert (await staff.get("/v1/products", params={"category": str(home)})).json()["data"] == []


async def test_slugs_are_made_and_unique(staff: httpx.AsyncClient) -> None:
    for path, name in (("/v1/categories", "name"), ("/v1/products", "title")):
        slugs = [(await made(staff, path, **{name: "Größe Çay"}))["slug"] for _ in range(3)]
        assert slugs == ["grosse-cay", "grosse-cay-2", "grosse-cay-3"]
        assert (await made(staff, path, **{name: "Any", "slug": "own-slug"}))["slug"] == "own-slug"
        taken = await staff.post(path, json={name: "Any", "slug": "own-slug"})
        assert code(taken) == (409, "slug-taken")
        other = await made(staff, path, **{name: "Other"})
        changed = await staff.patch(f"{path}/{other['id']}", json={"slug": "own-slug"})
        assert code(changed) == (409, "slug-taken")
        for wrong in ("a/b", "Upper", "", "-a", "a b", "a--b", str(new()), new().hex, "suggestions", "x" * 101):
            assert pointers(await staff.post(path, json={name: "Any", "slug": wrong})) == {"/slug"}, wrong
        assert (await made(staff, path, **{name: "!!!"}))["slug"] in {"category", "product"}
        for reserved in ("Suggestions", new().hex):
            kept = (await made(staff, path, **{name: reserved}))["slug"]
            assert kept == f"{reserved.lower()}-2"


async def test_many_of_one_name_at_once_get_a_slug_each(database: Database) -> None:
    async def add() -> str:
        async with database.transaction() as session:
            return (await service.add_product(session, ProductDraft(title="Mug"), currency="EUR")).slug

    slugs = await asyncio.gather(*(add() for _ in range(12)))
    assert len(set(slugs)) == 12
    assert all(slug.startswith("mug") for slug in slugs)


async def test_former_slugs_lead_to_the_present_one(staff: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    product = await made(staff, "/v1/products", title="Mug", status="published")
    category = await made(staff, "/v1/categories", name="Mug")
    for path, each in (("/v1/products", product), ("/v1/categories", category)):
        for slug in ("cup", "καφές"):
            assert (await staff.patch(f"{path}/{each['id']}", json={"slug": slug})).status_code == 200
        for former in ("mug", "cup"):
            answer = await client.get(f"{path}/{former}?currency=EUR" if "products" in path else f"{path}/{former}")
            assert answer.status_code == 308
            found = await client.get(answer.headers["Location"])
            assert (found.status_code, found.json()["id"]) == (200, each["id"])
        name = "title" if "products" in path else "name"
        taken = await made(staff, path, **{name: "Mug"} | ({"status": "published"} if name == "title" else {}))
        # A present slug goes before a former one.
        assert taken["slug"] == "mug"
        assert (await client.get(f"{path}/mug")).json()["id"] == taken["id"]
        assert (await client.get(f"{path}/never")).status_code == 404
    await staff.patch(f"/v1/products/{product['id']}", json={"status": "draft"})
    # Where a hidden product is now is nobody's business.
    assert (await client.get("/v1/products/cup")).status_code == 404


async def test_only_what_is_published_is_shown(staff: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    product = await made(staff, "/v1/products", title="Mug")
    url = f"/v1/products/{product['id']}"
    assert product["status"] == "draft"
    for status, shown in (("draft", 404), ("published", 200), ("archived", 404)):
        assert (await staff.patch(url, json={"status": status})).json()["status"] == status
        assert ((await client.get(url)).status_code, (await staff.get(url)).status_code) == (shown, 200)
        listed = (await staff.get("/v1/products")).json()["data"]
        assert [each["id"] for each in listed] == ([product["id"]] if shown == 200 else [])
    assert (await client.get(url, headers={"Authorization": "Bearer nonsense"})).status_code == 401


async def test_a_page_fits_its_model_and_is_not_sent_twice(database: Database, client: httpx.AsyncClient) -> None:
    product = await products.product(
        database, title="Tea", options=SIZES, attributes={"a": "b"}, description="<p>Tea</p>", image="/media/tea.webp"
    )
    url = f"/v1/products/{product['slug']}"
    page = await client.get(url)
    assert ProductView.model_validate_json(page.content).model_dump(mode="json") == page.json()
    again = await client.get(url, headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert page.json()["image"] == page.json()["media"][0]["url"] == "/media/tea.webp"
    assert list(page.json()["variants"][0]["options"]) == ["Size", "Colour"]
    by_id = await client.get(f"/v1/products/{product['product_id']}")
    assert by_id.headers["ETag"] == page.headers["ETag"]


async def test_an_anonymous_page_is_one_statement(database: Database, client: httpx.AsyncClient) -> None:
    product = await products.product(database)
    await client.get(f"/v1/products/{product['slug']}")
    told: list[str] = []

    def tell(*said: Any) -> None:
        told.append(str(said[2]))

    event.listen(database._reader.sync_engine, "before_cursor_execute", tell)
    for url in (f"/v1/products/{product['slug']}", "/v1/products?q=mug&sort=price", "/v1/categories"):
        told.clear()
        assert (await client.get(url)).status_code == 200
        assert len(told) == 1, told


async def test_edits_of_what_has_changed_are_refused(staff: httpx.AsyncClient, database: Database) -> None:
    product = await products.product(database)
    urls = (f"/v1/products/{product['product_id']}", f"/v1/variants/{product['variant_id']}")
    old = (await staff.get(urls[0])).headers["ETag"]
    changed = await staff.patch(urls[0], json={"title": "Cup"}, headers={"If-Match": old})
    assert (changed.status_code, changed.json()["title"]) == (200, "Cup")
    assert changed.headers["ETag"] == (await staff.get(urls[0])).headers["ETag"]
    for url, body in zip(urls, ({"title": "Bowl"}, {"price": {"amount": 1, "currency": "EUR"}}), strict=True):
        refused = await staff.patch(url, json=body, headers={"If-Match": old})
        assert code(refused) == (412, "precondition-failed")
        for fitting in (changed.headers["ETag"], f'"x", {changed.headers["ETag"]}', "*"):
            assert (await staff.patch(url, json={}, headers={"If-Match": fitting})).status_code == 200
    assert (await staff.get(urls[0])).json()["title"] == "Cup"


async def test_descriptions_are_cleaned(staff: httpx.AsyncClient) -> None:
    dirty = '<p onclick="x()">Fine</p><script>alert(1)</script><a href="javascript:x()">a</a><img src=x onerror=y>'
    product = await made(staff, "/v1/products", title="Mug", description=dirty)
    assert product["description"].startswith("<p>Fine</p><a")
    for evil in ("script", "alert", "javascript", "onerror", "onclick"):
        assert evil not in product["description"]
    url = f"/v1/products/{product['id']}"
    assert (await staff.patch(url, json={"description": "<b>x</b><style>*{}</style>"})).json()[
        "description"
    ] == "<b>x</b>"
    assert (await staff.patch(url, json={"description": None})).json()["description"] is None


async def test_a_change_names_what_it_changes(staff: httpx.AsyncClient) -> None:
    product = await made(
        staff, "/v1/products", title="Mug", attributes={"a": "1", "b": "2"}, fulfilment="kitchen", description="x"
    )
    url = f"/v1/products/{product['id']}"
    changed = (await staff.patch(url, json={"attributes": {"a": None, "c": "3"}, "title": "Cup"})).json()
    assert (changed["attributes"], changed["title"], changed["slug"]) == ({"b": "2", "c": "3"}, "Cup", "mug")
    assert (changed["fulfilment"], changed["description"], changed["id"]) == ("kitchen", "x", product["id"])
    assert changed["updated_at"] > changed["created_at"] == product["created_at"]
    many = {str(number): "x" for number in range(60)}
    assert pointers(await staff.patch(url, json={"attributes": many})) == {"/attributes"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": None}, "/title"),
        ({"title": 3}, "/title"),
        ({"title": "a\x00b"}, "/title"),
        ({"title": "x" * 201}, "/title"),
        ({"status": "sold"}, "/status"),
        ({"fulfilment": None}, "/fulfilment"),
        ({"options": [{"name": "Size", "values": []}]}, "/options/0/values"),
        ({"options": [{"name": "Size", "values": ["S", "S"]}]}, "/options/0/values"),
        ({"options": [{"name": "A", "values": ["S"]}] * 2}, "/options"),
        ({"options": [{"name": str(number), "values": ["S"]} for number in range(4)]}, "/options"),
        ({"options": [{"name": "Size", "values": [str(number) for number in range(101)]}]}, "/options/0/values"),
        ({"attributes": {"a": 1}}, "/attributes/a"),
        ({"attributes": ["a"]}, "/attributes"),
        ({"category_id": "mugs"}, "/category_id"),
        ({"category_id": str(new())}, "/category_id"),
        ({"price": 3}, "/price"),
    ],
)
async def test_what_is_wrong_is_named(staff: httpx.AsyncClient, body: dict[str, Any], pointer: str) -> None:
    product = await made(staff, "/v1/products", title="Mug")
    assert pointers(await staff.post("/v1/products", json={"title": "Mug"} | body)) == {pointer}
    assert pointers(await staff.patch(f"/v1/products/{product['id']}", json=body)) == {pointer}
    assert (await staff.get(f"/v1/products/{product['id']}")).json() == product


async def test_a_deleted_product_is_gone_and_its_slug_free(
    staff: httpx.AsyncClient, client: httpx.AsyncClient, database: Database
) -> None:
    product = await products.product(database)
    url = f"/v1/products/{product['product_id']}"
    assert (await staff.delete(url)).status_code == 204
    for answer in (await client.get(url), await staff.get(url), await staff.get(f"/v1/products/{product['slug']}")):
        assert answer.status_code == 404
    assert (await staff.delete(url)).status_code == 404
    assert (await staff.patch(url, json={"title": "Cup"})).status_code == 404
    assert (await staff.post(f"{url}/variants", json={"price": EUR})).status_code == 404
    assert (await staff.get(f"/v1/variants/{product['variant_id']}/stock")).status_code == 404
    assert (await client.get("/v1/products")).json()["data"] == []
    again = await products.product(database)
    assert (again["slug"], again["sku"]) == (product["slug"], product["sku"])


async def test_changes_at_once_are_all_shown(staff: httpx.AsyncClient, database: Database) -> None:
    product = await products.product(database, stock=0)
    page, variant = f"/v1/products/{product['product_id']}", f"/v1/variants/{product['variant_id']}"
    answers = await asyncio.gather(
        staff.patch(page, json={"title": "Cup"}),
        staff.patch(page, json={"attributes": {"a": "b"}}),
        staff.patch(variant, json={"price": {"amount": 1, "currency": "EUR"}}),
        staff.patch(variant, json={"price": {"amount": 2, "currency": "USD"}}),
        staff.put(f"{variant}/stock", json={"on_hand": 3}),
        staff.post(f"{page}/media", json={"url": "https://pictures.test/a.jpg"}),
    )
    assert all(answer.status_code < 300 for answer in answers), [answer.text for answer in answers]
    shown = (await staff.get(page)).json()
    assert (shown["title"], shown["attributes"], shown["price_from"]["amount"]) == ("Cup", {"a": "b"}, 1)
    assert (shown["availability"], shown["image"]) == ("in_stock", "https://pictures.test/a.jpg")
    assert (await staff.get(page, params={"currency": "USD"})).json()["price_from"]["amount"] == 2


async def test_who_waits_for_another_change_shows_it_too(client: httpx.AsyncClient, database: Database) -> None:
    product = await products.product(database, stock=None, variant={"track_stock": True})

    async def count() -> None:
        async with database.transaction() as session:
            await inventory.set_on_hand(session, None, product["variant_id"], 3, reason="counted")

    async with database.transaction() as session:
        edited = await service.edited(session, product["product_id"])
        await service.change_product(session, edited, ProductChange(title="Cup"))
        counting = asyncio.create_task(count())
        await asyncio.sleep(0.3)
        assert not counting.done()
    await counting
    shown = (await client.get(f"/v1/products/{product['slug']}")).json()
    assert (shown["title"], shown["availability"]) == ("Cup", "in_stock")


async def test_repeating_a_post_with_its_key_adds_once(staff: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "once"}
    answers = [await staff.post("/v1/products", json={"title": "Mug"}, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["Location"] == f"/v1/products/{answers[0].json()['id']}"
