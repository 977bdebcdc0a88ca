"""How categories, products, variants and pictures are found and written."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, CTE, ColumnElement, Uuid, any_, delete, exists, func, literal, select, tuple_, update
from sqlalchemy import Row as ResultRow
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, aliased

from merkato.domains.catalog.models import Category, FormerSlug, Listing, Media, Product, Variant
from merkato.kit import clock, ids
from merkato.kit.database import Session

Kind = Literal["category", "product"]
_CATEGORIES_LOCK: Final = 0x6361_7465
"""Whoever changes a category holds it alone: two moves that are harmless alone could close a circle together."""


class Place(NamedTuple):
    """A category of the tree, as little as is needed to draw it."""

    id: UUID
    parent_id: UUID | None
    name: str
    slug: str


def _among(column: ColumnElement[Any] | InstrumentedAttribute[Any], values: Collection[UUID]) -> ColumnElement[bool]:
    """`= ANY(array)`: one statement text, and so one prepared plan, for any number of values."""
    same: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(Uuid)))
    return same


async def category(session: Session, category_id: UUID) -> Category | None:
    """A category, locked."""
    found = select(Category).where(Category.id == category_id)
    return await session.scalar(found.with_for_update().execution_options(populate_existing=True))


async def category_exists(session: Session, category_id: UUID) -> bool:
    return bool(await session.scalar(select(exists().where(Category.id == category_id))))


async def lock_categories(session: Session, *, shared: bool = False) -> None:
    """Alone, to change the tree; shared, to put something into it that shows where it is."""
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    await session.execute(select(lock(_CATEGORIES_LOCK)))


async def tree(session: Session) -> list[Place]:
    """Every category, by name."""
    found = select(Category.id, Category.parent_id, Category.name, Category.slug).order_by(Category.name, Category.id)
    return [Place(*row) for row in await session.execute(found)]


async def lineages(session: Session, category_ids: Collection[UUID]) -> dict[UUID, list[Place]]:
    """Each category with those above it, the root first."""
    walk = (
        select(Category.id.label("below"), Category.id, Category.parent_id, literal(0).label("depth"))
        .where(_among(Category.id, category_ids))
        .cte("walk", recursive=True)
    )
    up = aliased(Category)
    walk = walk.union_all(
        select(walk.c.below, up.id, up.parent_id, walk.c.depth + 1).join(walk, walk.c.parent_id == up.id)
    )
    found = (
        select(walk.c.below, Category.id, Category.parent_id, Category.name, Category.slug)
        .join(walk, walk.c.id == Category.id)
        .order_by(walk.c.depth.desc())
    )
    lines: dict[UUID, list[Place]] = {}
    for row in await session.execute(found):
        lines.setdefault(row[0], []).append(Place(*row[1:]))
    return lines


def _subtree(category_id: UUID) -> CTE:
    walk = select(Category.id).where(Category.id == category_id).cte("subtree", recursive=True)
    return walk.union_all(select(Category.id).join(walk, Category.parent_id == walk.c.id))


async def products_below(session: Session, category_id: UUID) -> list[UUID]:
    """The products of a category and of those below it, in key order."""
    below = _subtree(category_id)
    found = select(Product.id).join(below, below.c.id == Product.category_id).where(Product.deleted_at.is_(None))
    return list(await session.scalars(found.order_by(Product.id)))


async def insert_if_slug_is_free(session: Session, kind: Kind, values: Mapping[str, Any]) -> bool:
    """Whether the category or product was written; not if its slug is taken."""
    if kind == "category":
        written = insert(Category).values(**values).on_conflict_do_nothing(index_elements=[Category.slug])
        return await session.scalar(written.returning(Category.id)) is not None
    added = insert(Product).values(**values)
    added = added.on_conflict_do_nothing(index_elements=[Product.slug], index_where=Product.deleted_at.is_(None))
    return await session.scalar(added.returning(Product.id)) is not None


async def taken_slugs(session: Session, kind: Kind, candidates: Sequence[str]) -> set[str]:
    column = Category.slug if kind == "category" else Product.slug
    found = select(column).where(column.in_(candidates))
    return set(await session.scalars(found if kind == "category" else found.where(Product.deleted_at.is_(None))))


async def remember_slug(session: Session, kind: Kind, slug: str, target_id: UUID) -> None:
    """Let an old slug lead to what had it last."""
    row = insert(FormerSlug).values(kind=kind, slug=slug, target_id=target_id, created_at=clock.now())
    changed = {"target_id": row.excluded.target_id, "created_at": row.excluded.created_at}
    await session.execute(row.on_conflict_do_update(index_elements=["kind", "slug"], set_=changed))


async def present_slug(session: Session, kind: Kind, former: str) -> str | None:
    """The slug that replaced a former one, if what had it is still there."""
    target = select(FormerSlug.target_id).where(FormerSlug.kind == kind, FormerSlug.slug == former).scalar_subquery()
    if kind == "category":
        return await session.scalar(select(Category.slug).where(Category.id == target))
    return await session.scalar(select(Listing.slug).where(Listing.product_id == target, Listing.listed).limit(1))


async def product(session: Session, product_id: UUID, *, lock: bool = False) -> Product | None:
    """One that is not deleted. Locked, it is read anew."""
    found = select(Product).where(Product.id == product_id, Product.deleted_at.is_(None))
    if lock:
        found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    return await session.scalar(found)


async def variant(session: Session, variant_id: UUID) -> Variant | None:
    """One that is not deleted, read anew."""
    found = select(Variant).where(Variant.id == variant_id, Variant.deleted_at.is_(None))
    return await session.scalar(found.execution_options(populate_existing=True))


async def variants(session: Session, product_id: UUID) -> list[Variant]:
    """In the order in which they were made."""
    found = select(Variant).where(Variant.product_id == product_id, Variant.deleted_at.is_(None))
    return list(await session.scalars(found.order_by(Variant.id)))


async def insert_variant_if_sku_is_free(session: Session, values: Mapping[str, Any]) -> bool:
    """Whether the row was written; not if its SKU is taken."""
    written = insert(Variant).values(**values)
    written = written.on_conflict_do_nothing(index_elements=[Variant.sku], index_where=Variant.deleted_at.is_(None))
    return await session.scalar(written.returning(Variant.id)) is not None


async def taken_skus(session: Session, candidates: Sequence[str]) -> set[str]:
    found = select(Variant.sku).where(Variant.sku.in_(candidates), Variant.deleted_at.is_(None))
    return set(await session.scalars(found))


async def insert_products(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    await session.execute(insert(Product), [dict(row) for row in rows])


async def insert_variants(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    await session.execute(insert(Variant), [dict(row) for row in rows])


async def insert_media(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    await session.execute(insert(Media), [{"id": ids.new(), **row} for row in rows])


async def delete_variants(session: Session, product_id: UUID) -> None:
    """All of a product's, softly."""
    moment = clock.now()
    await session.execute(
        update(Variant)
        .where(Variant.product_id == product_id, Variant.deleted_at.is_(None))
        .values(deleted_at=moment, updated_at=moment)
    )


async def products_of(session: Session, variant_ids: Collection[UUID]) -> set[UUID]:
    """The living products of these variants."""
    found = select(Variant.product_id).where(_among(Variant.id, variant_ids), Variant.deleted_at.is_(None))
    return set(await session.scalars(found))


async def set_availability(session: Session, variant_ids: Collection[UUID], *, available: bool) -> None:
    await session.execute(update(Variant).where(_among(Variant.id, variant_ids)).values(available=available))


async def set_rating(session: Session, product_id: UUID, average: float, count: int) -> None:
    await session.execute(
        update(Product).where(Product.id == product_id).values(rating_average=average, rating_count=count)
    )


async def media(session: Session, media_id: UUID) -> Media | None:
    return await session.get(Media, media_id)


async def media_count(session: Session, product_id: UUID) -> tuple[int, int]:
    """How many pictures a product has, and the position behind the last one."""
    found = select(func.count(), func.coalesce(func.max(Media.position) + 1, 0)).where(Media.product_id == product_id)
    count, position = (await session.execute(found)).one()
    return count, position


async def lock_products(session: Session, product_ids: Collection[UUID]) -> list[ResultRow[Any]]:
    """Living products, locked in key order, with all that the projection shows of them."""
    found = (
        select(*Product.__table__.columns)
        .where(_among(Product.__table__.c.id, product_ids), Product.__table__.c.deleted_at.is_(None))
        .order_by(Product.__table__.c.id)
    )
    return list(await session.execute(found.with_for_update(key_share=True)))


async def shown_variants(session: Session, product_ids: Collection[UUID]) -> list[ResultRow[Any]]:
    table = Variant.__table__
    found = select(*table.columns).where(_among(table.c.product_id, product_ids), table.c.deleted_at.is_(None))
    return list(await session.execute(found.order_by(table.c.id)))


async def shown_media(session: Session, product_ids: Collection[UUID]) -> list[ResultRow[Any]]:
    table = Media.__table__
    found = select(*table.columns).where(_among(table.c.product_id, product_ids))
    return list(await session.execute(found.order_by(table.c.position, table.c.id)))


async def shown_prices(session: Session, product_ids: Collection[UUID]) -> dict[UUID, dict[str, dict[str, Any]]]:
    """What the projection holds of prices: by product and currency."""
    found = select(Listing.product_id, Listing.currency, Listing.prices)
    held: dict[UUID, dict[str, dict[str, Any]]] = {}
    for product_id, currency, prices in await session.execute(found.where(_among(Listing.product_id, product_ids))):
        held.setdefault(product_id, {})[currency] = prices
    return held


async def write_listings(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put these rows in the place of those with the same product and currency."""
    new = insert(Listing)
    changed = {column.name: new.excluded[column.name] for column in Listing.__table__.columns if not column.primary_key}
    await session.execute(
        new.on_conflict_do_update(index_elements=["product_id", "currency"], set_=changed), [dict(row) for row in rows]
    )


async def delete_listings(session: Session, keys: Collection[tuple[UUID, str]]) -> None:
    gone = delete(Listing).where(tuple_(Listing.product_id, Listing.currency).in_(list(keys)))
    await session.execute(gone.execution_options(synchronize_session=False))


async def delete_listings_of(session: Session, product_id: UUID) -> None:
    gone = delete(Listing).where(Listing.product_id == product_id)
    await session.execute(gone.execution_options(synchronize_session=False))


async def page(session: Session, reference: str, currency: str, *, hidden: bool = False) -> str | None:
    """The page of a product by id or present slug; in another currency if it has no price in this one.

    Only what is published, or with `hidden` everything.
    """
    key = ids.parsed(reference)
    found = select(Listing.page).where(Listing.slug == reference if key is None else Listing.product_id == key)
    if not hidden:
        found = found.where(Listing.listed)
    return await session.scalar(found.order_by((Listing.currency == currency).desc(), Listing.currency).limit(1))


async def pages(session: Session, product_id: UUID) -> list[str]:
    """A product's page in each of its currencies."""
    return list(await session.scalars(select(Listing.page).where(Listing.product_id == product_id)))
