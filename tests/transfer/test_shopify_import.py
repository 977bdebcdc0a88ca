"""Product files in the catalogue: created, changed, left alone, refused line by line, and gone on with after an accident."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from make.shopify import Line, bare, counted, figures, mug, refused, written
from merkato.domains.catalog.models import Category, Product, Variant
from merkato.domains.imports.models import Run, Source
from merkato.domains.inventory import service as inventory
from merkato.domains.inventory.models import Movement
from merkato.domains.pricing import queries as pricing
from merkato.kit import clock, ids
from merkato.kit.database import Database
from merkato.kit.rows import Row
from merkato.settings import Settings
from merkato.transfer.shopify.failure import Unreadable
from merkato.transfer.shopify.importer import Summary, import_file


@pytest.fixture
def brought(database: Database, settings: Settings, tmp_path: Path) -> Any:
    """Imports lines as one file."""

    async def bring(*lines: Line, dry_run: bool = False) -> Summary:
        return await import_file(database, settings, written(tmp_path, *lines), dry_run=dry_run)

    return bring


async def product(client: httpx.AsyncClient, slug: str = "mug") -> dict[str, Any]:
    answer = await client.get(f"/v1/products/{slug}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def on_hand(database: Database, sku: str = "MUG") -> int:
    async with database.snapshot() as session:
        variant_id = (await pricing.by_sku(session, [sku]))[sku]
        return (await inventory.present(session, variant_id)).on_hand


async def test_a_product_is_in_the_shop_as_the_file_says(brought: Any, client: httpx.AsyncClient) -> None:
    summary = await brought(
        mug(
            body="<p onclick='x()'>Big<script>alert(1)</script></p>",
            vendor="Feldweg",
            product_category="Home > Kitchen > Mugs",
            tags="blue, clay",
            option1_name="Size",
            option1_value="Small",
            grams="350",
            compare_at_price="15",
            image_src="https://images.example.com/1.jpg",
        ),
        bare(
            handle="mug",
            option1_value="Big",
            price="14",
            sku="MUG-B",
            qty="0",
            image_src="https://images.example.com/2.jpg",
        ),
    )
    assert figures(summary) == (1, 0, 0, 0, 0)
    assert (summary.all_went_in, summary.refusals_path) == (True, None)
    found = await product(client)
    assert (found["title"], found["description"]) == ("Mug", "<p>Big</p>")
    assert found["attributes"] == {"vendor": "Feldweg", "tags": "blue, clay"}
    assert [place["name"] for place in found["category_path"]] == ["Home", "Kitchen", "Mugs"]
    assert found["options"] == [{"name": "Size", "values": ["Small", "Big"]}]
    assert [media["url"][-5:] for media in found["media"]] == ["1.jpg", "2.jpg"]
    assert found["price_from"] == {"amount": 1250, "currency": "EUR"}
    small, big = found["variants"]
    assert (small["sku"], small["options"], small["weight_grams"]) == ("MUG", {"Size": "Small"}, 350)
    assert (small["compare_at_price"]["amount"], small["availability"]) == (1500, "in_stock")
    assert (big["price"]["amount"], big["availability"]) == (1400, "out_of_stock")


async def test_stock_comes_in_as_a_movement(brought: Any, database: Database, client: httpx.AsyncClient) -> None:
    await brought(
        mug(qty="7"),
        mug(handle="tea", title="Tea", sku="TEA", qty="0"),
        bare(handle="air", title="Air", price="1", sku="AIR"),
    )
    assert (await on_hand(database), await on_hand(database, "TEA")) == (7, 0)
    async with database.reading() as session:
        movements = (await session.execute(select(Movement.delta, Movement.on_hand, Movement.reason))).all()
    assert [tuple(movement) for movement in movements] == [(7, 7, "import")]
    air = (await product(client, "air"))["variants"][0]
    assert (air["track_stock"], air["availability"]) == (False, "in_stock")


async def test_the_same_file_again_changes_nothing(brought: Any, database: Database, client: httpx.AsyncClient) -> None:
    lines = mug(qty="7"), bare(handle="mug", image_src="https://images.example.com/2.jpg"), mug(handle="cup", sku="CUP")
    await brought(*lines)
    before = await product(client), await counted(database, Product, Variant, Movement, Source)
    async with database.transaction() as session:
        sold = (await pricing.by_sku(session, ["MUG"]))["MUG"]
        await inventory.move(session, None, sold, -2, reason="sold")
    assert figures(await brought(*lines)) == (0, 0, 2, 0, 0)
    assert await on_hand(database) == 5
    products, variants, movements, sources = before[1]
    assert await counted(database, Product, Variant, Movement, Source) == [products, variants, movements + 1, sources]
    assert await product(client) == before[0]


async def test_what_has_changed_in_the_file_changes_in_the_shop(
    brought: Any, database: Database, client: httpx.AsyncClient
) -> None:
    await brought(mug(vendor="A", tags="old", compare_at_price="20"), mug(handle="cup", title="Cup", sku="CUP"))
    first = await product(client)
    summary = await brought(
        mug(title="Big mug", price="9.99", vendor="", tags="new", qty="8"), mug(handle="cup", title="Cup", sku="CUP")
    )
    assert figures(summary) == (0, 1, 1, 0, 0)
    now = await product(client)
    assert (now["id"], now["variants"][0]["id"]) == (first["id"], first["variants"][0]["id"])
    assert (now["title"], now["price_from"]["amount"], now["attributes"]) == ("Big mug", 999, {"tags": "new"})
    assert now["variants"][0]["compare_at_price"] is None
    assert await on_hand(database) == 8


async def test_stock_that_the_file_names_as_before_is_left_as_it_is(brought: Any, database: Database) -> None:
    await brought(mug(qty="7"))
    async with database.transaction() as session:
        sold = (await pricing.by_sku(session, ["MUG"]))["MUG"]
        await inventory.move(session, None, sold, -3, reason="sold")
    assert figures(await brought(mug(qty="7", title="Another mug"))) == (0, 1, 0, 0, 0)
    assert await on_hand(database) == 4
    await brought(mug(qty="6"))
    assert await on_hand(database) == 6


async def test_variants_and_pictures_that_the_file_leaves_out_are_kept(brought: Any, client: httpx.AsyncClient) -> None:
    small = mug(option1_name="Size", option1_value="Small", image_src="https://images.example.com/1.jpg")
    await brought(small, bare(handle="mug", option1_value="Big", price="14", sku="MUG-B"))
    await brought(
        small | {"price": "10", "image_src": "https://images.example.com/3.jpg"},
        bare(handle="mug", option1_value="Huge", price="20"),
    )
    found = await product(client)
    assert [(each["options"]["Size"], each["price"]["amount"]) for each in found["variants"]] == [
        ("Small", 1000),
        ("Big", 1400),
        ("Huge", 2000),
    ]
    assert [media["url"][-5:] for media in found["media"]] == ["1.jpg", "3.jpg"]


async def test_a_handle_that_comes_back_adds_to_its_product(brought: Any, client: httpx.AsyncClient) -> None:
    lines = (
        mug(option1_name="Size", option1_value="Small"),
        mug(handle="cup", title="Cup", sku="CUP"),
        bare(handle="mug", option1_value="Big", price="14", sku="MUG-B"),
        bare(handle="mug", image_src="https://images.example.com/2.jpg"),
        bare(handle="nowhere", image_src="https://images.example.com/2.jpg"),
    )
    for dry_run in (True, False):
        summary = await brought(*lines, dry_run=dry_run)
        assert figures(summary) == (2, 1, 0, 0, 1)
        assert refused(summary) == [("6", "nowhere", "Title", "is empty, and there is no product to add this to")]
    found = await product(client)
    assert [variant["options"] for variant in found["variants"]] == [{"Size": "Small"}, {"Size": "Big"}]
    assert len(found["media"]) == 1
    assert figures(await brought(*lines)) == (0, 0, 3, 0, 1)


async def test_a_product_is_found_again_under_a_new_slug(
    brought: Any, database: Database, client: httpx.AsyncClient
) -> None:
    await brought(mug())
    async with database.transaction() as session:
        (await session.scalars(select(Product))).one().slug = "becher"
    assert figures(await brought(mug())) == (0, 0, 1, 0, 0)
    assert figures(await brought(mug(price="1"))) == (0, 1, 0, 0, 0)
    assert await counted(database, Product) == [1]


async def test_a_deleted_product_comes_back(
    brought: Any, database: Database, sign_in: Any, client: httpx.AsyncClient
) -> None:
    await brought(mug())
    staff = await sign_in("Otto", "staff")
    found = await product(client)
    assert (await staff.delete(f"/v1/products/{found['id']}")).status_code == 204
    assert figures(await brought(mug())) == (1, 0, 0, 0, 0)
    assert (await product(client))["id"] != found["id"]


async def test_a_dry_run_writes_nothing_and_tells_everything(brought: Any, database: Database) -> None:
    before = await counted(database, *Row.__subclasses__())
    lines = (
        mug(product_category="A > B"),
        mug(handle="cup", title="Cup", sku="CUP", price="x"),
        mug(handle="tea", title="Tea", sku="TEA"),
    )
    tried = await brought(*lines, dry_run=True)
    assert figures(tried) == (2, 0, 0, 0, 1)
    assert refused(tried) == [("3", "cup", "Variant Price", "'x' is not an amount in EUR, such as 12.50")]
    assert await counted(database, *Row.__subclasses__()) == before
    assert figures(await brought(*lines)) == (2, 0, 0, 0, 1)
    assert await counted(database, Product, Category, Run) == [2, 2, 1]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (mug(price="cheap"), "Variant Price", "'cheap' is not an amount in EUR, such as 12.50"),
        (mug(qty="-2"), "Variant Inventory Qty", "'-2' is less than zero"),
        (mug(title="x" * 201), "Title", "must have at most 200 characters"),
        (mug(title="Mug\x00"), "Title", "must not contain NUL"),
        (mug(handle="mug\x00"), "Handle", "must not contain NUL"),
        (mug(handle="h" * 201), "Handle", "must have at most 200 characters"),
        (mug(product_category="A > B\x00"), "Product Category", "must not contain NUL"),
        (mug(sku="S\x00"), "Variant SKU", "must not contain NUL"),
        (mug(sku="S" * 201), "Variant SKU", "must have at most 200 characters"),
        (mug(body="<p>" + "x" * 20_001), "Body (HTML)", "must have at most 20000 characters"),
        (mug(tags="x" * 1_001), "Tags", "must have at most 1000 characters"),
        (mug(option1_name="Size", option1_value="x" * 65), "Option1 Name", "must have at most 64 characters"),
        (mug(image_src="ftp://images.example.com/1.jpg"), "Image Src", "is not an address that begins with"),
        (mug(grams="99999999"), "Variant Grams", "must be less than or equal to 10000000"),
        (mug(fulfilment="pigeon"), "Fulfilment (product.metafields.merkato.fulfilment)", "'shipping', 'kitchen'"),
        (mug(sku="TAKEN"), "Variant SKU", "SKU"),
        (mug(handle="suggestions"), "Handle", "reserved word"),
        (mug(price="", sku="M"), "Variant Price", "is empty"),
    ],
)
async def test_a_bad_line_is_refused_alone(
    brought: Any, database: Database, client: httpx.AsyncClient, line: Line, column: str, reason: str
) -> None:
    await brought(mug(handle="owner", title="Owner", sku="TAKEN"))
    before = mug(handle="before", title="Before", sku="BEFORE")
    after = mug(handle="after", title="After", sku="AFTER", qty="3")
    summary = await brought(before, line, after)
    assert figures(summary) == (2, 0, 0, 0, 1)
    assert not summary.all_went_in
    number, handle, named, said = next(row for row in refused(summary) if row[2] == column)
    assert (number, handle[:3]) == ("3", line["handle"][:3].replace("\x00", "\N{REPLACEMENT CHARACTER}"))
    assert (named, reason in said) == (column, True), said
    assert await counted(database, Product, Variant) == [3, 3]
    assert (await product(client, "after"))["availability"] == "in_stock"


async def test_a_bad_change_leaves_the_product_as_it_was(
    brought: Any, database: Database, client: httpx.AsyncClient
) -> None:
    await brought(mug(), mug(handle="cup", title="Cup", sku="CUP"))
    before = await product(client)
    summary = await brought(
        mug(title="New", price="1", sku="CUP", qty="9"),
        mug(handle="cup", title="New cup", sku="CUP", option1_name="Size", option1_value="L"),
    )
    assert figures(summary) == (0, 0, 0, 0, 2)
    assert await product(client) == before
    summary = await brought(
        mug(price="1"), mug(handle="cup", title="Cup", sku="CUP", option1_name="Size", option1_value="L")
    )
    assert figures(summary) == (0, 1, 0, 0, 1)
    assert refused(summary) == [("3", "cup", "Option1 Name", "Variants do not fit these options")]


async def test_a_sku_of_another_product_in_the_same_file_is_named_with_its_line(brought: Any) -> None:
    summary = await brought(mug(), mug(handle="cup", title="Cup"))
    assert figures(summary) == (1, 0, 0, 0, 1)
    assert refused(summary) == [("3", "cup", "Variant SKU", "is also that of 'mug' in line 2")]


async def test_stock_never_falls_below_what_is_reserved(brought: Any, database: Database) -> None:
    await brought(mug(qty="7"))
    async with database.transaction() as session:
        held = (await pricing.by_sku(session, ["MUG"]))["MUG"]
        await inventory.hold(session, ids.new(), {held: 4}, until=clock.now())
    summary = await brought(mug(qty="3", title="New"))
    assert figures(summary) == (0, 0, 0, 0, 1)
    assert refused(summary)[0][2:] == ("Variant Inventory Qty", "Less than is reserved")
    assert await on_hand(database) == 7
    assert figures(await brought(mug(qty="4"))) == (0, 1, 0, 0, 0)


async def test_a_gift_card_is_passed_over_and_that_is_no_failure(brought: Any, database: Database) -> None:
    summary = await brought(mug(gift_card="true"), mug(handle="cup", title="Cup", gift_card="false"))
    assert (figures(summary), summary.all_went_in) == ((1, 0, 0, 1, 0), True)
    assert refused(summary)[0][:3] == ("2", "mug", "Gift Card")
    assert await counted(database, Product) == [1]


async def test_the_errors_file_is_that_of_the_last_import_and_harmless_in_a_spreadsheet(
    brought: Any, tmp_path: Path
) -> None:
    summary = await brought(mug(handle='=HYPERLINK("x")', price="x"))
    assert summary.refusals_path == tmp_path / "products.csv.errors.csv"
    assert refused(summary)[0][1] == '\'=HYPERLINK("x")'
    await brought(mug())
    assert not (tmp_path / "products.csv.errors.csv").exists()


async def test_two_handles_with_one_address_are_not_mixed_up(brought: Any, client: httpx.AsyncClient) -> None:
    summary = await brought(mug(handle="a_b", title="First"), mug(handle="a-b", title="Second", sku="SECOND"))
    assert figures(summary) == (1, 0, 0, 0, 1)
    assert (await product(client, "a-b"))["title"] == "First"
    assert "same address as 'a_b'" in refused(await brought(mug(handle="a-b", title="Second", sku="SECOND")))[0][3]


async def test_a_file_that_breaks_off_brings_in_what_came_before(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    path = written(tmp_path, mug(), mug(handle="cup", title="Cup", sku="CUP"))
    with path.open("a") as file:
        file.write('tea,"Tea\n')
    summary = await import_file(database, settings, path)
    # The lines of the last product before the break may not be all that it has.
    assert (figures(summary), summary.all_went_in) == ((1, 0, 0, 0, 0), False)
    assert "line 4" in (summary.broken or "")
    assert await counted(database, Product) == [1]
    with pytest.raises(Unreadable):
        await import_file(database, settings, tmp_path / "nowhere.csv")
