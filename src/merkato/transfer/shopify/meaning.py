"""What a record says about a product, with every fault that it has."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from merkato.domains.imports.models import Fault
from merkato.kit import slugs
from merkato.kit.fields import Name
from merkato.transfer.shopify import cells
from merkato.transfer.shopify.columns import Columns
from merkato.transfer.shopify.reader import LINES_MAX, Line, Record

METAFIELD: Final = "product.metafields."
FULFILMENT: Final = "product.metafields.merkato.fulfilment"
OPTIONS_MAX: Final = 3
_RULES: Final = 1
"""Counted up when the same file is to mean something else, so that it is imported anew."""
_STATES: Final = {"active": "published", "draft": "draft", "unlisted": "draft", "archived": "archived"}
_VARIANT: Final = ("Option1 Value", "Variant SKU", "Variant Price")
_UNCATEGORISED: Final = "uncategorized"
_NAME: Final = re.compile(r"Option(\d+) Name")
_VALUE: Final = re.compile(r"Option(\d+) Value")
_STEP: Final = re.compile(r"\s*>\s*")

_HELD: Final = TypeAdapter[str](Name)

T = TypeVar("T")


@dataclass(slots=True)
class VariantSaid:
    """One variant; what the file has no column for is absent from `said`."""

    line: int
    sku: str | None
    values: tuple[str, ...]
    """One for each option of the product, in its order."""
    said: dict[str, Any]
    quantity: int | None


@dataclass(frozen=True, slots=True)
class PictureSaid:
    """A picture by its address on the web."""

    line: int
    url: str
    alt: str | None


@dataclass(slots=True)
class ProductSaid:
    """One product as the file describes it. Without a title it only adds to a product that is there."""

    handle: str
    line: int
    title: str | None
    said: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    """Attributes the file has columns for; an empty one is taken away."""
    category: tuple[str, ...] = ()
    option_names: tuple[str, ...] = ()
    variants: list[VariantSaid] = field(default_factory=list)
    pictures: list[PictureSaid] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return slugs.slug(self.handle, "product")

    def digest(self, currency: str) -> str:
        """The same for the same words, wherever in the file they stand."""
        said = asdict(self)
        del said["line"]
        for part in (*said["variants"], *said["pictures"]):
            del part["line"]
        written = json.dumps([_RULES, currency, said], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(written.encode()).hexdigest()


def in_words(message: str) -> str:
    """A validation message as the rest of a sentence that begins with the name of the column."""
    words = message.removeprefix("Value error, ").replace("String should have", "must have")
    return words.replace("Input should be", "must be")


class Skipped(Exception):  # noqa: N818 - passing over a record is no error.
    """The record is well said, but nothing that this store keeps; the message says why."""


@dataclass(slots=True)
class _Reading:
    """A record while it is being understood."""

    columns: Columns
    record: Record
    currency: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: Line, column: str, reason: str) -> None:
        self.faults.append(Fault(line.number, self.record.handle, self.columns.called(column), reason))

    def check(self, line: Line, column: str, name: str) -> None:
        """What is looked up or made by name must be one that the tables hold."""
        try:
            _HELD.validate_python(name)
        except ValidationError as error:
            self.fault(line, column, in_words(error.errors()[0]["msg"]))

    def cell(self, line: Line, column: str, meaning: Callable[[str], T]) -> T | None:
        """What a cell means, or None when it is empty or wrong; the latter is kept as a fault."""
        written = line.get(column)
        if not written:
            return None
        try:
            return meaning(written)
        except ValueError as error:
            self.fault(line, column, str(error))
            return None


def understood(record: Record, columns: Columns, currency: str) -> tuple[ProductSaid, list[Fault]]:
    """The product that a record describes, and its faults; with any, it is not to be imported. Raises Skipped."""
    reading = _Reading(columns, record, currency)
    first = next((line for line in record.lines if line.get("Title")), record.lines[0])
    if not record.handle:
        reading.fault(first, "Handle", "is empty; every line names its product")
    else:
        reading.check(first, "Handle", record.handle)
    if record.dropped:
        reading.fault(first, "Handle", f"has more than {LINES_MAX} lines")
    if reading.cell(first, "Gift Card", cells.flag):
        raise Skipped("Gift cards are not imported: a code that is worth money cannot be sold like a mug.")
    product = ProductSaid(record.handle, first.number, first.get("Title") or None)
    if product.title is not None:
        _describe(reading, product, first)
    product.option_names = _option_names(reading, first)
    for line in record.lines:
        if any(line.get(name) for name in _VARIANT):
            product.variants.append(_variant(reading, product, line))
    product.pictures = _pictures(reading)
    _refuse_twins(reading, product)
    return product, reading.faults


def _describe(reading: _Reading, product: ProductSaid, line: Line) -> None:
    columns = reading.columns
    if "Body (HTML)" in columns:
        product.said["description"] = line.get("Body (HTML)") or None
    if "Status" in columns or "Published" in columns:
        state = reading.cell(line, "Status", _state) or "published"
        shown = reading.cell(line, "Published", cells.flag)
        product.said["status"] = "draft" if state == "published" and shown is False else state
    if FULFILMENT in columns and line.get(FULFILMENT):
        product.said["fulfilment"] = line.get(FULFILMENT).casefold()
    for column, name in (("Vendor", "vendor"), ("Type", "type")):
        if column in columns:
            product.attributes[name] = line.get(column)
    if "Tags" in columns:
        tags = (tag.strip() for tag in line.get("Tags").split(","))
        product.attributes["tags"] = ", ".join(dict.fromkeys(tag for tag in tags if tag))
    for column in columns.places:
        if column.startswith(METAFIELD) and column != FULFILMENT:
            product.attributes[column.rsplit(".", 1)[-1].casefold()] = line.get(column)
    product.category = _category(reading, line)


def _category(reading: _Reading, line: Line) -> tuple[str, ...]:
    """The steps of the category's path, else the type alone."""
    path = line.get("Product Category")
    column = "Type" if not path or path.casefold() == _UNCATEGORISED else "Product Category"
    steps = _STEP.split(path) if column == "Product Category" else [line.get("Type")]
    for step in filter(None, steps):
        reading.check(line, column, step)
    return tuple(filter(None, steps))


def _state(written: str) -> str:
    if written.casefold() not in _STATES:
        raise ValueError(f"{cells.short(written)} is none of active, draft, archived")
    return _STATES[written.casefold()]


def _option_names(reading: _Reading, first: Line) -> tuple[str, ...]:
    names = {int(found[1]): cell for name, cell in first.cells.items() if (found := _NAME.fullmatch(name))}
    ordered = [names[number] for number in sorted(names)]
    if sorted(names) != list(range(1, len(names) + 1)):
        reading.fault(first, f"Option{max(names)} Name", "is given although an option before it is not")
    if len(ordered) > OPTIONS_MAX:
        reading.fault(first, f"Option{OPTIONS_MAX + 1} Name", f"a product has at most {OPTIONS_MAX} options")
    if len({name.casefold() for name in ordered}) < len(ordered):
        reading.fault(first, "Option1 Name", "two options have the same name")
    values = {line.get("Option1 Value") for line in reading.record.lines} - {""}
    if ordered == ["Title"] and values <= {"Default Title"}:
        return ()
    return tuple(ordered)


def _variant(reading: _Reading, product: ProductSaid, line: Line) -> VariantSaid:
    columns = reading.columns
    values = _values(reading, product, line)
    said: dict[str, Any] = {}
    amount = partial(cells.price, currency=reading.currency)
    if "Variant Price" in columns:
        said["price"] = reading.cell(line, "Variant Price", amount)
        if not line.get("Variant Price"):
            reading.fault(line, "Variant Price", "is empty; what costs nothing has the price 0")
    if "Variant Compare At Price" in columns:
        said["compare_at_price"] = reading.cell(line, "Variant Compare At Price", amount)
    if "Variant Grams" in columns:
        said["weight_grams"] = reading.cell(line, "Variant Grams", cells.grams)
    if line.get("Variant Requires Shipping"):
        said["requires_shipping"] = reading.cell(line, "Variant Requires Shipping", cells.flag)
    if line.get("Variant Taxable"):
        said["taxable"] = reading.cell(line, "Variant Taxable", cells.flag)
    quantity = reading.cell(line, "Variant Inventory Qty", cells.whole)
    if "Variant Inventory Tracker" in columns or "Variant Inventory Policy" in columns:
        oversold = line.get("Variant Inventory Policy").casefold() == "continue"
        # Files from elsewhere often name no tracker and yet a quantity: so many there are, and no more.
        counted = bool(line.get("Variant Inventory Tracker")) or bool(quantity)
        said["track_stock"] = counted and not oversold
    return VariantSaid(line.number, line.get("Variant SKU") or None, values, said, quantity)


def _values(reading: _Reading, product: ProductSaid, line: Line) -> tuple[str, ...]:
    given = [line.get(f"Option{number} Value") for number in range(1, _last_value(line) + 1)]
    if given == ["Default Title"] and not product.option_names:
        return ()
    if product.title is None:
        # The names stand with the title, in another part of the file: the product that is there knows them.
        return tuple(given)
    names = product.option_names
    for number in range(len(names), len(given)):
        if given[number]:
            reading.fault(line, f"Option{number + 1} Value", "is given, but the option has no name")
    values = (*given, *([""] * len(names)))[: len(names)]
    for number, (name, value) in enumerate(zip(names, values, strict=True), start=1):
        if not value:
            reading.fault(line, f"Option{number} Value", f"is empty, but the product has the option {name}")
    return tuple(values)


def _last_value(line: Line) -> int:
    """The number of the last option for which the line has a value."""
    numbers = (found[1] for name in line.cells if (found := _VALUE.fullmatch(name)))
    return max(map(int, numbers), default=0)


def _pictures(reading: _Reading) -> list[PictureSaid]:
    """In the order of their positions, each address once; pictures of variants come after the product's own."""
    placed: list[tuple[int, PictureSaid]] = []
    for line in reading.record.lines:
        if line.get("Image Src"):
            position = reading.cell(line, "Image Position", cells.whole)
            at = len(placed) + 1 if position is None else position
            placed.append((at, PictureSaid(line.number, line.get("Image Src"), line.get("Image Alt Text") or None)))
    found = [picture for _, picture in sorted(placed, key=lambda each: each[0])]
    found += [
        PictureSaid(line.number, line.get("Variant Image"), None)
        for line in reading.record.lines
        if line.get("Variant Image")
    ]
    once: dict[str, PictureSaid] = {}
    for picture in found:
        once.setdefault(picture.url, picture)
    return list(once.values())


def _refuse_twins(reading: _Reading, product: ProductSaid) -> None:
    lines = {line.number: line for line in reading.record.lines}
    seen: dict[tuple[str, ...], int] = {}
    skus: dict[str, int] = {}
    for variant in product.variants:
        key = tuple(value.casefold() for value in variant.values)
        if key in seen:
            reading.fault(lines[variant.line], "Option1 Value", f"is the same variant as line {seen[key]}")
        if variant.sku is not None and variant.sku in skus:
            reading.fault(lines[variant.line], "Variant SKU", f"is the same as in line {skus[variant.sku]}")
        seen.setdefault(key, variant.line)
        skus.setdefault(variant.sku or "", variant.line)
