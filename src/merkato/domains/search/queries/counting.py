"""What a list of products could be narrowed down to: one statement, which reads the products that fit once and counts them by each kind."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Select, Text, and_, cast, func, literal, null, or_, select, true, union_all

from merkato.domains.catalog.models import Category, Listing
from merkato.domains.search.queries.listing import filters, matching
from merkato.domains.search.schemas import (
    AttributeCounts,
    CategoryCount,
    Facets,
    RatingCount,
    ValueCount,
    Wanted,
)
from merkato.kit import words
from merkato.kit.database import Session

CATEGORIES_MAX: Final = 100
VALUES_MAX: Final = 1_000
RATINGS: Final = (4, 3, 2, 1)


async def facets(session: Session, wanted: Wanted, attributes: Mapping[str, Sequence[str]], currency: str) -> Facets:
    """The counts beside a list of the same filters."""
    kinds = filters(wanted, attributes)
    query = words.query(wanted.q) if wanted.q else None
    found = (
        select(
            Listing.category_ids,
            Listing.attributes,
            Listing.available,
            func.floor(Listing.rating_average).label("stars"),
            *(condition.label(kind) for kind, condition in kinds.items()),
        )
        .where(Listing.currency == currency, Listing.listed, *matching(wanted, query))
        .cte("found")
    )
    by_name = {name: f"attribute {name}" for name in attributes}
    counted = union_all(
        _counted("total", found, _others(found, kinds)),
        _counted("stock", found, _others(found, kinds, "in_stock"), cast(found.c.available, Text)),
        _counted("rating", found, _others(found, kinds, "min_rating"), cast(found.c.stars, Text)),
        _by_category(found, _others(found, kinds, "category")),
        _by_attribute(found, _others(found, kinds, *by_name.values()), by_name),
    )
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in await session.execute(counted):
        rows[row.kind].append(row)
    return _told(rows)


def _told(rows: Mapping[str, list[Any]]) -> Facets:
    stock = {row.key: row.count for row in rows["stock"]}
    stars = {int(float(row.key)): row.count for row in rows["rating"]}
    names: dict[str, list[ValueCount]] = defaultdict(list)
    for row in sorted(rows["attribute"], key=lambda row: (row.key, -row.count, row.value)):
        names[row.key].append(ValueCount(value=row.value, count=row.count))
    return Facets(
        total=rows["total"][0].count,
        categories=[
            CategoryCount(id=row.id, slug=row.key, name=row.value, count=row.count)
            for row in sorted(rows["category"], key=lambda row: (-row.count, row.key))
        ],
        attributes=[AttributeCounts(name=name, values=values) for name, values in names.items()],
        in_stock=stock.get("true", 0),
        out_of_stock=stock.get("false", 0),
        ratings=[
            RatingCount(min_rating=least, count=sum(count for each, count in stars.items() if each >= least))
            for least in RATINGS
        ],
    )


def _others(found: CTE, kinds: Mapping[str, object], *own: str) -> ColumnElement[bool]:
    """All filters but those of one kind."""
    return and_(true(), *(found.c[kind] for kind in kinds if kind not in own))


def _counted(
    kind: str, found: CTE, fits: ColumnElement[bool], key: ColumnElement[str] | None = None
) -> Select[Any, Any, Any, Any, Any]:
    counted = select(
        literal(kind).label("kind"),
        (cast(null(), Text) if key is None else key).label("key"),
        cast(null(), Text).label("value"),
        cast(null(), Text).label("id"),
        func.count().label("count"),
    )
    counted = counted.select_from(found).where(fits)
    return counted if key is None else counted.group_by(key)


def _by_category(found: CTE, fits: ColumnElement[bool]) -> Select[Any, Any, Any, Any, Any]:
    """The projection names each category of a product and all above it."""
    placed = select(func.unnest(found.c.category_ids).label("id")).where(fits).subquery()
    most = (
        select(Category.slug, Category.name, Category.id, func.count().label("count"))
        .join(placed, placed.c.id == Category.id)
        .group_by(Category.id)
        .order_by(func.count().desc(), Category.slug)
        .limit(CATEGORIES_MAX)
        .subquery()
    )
    return select(literal("category"), most.c.slug, most.c.name, cast(most.c.id, Text), most.c.count)


def _by_attribute(found: CTE, fits: ColumnElement[bool], by_name: Mapping[str, str]) -> Select[Any, Any, Any, Any, Any]:
    each = func.jsonb_each_text(found.c.attributes).table_valued("key", "value", name="each")
    # The values of an attribute stand beside each other: those of red and of blue are counted while red is chosen.
    chosen = [or_(found.c[label], each.c.key == name) for name, label in by_name.items()]
    most = (
        select(each.c.key, each.c.value, func.count().label("count"))
        .select_from(found.join(each, true()))
        .where(fits, *chosen)
        .group_by(each.c.key, each.c.value)
        .order_by(func.count().desc(), each.c.key, each.c.value)
        .limit(VALUES_MAX)
        .subquery()
    )
    return select(literal("attribute"), most.c.key, most.c.value, cast(null(), Text), most.c.count)
