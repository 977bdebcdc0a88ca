"""Categories, products, variants, pictures, slugs of former times, and the projection."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import Name, Note, Slug, Small, State, Text_, Url, Word
from merkato.kit.money import AMOUNT_MAX
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated

OPTIONS_MAX: Final = 3
OPTION_VALUES_MAX: Final = 100
VARIANTS_MAX: Final = 250
MEDIA_MAX: Final = 100
ATTRIBUTES_MAX: Final = 50


class ProductStatus(StrEnum):
    """Where a product stands. Only published ones are shown and sold."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Fulfilment(StrEnum):
    """How what was bought reaches its buyer."""

    SHIPPING = "shipping"
    KITCHEN = "kitchen"
    DIGITAL = "digital"
    NONE = "none"


class Category(Row):
    """One place of the category tree."""

    __tablename__ = "catalog_categories"
    privacy: ClassVar[Privacy] = says(nothing="name slug")

    id: Mapped[Key]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("catalog_categories.id", ondelete="RESTRICT"), index=True)
    name: Mapped[Name]
    slug: Mapped[Slug]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (Index("uq_catalog_categories_slug", "slug", unique=True),)


class Product(Row):
    """What is sold, in one or several variants. A deleted product keeps its row, so that what refers to it stays valid.

    The rating is what the reviews last said.
    """

    __tablename__ = "catalog_products"
    privacy: ClassVar[Privacy] = says(nothing="title slug description options attributes")

    id: Mapped[Key]
    title: Mapped[Name]
    slug: Mapped[Slug]
    description: Mapped[Text_ | None]
    status: Mapped[State]
    category_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("catalog_categories.id", ondelete="RESTRICT"), index=True
    )
    options: Mapped[list[dict[str, Any]]]
    attributes: Mapped[dict[str, str]]
    fulfilment: Mapped[State]
    rating_average: Mapped[float] = mapped_column(default=0.0)
    rating_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_catalog_products_slug", "slug", unique=True, postgresql_where=text("deleted_at IS NULL")),
    )


class Variant(Row):
    """One thing that can be bought. Its price is pricing's, its stock inventory's; `available` is what inventory last said."""

    __tablename__ = "catalog_variants"
    privacy: ClassVar[Privacy] = says(nothing="sku options options_key tax_class")

    id: Mapped[Key]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_products.id", ondelete="RESTRICT"), index=True)
    sku: Mapped[Name]
    options: Mapped[dict[str, str]]
    options_key: Mapped[Text_]
    weight_grams: Mapped[int | None]
    requires_shipping: Mapped[bool]
    tax_class: Mapped[Word | None]
    track_stock: Mapped[bool]
    available: Mapped[bool]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_catalog_variants_sku", "sku", unique=True, postgresql_where=text("deleted_at IS NULL")),
        Index(
            "uq_catalog_variants_options",
            "product_id",
            "options_key",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        CheckConstraint("weight_grams >= 0", name="weight"),
    )


class Media(Row):
    """One picture of a product; the first by position is the one on its card."""

    __tablename__ = "catalog_media"
    privacy: ClassVar[Privacy] = says(nothing="url alt")

    id: Mapped[Key]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_products.id", ondelete="RESTRICT"))
    url: Mapped[Url]
    alt: Mapped[Note | None]
    position: Mapped[Small]
    created_at: Mapped[Created]

    __table_args__ = (Index(None, "product_id", "position", "id"),)


class FormerSlug(Row):
    """A slug that a category or product had before, so that old links still lead to it. A present slug goes before it."""

    __tablename__ = "catalog_former_slugs"
    privacy: ClassVar[Privacy] = says(nothing="slug")

    kind: Mapped[State] = mapped_column(primary_key=True)
    slug: Mapped[Slug] = mapped_column(primary_key=True)
    target_id: Mapped[UUID] = mapped_column(Uuid, index=True)
    created_at: Mapped[Created]


UNPRICED_RISING: Final = AMOUNT_MAX + 1
UNPRICED_FALLING: Final = -1


class Listing(Row):
    """The projection: a product in one currency, as it is listed, filtered, ordered, and shown on its page.

    `card` and `page` are the very bytes that are answered. A product has one row for each currency that it is priced in, and always at least
    one. `prices` is what pricing last said: amount and compare-at amount by variant.
    """

    __tablename__ = "catalog_listings"
    privacy: ClassVar[Privacy] = says(nothing="currency slug title image card page prices attributes document name_key")

    product_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_products.id", ondelete="CASCADE"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    slug: Mapped[Slug] = mapped_column(index=True)
    listed: Mapped[bool]
    title: Mapped[Name]
    image: Mapped[Url | None]
    card: Mapped[Text_]
    page: Mapped[Text_]
    prices: Mapped[dict[str, Any]]
    category_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    attributes: Mapped[dict[str, str]] = mapped_column(JSONB)
    document: Mapped[str] = mapped_column(TSVECTOR)
    available: Mapped[bool]
    price_from_minor: Mapped[int | None] = mapped_column(BigInteger)
    price_to_minor: Mapped[int | None] = mapped_column(BigInteger)
    price_rising: Mapped[int] = mapped_column(BigInteger)
    """The price from; a product without one comes last, whichever way it is ordered."""
    price_falling: Mapped[int] = mapped_column(BigInteger)
    rating_average: Mapped[float]
    rating_count: Mapped[int]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    created_at: Mapped[datetime]

    derived: ClassVar[bool] = True

    __table_args__ = (
        *(
            Index(f"ix_catalog_listings_{column}", "currency", column, "product_id", postgresql_where=text("listed"))
            for column in ("created_at", "price_rising", "price_falling", "rating_average", "name_key")
        ),
        Index("ix_catalog_listings_document", "document", postgresql_using="gin"),
        Index("ix_catalog_listings_category_ids", "category_ids", postgresql_using="gin"),
        Index(
            "ix_catalog_listings_attributes",
            "attributes",
            postgresql_using="gin",
            postgresql_ops={"attributes": "jsonb_path_ops"},
        ),
    )


def options_key(options: Mapping[str, str]) -> str:
    """Option values in one written form, the same in whatever order they were said."""
    return json.dumps(sorted(options.items()), ensure_ascii=False, separators=(",", ":"))
