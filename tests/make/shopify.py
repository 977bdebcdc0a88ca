"""Product files in Shopify's format, and what became of them."""

import csv
from pathlib import Path

from sqlalchemy import func, select

from merkato.kit.database import Database
from merkato.kit.rows import Row
from merkato.transfer.shopify.importer import Summary

COLUMNS = (
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Product Category",
    "Tags",
    "Option1 Name",
    "Option1 Value",
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Price",
    "Variant Compare At Price",
    "Image Src",
    "Gift Card",
    "Status",
    "Fulfilment (product.metafields.merkato.fulfilment)",
)
SHORT = {name.split(" (")[0].lower().replace(" ", "_").replace("variant_", ""): name for name in COLUMNS}

Line = dict[str, str]


def mug(**cells: str) -> Line:
    """A line of a tracked mug; keys are the columns' names without "Variant"."""
    return {"handle": "mug", "title": "Mug", "price": "12.50", "sku": "MUG", "qty": "5", "status": "active"} | cells


def bare(**cells: str) -> Line:
    return cells


def written(folder: Path, *lines: Line, name: str = "products.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for line in lines:
            cells = {SHORT[{"qty": "inventory_qty"}.get(key, key)]: value for key, value in line.items()}
            if "qty" in line:
                cells.setdefault("Variant Inventory Tracker", "shopify")
            out.writerow([cells.get(column, "") for column in COLUMNS])
    return path


async def counted(database: Database, *tables: type[Row]) -> list[int]:
    async with database.snapshot() as session:
        return [await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def refused(summary: Summary) -> list[tuple[str, ...]]:
    """The lines of the errors file."""
    assert summary.refusals_path is not None
    with summary.refusals_path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["Line", "Handle", "Field", "Reason"]
    return [tuple(row) for row in rows]


def figures(summary: Summary) -> tuple[int, int, int, int, int]:
    tally = summary.tally
    return tally.created, tally.updated, tally.unchanged, tally.skipped, tally.failed
