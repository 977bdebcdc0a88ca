"""What may be said about categories, products, variants and pictures."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from html import unescape
from typing import Annotated, Final, Literal
from uuid import UUID

import nh3
from pydantic import AfterValidator, BaseModel, Field, Strict

from merkato.domains.catalog.models import ATTRIBUTES_MAX, OPTION_VALUES_MAX, OPTIONS_MAX, Fulfilment, ProductStatus
from merkato.kit import ids, slugs
from merkato.kit.fields import Name, Note, Prose, Said, Slug, Url, View, Word, unsent
from merkato.kit.money import Money

RESERVED: Final = frozenset({"suggestions"})
"""Words that are no slug, because a route of ours has them."""
_TAGS: Final = {
    *("a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "figcaption", "figure", "h2"),
    *("h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "small", "span"),
    *("strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
_ATTRIBUTES: Final = {"a": {"href", "title"}, "img": {"src", "alt", "width", "height"}, "td": {"colspan", "rowspan"}}


def _clean(value: str) -> str:
    return nh3.clean(value, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"})


def plain(html: str) -> str:
    """The text of a description, for the search."""
    return unescape(nh3.clean(html.replace("<", " <"), tags=set()))


def usable(slug: str) -> bool:
    """Whether it can stand in an address and cannot be taken for something else there."""
    return slugs.slug(slug, "") == slug and slug not in RESERVED and ids.parsed(slug) is None


def _own(value: str) -> str:
    if not usable(value):
        raise ValueError("must be lower-case letters and digits joined by hyphens, and no id or reserved word")
    return value


def _distinct(values: Sequence[str]) -> bool:
    return len(set(values)) == len(values)


def _distinct_values(values: list[str]) -> list[str]:
    if not _distinct(values):
        twice = next(value for value, times in Counter(values).items() if times > 1)
        raise ValueError(f"names {twice!r} twice")
    return values


OwnSlug = Annotated[Slug, AfterValidator(_own), Field(examples=["blue-mug"])]
Html = Annotated[Prose, AfterValidator(_clean), Field(examples=["<p>Holds 300 ml.</p>"])]
Sku = Annotated[Name, Field(examples=["MUG-BLUE-L"])]
Attributes = Annotated[dict[Word, Note], Field(max_length=ATTRIBUTES_MAX, examples=[{"material": "stoneware"}])]
Choice = Annotated[dict[Word, Word], Field(max_length=OPTIONS_MAX, examples=[{"Colour": "Blue", "Size": "L"}])]
Grams = Annotated[int, Strict(), Field(ge=0, le=10_000_000, examples=[350])]
Availability = Literal["in_stock", "out_of_stock"]


class Option(Said):
    """Something that a buyer chooses, with its values in the order in which they are shown."""

    name: Word = Field(examples=["Colour"])
    values: Annotated[
        list[Word], Field(min_length=1, max_length=OPTION_VALUES_MAX), AfterValidator(_distinct_values)
    ] = Field(examples=[["Blue", "White"]])


def _distinct_names(options: list[Option]) -> list[Option]:
    _distinct_values([option.name for option in options])
    return options


Options = Annotated[list[Option], Field(max_length=OPTIONS_MAX), AfterValidator(_distinct_names)]


class CategoryDraft(Said):
    """A new category."""

    name: Name = Field(examples=["Mugs"])
    slug: OwnSlug | None = None
    parent_id: UUID | None = None


class CategoryChange(Said):
    """Some of a category; `parent_id` null makes it a root of the tree."""

    name: Name = unsent()
    slug: OwnSlug = unsent()
    parent_id: UUID | None = None


class CategoryLink(View):
    """A category by name."""

    id: UUID
    name: str
    slug: str


class CategoryView(CategoryLink):
    """A category, where it is in the tree, and what is right below it."""

    parent_id: UUID | None
    path: list[CategoryLink] = Field(description="Its ancestors, the root first.")
    children: list[CategoryLink] = Field(description="By name.")


class CategoryBranch(CategoryLink):
    """A category with everything below it."""

    parent_id: UUID | None
    children: list["CategoryBranch"] = Field(description="By name.")


class CategoryTree(BaseModel):
    """All categories."""

    data: list[CategoryBranch]
    next: None = None


class ProductDraft(Said):
    """A new product. It is sold once it is published and has a variant with a price."""

    title: Name = Field(examples=["Blue mug"])
    description: Html | None = None
    slug: OwnSlug | None = None
    category_id: UUID | None = None
    status: ProductStatus = ProductStatus.DRAFT
    options: Options = Field(default_factory=list)
    attributes: Attributes = Field(default_factory=dict)
    fulfilment: Fulfilment = Fulfilment.SHIPPING


class ProductChange(Said):
    """Some of a product. Attributes are merged: null removes one. Options are replaced and must fit the variants."""

    title: Name = unsent()
    description: Html | None = None
    slug: OwnSlug = unsent()
    category_id: UUID | None = None
    status: ProductStatus = unsent()
    options: Options = unsent()
    attributes: Annotated[dict[Word, Note | None], Field(max_length=2 * ATTRIBUTES_MAX)] = unsent()
    fulfilment: Fulfilment = unsent()


class VariantDraft(Said):
    """A new variant, but for its price. `options` names each option of the product with one of its values."""

    sku: Sku | None = None
    options: Choice = Field(default_factory=dict)
    weight_grams: Grams | None = None
    requires_shipping: Annotated[bool, Strict()] | None = Field(
        None, description="Absent: as the product's fulfilment is `shipping`."
    )
    tax_class: Word | None = None
    track_stock: Annotated[bool, Strict()] = Field(True, description="False: never out of stock.")


class VariantChange(Said):
    """Some of a variant, but for its price."""

    sku: Sku = unsent()
    options: Choice = unsent()
    weight_grams: Grams | None = None
    requires_shipping: Annotated[bool, Strict()] = unsent()
    tax_class: Word | None = None
    track_stock: Annotated[bool, Strict()] = unsent()


class MediaDraft(Said):
    """A picture by its address."""

    url: Url = Field(examples=["https://example.com/mug.jpg"])
    alt: Note | None = Field(None, examples=["A blue mug on a table"])
    position: Annotated[int, Field(ge=0, le=10_000)] | None = Field(None, description="Absent: behind the others.")


class MediaView(View):
    """A picture."""

    id: UUID
    url: str
    alt: str | None
    position: int


class Rating(View):
    """What reviewers gave, 1 to 5."""

    average: float
    count: int


class OptionView(View):
    """An option of a product."""

    name: str
    values: list[str]


class VariantView(View):
    """A variant, with its price in the currency that was asked for."""

    id: UUID
    sku: str
    options: dict[str, str]
    price: Money | None = Field(description="Null: not priced in this currency.")
    compare_at_price: Money | None = Field(description="What it cost before, or elsewhere.")
    weight_grams: int | None
    requires_shipping: bool
    tax_class: str | None
    track_stock: bool
    availability: Availability


class ProductCard(View):
    """A product as it is listed."""

    id: UUID
    slug: str
    title: str
    image: str | None
    price_from: Money | None = Field(description="The lowest price of a variant; null without one.")
    compare_at_price: Money | None = Field(description="What the variant of that price cost before.")
    rating: Rating
    availability: Availability
    variants_count: int


class ProductView(ProductCard):
    """A product with everything that its page shows."""

    description: str | None
    status: ProductStatus
    category_id: UUID | None
    category_path: list[CategoryLink] = Field(description="Its category and the ones above, the root first.")
    options: list[OptionView]
    attributes: dict[str, str]
    fulfilment: Fulfilment
    variants: list[VariantView]
    media: list[MediaView]
    currency: str = Field(description="The one that the prices are in.")
    price_to: Money | None = Field(description="The highest price of a variant.")
    created_at: datetime
    updated_at: datetime
