"""What may be asked of the list of products."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from merkato.domains.catalog.schemas import ProductCard
from merkato.kit.fields import Reference, Search, View
from merkato.kit.money import AMOUNT_MAX, Currency
from merkato.kit.paging import Page

Sort = Literal["relevance", "newest", "price", "-price", "rating", "name"]
_Minor = Annotated[int, Field(ge=0, le=AMOUNT_MAX)]


class Wanted(BaseModel):
    """Filters, which all must fit, and the order."""

    q: Search | None = Field(
        None, description="Each word begins a word of the title, description, attributes, options, SKUs or categories."
    )
    category: Reference | None = Field(
        None, description="Id or slug; the categories below it are included. Nothing is listed for an unknown one."
    )
    min_price: _Minor | None = Field(None, description="The price from, in minor units, is at least this.")
    max_price: _Minor | None = Field(None, description="The price from, in minor units, is at most this.")
    in_stock: bool | None = Field(None, description="true: only what can be had now; false: only what cannot.")
    min_rating: Annotated[float, Field(ge=0, le=5)] | None = None
    attribute: list[str] = Field(
        default_factory=list,
        alias="attribute[]",
        description="Said as `attribute[name]=value` for each attribute; the same name again allows another value.",
    )
    currency: Currency | None = Field(None, description="Absent: the store's own. Lists what has a price in it.")
    sort: Sort | None = Field(
        None, description="Absent: `relevance` with `q`, else `newest`. Without a price, products come last by price."
    )
    facets: bool = Field(False, description="Whether to count too what the list could be narrowed down to.")


class CategoryCount(View):
    """How many products are in a category or below it."""

    id: UUID
    slug: str
    name: str
    count: int


class ValueCount(View):
    """How many products have this value."""

    value: str
    count: int


class AttributeCounts(View):
    """The values of an attribute, those of most products first."""

    name: str
    values: list[ValueCount]


class RatingCount(View):
    """How many products are rated at least so well."""

    min_rating: int
    count: int


class Facets(BaseModel):
    """What the list could be narrowed down to, and how many products that would leave.

    Each is counted with all filters but those of its own kind, so that another choice is seen beside the one that was made.
    """

    total: int = Field(description="How many products fit all filters.")
    categories: list[CategoryCount] = Field(description="Those with most products first, at most a hundred.")
    attributes: list[AttributeCounts] = Field(
        description="By name; at most a thousand values in all, those of most products."
    )
    in_stock: int
    out_of_stock: int
    ratings: list[RatingCount]


class ProductPage(Page[ProductCard]):
    """One page of products, with `facets` if they were asked for."""

    facets: Facets | None = None


class Suggestion(View):
    """A product whose title may be meant."""

    id: UUID
    slug: str
    title: str
    image: str | None


class Suggestions(BaseModel):
    """Those whose title begins with what was typed first, then by name."""

    data: list[Suggestion]
    next: None = None
