"""Variants: they fit the options of their product, one of each combination, each with a SKU of its own."""

import asyncio

import httpx

from make.answers import code, made, pointers

EUR = {"amount": 1200, "currency": "EUR"}
SIZES = [{"name": "Size", "values": ["S", "M"]}, {"name": "Colour", "values": ["Blue", "Red"]}]


async def test_variants_fit_the_options_of_their_product(staff: httpx.AsyncClient) -> None:
    product = await made(staff, "/v1/products", title="Shirt", options=SIZES, status="published")
    url, page = f"/v1/products/{product['id']}/variants", f"/v1/products/{product['id']}"
    first = await made(staff, url, options={"Colour": "Blue", "Size": "S"}, price=EUR)
    assert (first["sku"], first["price"], first["availability"]) == ("SHIRT-S-BLUE", EUR, "out_of_stock")
    assert first["requires_shipping"] is True
    for options, wrong in (
        ({}, {"/options/Size", "/options/Colour"}),
        ({"Size": "S"}, {"/options/Colour"}),
        ({"Size": "XL", "Colour": "Blue"}, {"/options/Size"}),
        ({"Size": "S", "Colour": "Blue", "Cut": "slim"}, {"/options/Cut"}),
    ):
        assert pointers(await staff.post(url, json={"options": options, "price": EUR})) == wrong
    again = await staff.post(url, json={"options": {"Size": "S", "Colour": "Blue"}, "price": EUR})
    assert code(again) == (409, "variant-exists")
    second = await made(staff, url, options={"Size": "M", "Colour": "Blue"}, price=EUR, track_stock=False)
    moved = await staff.patch(f"/v1/variants/{second['id']}", json={"options": first["options"]})
    assert code(moved) == (409, "variant-exists")
    shown = (await staff.get(page)).json()
    assert [each["id"] for each in shown["variants"]] == [first["id"], second["id"]]
    assert (shown["availability"], shown["variants_count"]) == ("in_stock", 2)
    for unfit in ([], SIZES[:1], [{"name": "Size", "values": ["S"]}, SIZES[1]]):
        assert code(await staff.patch(page, json={"options": unfit})) == (409, "options-in-use")
    more = [{"name": "Size", "values": ["S", "M", "L"]}, SIZES[1]]
    assert (await staff.patch(page, json={"options": more})).status_code == 200
    # A deleted variant makes room for another like it.
    assert (await staff.delete(f"/v1/variants/{first['id']}")).status_code == 204
    assert (await made(staff, url, options=first["options"], price=EUR))["sku"] == first["sku"]
    assert (await staff.patch(f"/v1/variants/{first['id']}", json={})).status_code == 404


async def test_a_product_without_options_has_one_variant(staff: httpx.AsyncClient) -> None:
    product = await made(staff, "/v1/products", title="Mug")
    assert product["variants"] == []
    url = f"/v1/products/{product['id']}/variants"
    await made(staff, url, price=EUR)
    assert code(await staff.post(url, json={"price": EUR})) == (409, "variant-exists")


async def test_skus_are_made_and_unique(staff: httpx.AsyncClient) -> None:
    made_skus = []
    for title in ("Mug", "Mug", "茶碗", "Mug"):
        product = await made(staff, "/v1/products", title=title, slug=None)
        made_skus.append((await made(staff, f"/v1/products/{product['id']}/variants", price=EUR))["sku"])
    assert made_skus[:2] == ["MUG", "MUG-2"]
    assert made_skus[2].startswith("SKU-")
    assert len(set(made_skus)) == 4
    options = [{"name": "Size", "values": ["S", "M", "L"]}]
    product = await made(staff, "/v1/products", title="Shirt", options=options)
    url = f"/v1/products/{product['id']}/variants"
    await made(staff, url, options={"Size": "S"}, price=EUR, sku="own")
    taken = await staff.post(url, json={"options": {"Size": "M"}, "price": EUR, "sku": "own"})
    assert code(taken) == (409, "sku-taken")
    other = await made(staff, url, options={"Size": "M"}, price=EUR)
    assert code(await staff.patch(f"/v1/variants/{other['id']}", json={"sku": "own"})) == (409, "sku-taken")


async def test_variants_of_one_combination_at_once_leave_one(staff: httpx.AsyncClient) -> None:
    product = await made(staff, "/v1/products", title="Mug")
    url = f"/v1/products/{product['id']}/variants"
    answers = await asyncio.gather(*(staff.post(url, json={"price": EUR}) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len((await staff.get(f"/v1/products/{product['id']}")).json()["variants"]) == 1
