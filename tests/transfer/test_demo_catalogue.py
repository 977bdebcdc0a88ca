"""The demo shop's catalogue and people: complete, coherent, and true to each other."""

import csv
import io
import json
import re
from collections import Counter
from decimal import Decimal
from importlib.resources import files
from typing import Any

DEMO = files("merkato.transfer.demo")
FULFILMENT = "Fulfilment (product.metafields.merkato.fulfilment)"

Row = dict[str, str]


def catalogue() -> list[Row]:
    text = DEMO.joinpath("catalogue.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def products() -> list[Row]:
    """The first row of each product, which alone carries what is said of the whole."""
    return [row for row in catalogue() if row["Title"]]


def people() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DEMO.joinpath("people.json").read_text(encoding="utf-8"))
    return found


def values(row: Row) -> tuple[str, ...]:
    return tuple(row[f"Option{number} Value"] for number in (1, 2, 3))


def test_the_shop_is_well_stocked_with_products() -> None:
    handles = [row["Handle"] for row in products()]
    assert len(handles) == len(set(handles)) >= 72
    assert {row["Handle"] for row in catalogue()} == set(handles)


def test_a_product_opens_with_its_title_and_its_variants_follow_together() -> None:
    opened: list[str] = []
    for row in catalogue():
        if row["Title"]:
            opened.append(row["Handle"])
        assert row["Handle"] == opened[-1]


def test_skus_and_variants_are_unique() -> None:
    rows = catalogue()
    skus = Counter(row["Variant SKU"] for row in rows)
    assert "" not in skus
    assert skus.most_common(1)[0][1] == 1
    assert max(len(sku) for sku in skus) <= 20
    assert Counter((row["Handle"], *values(row)) for row in rows).most_common(1)[0][1] == 1


def test_every_option_has_a_value_in_every_variant_and_no_variant_has_more() -> None:
    names: tuple[bool, ...] = ()
    for row in catalogue():
        if row["Title"]:
            names = tuple(bool(row[f"Option{number} Name"]) for number in (1, 2, 3))
            assert names[0]
        assert tuple(bool(value) for value in values(row)) == names


def test_every_product_has_a_category_a_vendor_and_a_description() -> None:
    for row in products():
        assert all(step.strip() for step in row["Product Category"].split(">"))
        assert row["Vendor"]
        assert row["Type"]
        assert row["Body (HTML)"].startswith("<p>")
        assert set(re.findall(r"</?(\w+)", row["Body (HTML)"])) <= {"p", "ul", "li", "strong", "em"}


def test_every_price_is_written_with_two_places_and_every_former_price_was_higher() -> None:
    for row in catalogue():
        price, former = row["Variant Price"], row["Variant Compare At Price"]
        assert re.fullmatch(r"\d+\.\d\d", price)
        assert Decimal(price) > 0
        if former:
            assert re.fullmatch(r"\d+\.\d\d", former)
            assert Decimal(former) > Decimal(price)


def test_stock_is_counted_exactly_where_it_is_tracked() -> None:
    for row in catalogue():
        if row["Variant Inventory Tracker"]:
            assert row["Variant Inventory Tracker"] == "shopify"
            assert 0 <= int(row["Variant Inventory Qty"]) <= 200
        else:
            assert not row["Variant Inventory Qty"]
        assert int(row["Variant Grams"]) >= 0
    counts = Counter(row["Variant Inventory Qty"] for row in catalogue())
    assert counts["0"] >= 2
    assert counts["1"] >= 1


def test_how_a_product_reaches_its_buyer_agrees_with_whether_it_is_shipped() -> None:
    kinds = {row["Handle"]: row[FULFILMENT] for row in products()}
    assert set(kinds.values()) == {"shipping", "kitchen", "digital", "none"}
    for row in catalogue():
        assert row["Variant Requires Shipping"] == str(kinds[row["Handle"]] == "shipping").lower()


def test_the_cafe_serves_coffee_in_three_sizes() -> None:
    coffee = [row for row in catalogue() if row["Handle"] == "coffee"]
    assert coffee[0]["Option1 Name"] == "Size"
    assert [row["Option1 Value"] for row in coffee] == ["Small", "Medium", "Big"]
    prices = [Decimal(row["Variant Price"]) for row in coffee]
    assert prices == sorted(set(prices))


def test_the_cafe_makes_drinks_to_order_and_counts_its_pastries() -> None:
    menu = [row for row in products() if row["Product Category"].startswith("Café")]
    assert len(menu) >= 16
    assert {row[FULFILMENT] for row in menu} == {"kitchen"}
    for row in menu:
        if row["Product Category"] == "Café > Coffee":
            assert not row["Variant Inventory Tracker"]
        if row["Product Category"] == "Café > Pastries":
            assert row["Variant Inventory Tracker"]


def test_handles_are_slugs_of_several_scripts() -> None:
    handles = [row["Handle"] for row in products()]
    assert all(re.fullmatch(r"[^\W_]+(-[^\W_]+)*", handle) for handle in handles)
    assert all(handle == handle.lower() for handle in handles)
    assert len([handle for handle in handles if not handle.isascii()]) >= 3


def test_a_gift_card_is_one_and_is_not_taxed() -> None:
    assert [row["Handle"] for row in products() if row["Gift Card"] == "true"] == ["gift-card"]
    assert {row["Variant Taxable"] for row in catalogue() if row["Handle"] == "gift-card"} == {"false"}


def test_people_live_at_addresses_of_their_countries() -> None:
    codes = {
        "DE": r"\d{5}",
        "FR": r"\d{5}",
        "NL": r"\d{4} [A-Z]{2}",
        "IT": r"\d{5}",
        "GR": r"\d{3} \d{2}",
        "US": r"\d{5}",
    }
    addresses = [person["address"] for person in people()]
    assert {address["country"] for address in addresses} == set(codes)
    for address in addresses:
        assert set(address) <= {"name", "line1", "line2", "city", "region", "postal_code", "country"}
        assert re.fullmatch(codes[address["country"]], address["postal_code"])
        assert address["name"]
        assert address["line1"]
        assert address["city"]


def test_people_are_told_apart_and_have_no_passwords() -> None:
    everybody = people()
    assert len(everybody) == len({person["handle"] for person in everybody}) == 6
    assert len({person["email"] for person in everybody}) == 6
    for person in everybody:
        assert set(person) == {"name", "handle", "email", "address", "orders"}
        assert re.fullmatch(r"[a-z.]+@example\.(com|org)", person["email"])


def test_what_people_bought_is_sold_and_in_stock_for_all_of_them_together() -> None:
    bought: Counter[str] = Counter()
    for person in people():
        assert len(person["orders"]) <= 3
        for order in person["orders"]:
            assert order
            for line in order:
                assert line["quantity"] > 0
                bought[line["sku"]] += line["quantity"]
    status = {row["Handle"]: row["Status"] for row in products()}
    variants = {row["Variant SKU"]: row for row in catalogue()}
    for sku, quantity in bought.items():
        row = variants[sku]
        assert status[row["Handle"]] == "active"
        assert not row["Variant Inventory Tracker"] or int(row["Variant Inventory Qty"]) >= quantity
