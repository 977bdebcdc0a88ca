"""Shopify's product files as they come: what is read, what it means, and what is refused."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from merkato.domains.imports.models import Fault
from merkato.transfer.shopify import cells
from merkato.transfer.shopify.failure import Unreadable
from merkato.transfer.shopify.meaning import ProductSaid, Skipped, understood
from merkato.transfer.shopify.reader import LINES_MAX, Record, opened

HEADER = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,"
    "Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src,Image Position,Status"
)


def line(**cells: str) -> str:
    """A line of HEADER; `option1_value="Big"` fills the column of that name."""
    names = {name: name.lower().replace(" ", "_").replace("(", "").replace(")", "") for name in HEADER.split(",")}
    assert set(cells) <= set(names.values())
    return ",".join('"' + cells.get(key, "").replace('"', '""') + '"' for key in names.values())


def mug(**cells: str) -> str:
    return line(**({"handle": "mug", "title": "Mug", "variant_price": "12.50"} | cells))


def written(folder: Path, *lines: str, header: str = HEADER, ending: str = "\n") -> Path:
    path = folder / "products.csv"
    path.write_bytes(ending.join([header, *lines, ""]).encode())
    return path


def records(path: Path) -> list[Record]:
    with opened(path) as file:
        return list(file)


def products(path: Path) -> list[tuple[ProductSaid, list[Fault]]]:
    with opened(path) as file:
        return [understood(record, file.columns, "EUR") for record in file]


def product(folder: Path, *lines: str) -> ProductSaid:
    """The only product of a file without faults."""
    [(found, wrong)] = products(written(folder, *lines))
    assert wrong == []
    return found


def faults(folder: Path, *lines: str, header: str = HEADER) -> list[Fault]:
    return [fault for _, found in products(written(folder, *lines, header=header)) for fault in found]


def said(found: Iterable[Fault]) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.field, fault.reason) for fault in found]


def test_consecutive_lines_of_one_handle_are_one_product(tmp_path: Path) -> None:
    path = written(tmp_path, mug(), mug(title="", image_src="https://x.test/1"), line(handle="cup", title="Cup"), mug())
    assert [(record.handle, [each.number for each in record.lines]) for record in records(path)] == [
        ("mug", [2, 3]),
        ("cup", [4]),
        ("mug", [5]),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, mug(body_html=f"<p>One{ending}two</p>"), mug(handle="cup", title="Cup"), ending=ending)
    first, second = records(path)
    assert first.lines[0].get("Body (HTML)") == f"<p>One{ending}two</p>"
    assert second.lines[0].number == 4


def test_a_byte_order_mark_belongs_to_no_column(tmp_path: Path) -> None:
    path = tmp_path / "marked.csv"
    path.write_bytes(b"\xef\xbb\xbfHandle,Title\nmug,Mug\n")
    assert records(path)[0].handle == "mug"


def test_empty_lines_are_passed_over_and_short_and_long_ones_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "", "," * 18, "mug,Mug", "cup,Cup" + ",x" * 30, " , ,  ")
    assert [(record.handle, record.lines[0].number) for record in records(path)] == [("mug", 4), ("cup", 5)]


def test_nothing_but_the_line_at_hand_is_kept_in_memory(tmp_path: Path) -> None:
    path = written(tmp_path, *(mug(handle=f"mug-{number}") for number in range(2_000)))
    with opened(path) as file:
        next(iter(file))
        assert file.read() < path.stat().st_size / 4


def test_the_lines_of_one_handle_are_limited(tmp_path: Path) -> None:
    images = (line(handle="mug", image_src=f"https://x.test/{number}") for number in range(LINES_MAX + 4))
    path = written(tmp_path, mug(), *images)
    [record] = records(path)
    assert (len(record.lines), record.dropped) == (LINES_MAX, 5)
    [(_, found)] = products(path)
    assert said(found) == [(2, "Handle", "has more than 2500 lines")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"Title,Price\nMug,1\n", "the column Handle is missing"),
        (b"a,b\n", "the column Handle and the column Title is missing"),
        (b"Handle;Title\nmug;Mug\n", "separated by semicolons"),
        ("Handle,Title\ncafe,Café\n".encode("latin-1"), "is not UTF-8 (byte 0xe9"),
        ("Handle,Title\nmug,Mug\n".encode("utf-16"), "is not UTF-8 (byte 0xff"),
        (b'Handle,Title\nmug,"Mug\ncup,Cup\n', "cannot be read beyond line 2: a quotation mark there is not closed"),
        (b'Handle,Title\nmug,Mug\ncup,"Cu"p\n', "cannot be read beyond line 3"),
        (b'Handle,Title\nmug,"' + b"x" * 1_100_000, "cannot be read beyond line 2"),
    ],
)
def test_a_file_that_is_no_product_file_ends_with_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        records(path)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_a_folder_end_with_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file"):
        records(tmp_path / "nowhere.csv")
    with pytest.raises(Unreadable, match="Is a directory"):
        records(tmp_path)


def test_what_came_before_a_broken_line_was_read(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(b'Handle,Title\nmug,Mug\ncup,Cup\npot,"Pot\n')
    seen: list[str] = []
    with pytest.raises(Unreadable), opened(path) as file:
        seen.extend(record.handle for record in file)
    assert seen == ["mug"]


def test_a_product_with_variants_and_pictures(tmp_path: Path) -> None:
    found = product(
        tmp_path,
        mug(
            body_html="<p>Big</p>",
            vendor="Feldweg",
            type="Mugs",
            tags="blue, clay,blue,",
            published="true",
            option1_name="Size",
            option1_value="Small",
            option2_name="Colour",
            option2_value="Blue",
            variant_sku="M-S",
            image_src="https://x.test/2",
            image_position="2",
        ),
        line(
            handle="mug",
            option1_value="Big",
            option2_value="Blue",
            variant_price="15",
            image_src="https://x.test/1",
            image_position="1",
        ),
        line(handle="mug", image_src="https://x.test/2", image_position="3"),
        line(handle="mug"),
    )
    assert (found.title, found.slug, found.category) == ("Mug", "mug", ("Mugs",))
    assert found.said == {"description": "<p>Big</p>", "status": "published"}
    assert found.attributes == {"vendor": "Feldweg", "type": "Mugs", "tags": "blue, clay"}
    assert found.option_names == ("Size", "Colour")
    assert [(each.sku, each.values, each.said["price"]) for each in found.variants] == [
        ("M-S", ("Small", "Blue"), 1250),
        (None, ("Big", "Blue"), 1500),
    ]
    assert [each.url for each in found.pictures] == ["https://x.test/1", "https://x.test/2"]


def test_the_default_title_means_no_options(tmp_path: Path) -> None:
    found = product(tmp_path, mug(option1_name="Title", option1_value="Default Title"))
    assert found.option_names == ()
    assert [each.values for each in found.variants] == [()]


def test_an_option_that_is_really_called_title_stays_one(tmp_path: Path) -> None:
    found = product(tmp_path, mug(option1_name="Title", option1_value="Doctor"))
    assert (found.option_names, found.variants[0].values) == (("Title",), ("Doctor",))


@pytest.mark.parametrize(
    ("tracker", "policy", "quantity", "tracked"),
    [
        ("shopify", "deny", "7", True),
        ("shopify", "continue", "7", False),
        ("shopify", "", "0", True),
        ("", "deny", "7", True),
        ("", "deny", "0", False),
        ("", "deny", "", False),
        ("", "continue", "7", False),
    ],
)
def test_stock_is_tracked_where_it_is_counted_and_not_oversold(
    tmp_path: Path, tracker: str, policy: str, quantity: str, *, tracked: bool
) -> None:
    row = mug(variant_inventory_tracker=tracker, variant_inventory_policy=policy, variant_inventory_qty=quantity)
    variant = product(tmp_path, row).variants[0]
    assert (variant.said["track_stock"], variant.quantity) == (tracked, int(quantity) if quantity else None)


@pytest.mark.parametrize(
    ("status", "published", "meant"),
    [
        ("active", "true", "published"),
        ("", "", "published"),
        ("", "FALSE", "draft"),
        ("active", "false", "draft"),
        ("draft", "true", "draft"),
        ("Archived", "false", "archived"),
        ("unlisted", "true", "draft"),
    ],
)
def test_who_sees_a_product(tmp_path: Path, status: str, published: str, meant: str) -> None:
    assert product(tmp_path, mug(status=status, published=published)).said["status"] == meant


def test_categories_and_attributes_from_a_product_category_and_metafields(tmp_path: Path) -> None:
    header = (
        "Handle,Title,Type,Product Category,Material (product.metafields.custom.material),"
        "Colour (product.metafields.shopify.color-pattern),Fulfilment (product.metafields.merkato.fulfilment)"
    )
    path = written(tmp_path, "mug,Mug,Crockery,Home>Kitchen >  Mugs,Clay,,Kitchen", header=header)
    [(found, _)] = products(path)
    assert found.category == ("Home", "Kitchen", "Mugs")
    assert found.attributes == {"type": "Crockery", "material": "Clay", "color-pattern": ""}
    assert found.said == {"fulfilment": "kitchen"}
    path = written(tmp_path, "mug,Mug,Crockery,Uncategorized,,,", header=header)
    assert products(path)[0][0].category == ("Crockery",)


def test_the_newer_template_says_the_same_in_other_words(tmp_path: Path) -> None:
    header = (
        "Title,URL handle,Description,Published on online store,Status,SKU,Option1 name,Option1 value,Price,Compare-at price,"
        "Charge tax,Inventory tracker,Inventory quantity,Continue selling when out of stock,Weight value (grams),"
        "Requires shipping,Product image URL"
    )
    row = "Mug,mug,<p>x</p>,TRUE,Active,M-1,Size,Big,1.5,2,FALSE,shopify,3,DENY,12.4,TRUE,https://x.test/1"
    [(found, none)] = products(written(tmp_path, row, header=header))
    assert none == []
    assert (found.handle, found.title, found.said) == ("mug", "Mug", {"description": "<p>x</p>", "status": "published"})
    assert found.variants[0].said == {
        "price": 150,
        "compare_at_price": 200,
        "weight_grams": 12,
        "requires_shipping": True,
        "taxable": False,
        "track_stock": True,
    }
    assert (found.variants[0].sku, found.variants[0].quantity, found.pictures[0].url) == ("M-1", 3, "https://x.test/1")


def test_what_a_file_has_no_column_for_is_not_said(tmp_path: Path) -> None:
    [(found, none)] = products(written(tmp_path, "mug,Mug,4", header="Handle,Title,Variant Price"))
    assert none == []
    assert (found.said, found.attributes, found.variants[0].said) == ({}, {}, {"price": 400})


def test_a_gift_card_is_passed_over_with_a_reason(tmp_path: Path) -> None:
    path = written(tmp_path, "card,Card,TRUE", header="Handle,Title,Gift Card")
    with pytest.raises(Skipped, match="Gift cards"):
        products(path)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (mug(variant_price="12,50"), "Variant Price", "'12,50' is not an amount in EUR, such as 12.50"),
        (mug(variant_price="1.999"), "Variant Price", "'1.999' is not an amount in EUR, such as 12.50"),
        (mug(variant_price="-1"), "Variant Price", "'-1' is not an amount in EUR, such as 12.50"),
        (mug(variant_price="NaN"), "Variant Price", "'NaN' is not an amount in EUR, such as 12.50"),
        (mug(variant_price="", variant_sku="M"), "Variant Price", "is empty; what costs nothing has the price 0"),
        (mug(variant_inventory_qty="-3"), "Variant Inventory Qty", "'-3' is less than zero"),
        (mug(variant_inventory_qty="1.5"), "Variant Inventory Qty", "'1.5' is not a whole number"),
        (mug(variant_inventory_qty="some"), "Variant Inventory Qty", "'some' is not a number"),
        (mug(variant_inventory_qty="Infinity"), "Variant Inventory Qty", "'Infinity' is not a number"),
        (mug(variant_inventory_qty="1e400"), "Variant Inventory Qty", "'1e400' is more than 1000000000"),
        (mug(published="maybe"), "Published", "'maybe' is neither true nor false"),
        (mug(status="sold"), "Status", "'sold' is none of active, draft, archived"),
        (mug(option1_value="Big"), "Option1 Value", "is given, but the option has no name"),
        (mug(option1_name="Size"), "Option1 Value", "is empty, but the product has the option Size"),
        (mug(option2_name="Size"), "Option2 Name", "is given although an option before it is not"),
        (line(title="Mug"), "Handle", "is empty; every line names its product"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line_and_a_reason(tmp_path: Path, row: str, column: str, reason: str) -> None:
    assert (3, column, reason) in said(faults(tmp_path, mug(handle="before"), row))


def test_every_fault_of_a_product_is_told_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, mug(variant_price="x"), mug(title="", variant_price="y", variant_inventory_qty="-1"))
    assert {fault.field for fault in found} >= {"Variant Price", "Variant Inventory Qty"}
    assert {fault.line for fault in found} == {2, 3}


def test_two_lines_may_not_describe_the_same_variant(tmp_path: Path) -> None:
    first = mug(option1_name="Size", option1_value="Big", variant_sku="M")
    second = mug(title="", option1_value="big", variant_sku="M")
    assert said(faults(tmp_path, first, second)) == [
        (3, "Option1 Value", "is the same variant as line 2"),
        (3, "Variant SKU", "is the same as in line 2"),
    ]


def test_a_fourth_option_is_too_many(tmp_path: Path) -> None:
    header = "Handle,Title,Variant Price," + ",".join(f"Option{n} Name,Option{n} Value" for n in range(1, 5))
    found = faults(tmp_path, "mug,Mug,1,A,1,B,2,C,3,D,4", header=header)
    assert said(found) == [(2, "Option4 Name", "a product has at most 3 options")]


def test_a_fault_is_told_in_the_words_of_the_file(tmp_path: Path) -> None:
    assert said(faults(tmp_path, "mug,Mug,x", header="URL handle,Title,Price"))[0][1] == "Price"


def test_the_digest_follows_the_words_and_not_their_place(tmp_path: Path) -> None:
    first = product(tmp_path, mug(vendor="A"))
    [_, (moved, _)] = products(written(tmp_path, mug(handle="cup"), mug(vendor="A")))
    other = product(tmp_path, mug(vendor="B"))
    assert first.digest("EUR") == moved.digest("EUR")
    assert len({first.digest("EUR"), first.digest("USD"), other.digest("EUR")}) == 3


def test_spreadsheet_numbers_are_numbers() -> None:
    assert (cells.whole("3.0"), cells.whole("1E2"), cells.grams("12.6"), cells.price("50", "JPY")) == (3, 100, 13, 50)
