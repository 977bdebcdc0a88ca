"""How products are listed and suggested: each one statement."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, cast, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, TSQUERY

from merkato.domains.catalog.models import Category, FormerSlug, Listing
from merkato.domains.search.schemas import Sort, Suggestion, Wanted
from merkato.kit import ids, words
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging

SUGGESTIONS_MAX: Final = 10
_NEWEST: Final = (Key(Listing.created_at, descending=True), Key(Listing.product_id, descending=True))
_ORDERS: Final[dict[Sort, tuple[Key, ...]]] = {
    "newest": _NEWEST,
    "price": (Key(Listing.price_rising), Key(Listing.product_id)),
    "-price": (Key(Listing.price_falling, descending=True), Key(Listing.product_id, descending=True)),
    "rating": (Key(Listing.rating_average, descending=True), Key(Listing.product_id, descending=True)),
    "name": (Key(Listing.name_key), Key(Listing.product_id)),
}


async def products(
    session: Session, wanted: Wanted, attributes: Mapping[str, Sequence[str]], currency: str, paging: Paging
) -> tuple[list[str], str | None]:
    """The cards of what fits, in the order that was asked for, and the cursor behind them."""
    query = words.query(wanted.q) if wanted.q else None
    found = select(Listing.card).where(Listing.currency == currency, Listing.listed, *matching(wanted, query))
    found = found.where(*filters(wanted, attributes).values())
    if query and wanted.sort in {None, "relevance"}:
        return await paging.fetch(session, found, _relevance(query), *_NEWEST)
    return await paging.fetch(session, found, *_ORDERS.get(wanted.sort or "newest", _NEWEST))


def matching(wanted: Wanted, query: str | None) -> list[ColumnElement[bool]]:
    """By words, of which `query` is made, and by price: what a visitor has typed."""
    matching: list[ColumnElement[bool]] = []
    if wanted.q:
        matching.append(_matches(query))
    if wanted.min_price is not None:
        matching.append(Listing.price_falling >= wanted.min_price)
    if wanted.max_price is not None:
        matching.append(Listing.price_rising <= wanted.max_price)
    return matching


def filters(wanted: Wanted, attributes: Mapping[str, Sequence[str]]) -> dict[str, ColumnElement[bool]]:
    """By kind: what a visitor has chosen among counted choices."""
    filters: dict[str, ColumnElement[bool]] = {}
    if wanted.category is not None:
        filters["category"] = _within(wanted.category)
    if wanted.in_stock is not None:
        filters["in_stock"] = Listing.available.is_(wanted.in_stock)
    if wanted.min_rating is not None:
        filters["min_rating"] = Listing.rating_average >= wanted.min_rating
    for name, values in attributes.items():
        having = (Listing.attributes.op("@>")(literal({name: value}, JSONB)) for value in values)
        filters[f"attribute {name}"] = or_(*having)
    return filters


def _within(category: str) -> ColumnElement[bool]:
    """In the category or below it: the projection names every ancestor."""
    former = select(FormerSlug.target_id).where(
        FormerSlug.kind == "category",
        FormerSlug.slug == category,
        ~select(Category.id).where(Category.slug == category).exists(),
    )
    key = ids.parsed(category)
    present = select(Category.id).where(Category.slug == category if key is None else Category.id == key)
    named = present.union_all(former)
    within: ColumnElement[bool] = Listing.category_ids.overlap(func.array(named.scalar_subquery()))
    return within


def _matches(query: str | None) -> ColumnElement[bool]:
    """A text without a single word fits nothing."""
    if query is None:
        return false()
    matching: ColumnElement[bool] = Listing.document.op("@@", is_comparison=True)(literal(query, TSQUERY))
    return matching


def _relevance(query: str) -> Key:
    """The rank as a whole number: a cursor has to say it again exactly."""
    rank: ColumnElement[Any] = func.ts_rank(Listing.document, literal(query, TSQUERY))
    return Key(cast(rank * 1_000_000, Integer), descending=True)


async def suggestions(session: Session, text: str, currency: str) -> list[Suggestion]:
    """A few products whose titles have words that begin so."""
    found = (
        select(Listing.product_id, Listing.slug, Listing.title, Listing.image)
        .where(Listing.currency == currency, Listing.listed, _matches(words.query(text, weights="A")))
        .order_by(
            Listing.name_key.startswith(words.folded(text), autoescape=True).desc(),
            Listing.name_key,
            Listing.product_id,
        )
        .limit(SUGGESTIONS_MAX)
    )
    return [
        Suggestion(id=row.product_id, slug=row.slug, title=row.title, image=row.image)
        for row in await session.execute(found)
    ]
