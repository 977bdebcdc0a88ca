"""What may be said about a review."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, Strict, StringConstraints

from merkato.domains.reviews.models import ReviewStatus
from merkato.kit.fields import Name, Note, Prose, Said, Stars, View, unsent

Body = Annotated[Prose, StringConstraints(min_length=1, max_length=5_000)]
ReviewSort = Literal["newest", "helpful"]


class ReviewDraft(Said):
    """A new review."""

    rating: Stars
    title: Name = Field(examples=["Keeps tea warm"])
    body: Body = Field(examples=["I use it every day."])


class ReviewChange(Said):
    """Some of a review."""

    rating: Stars = unsent()
    title: Name = unsent()
    body: Body = unsent()


class Decision(Said):
    """Which version of a review the decision is about."""

    version: Annotated[int, Strict(), Field(ge=1, le=2**31 - 1)] | None = Field(
        None, description="As it was read. If the author has changed the review since, the answer is 409."
    )


class Rejection(Decision):
    """Which version of a review is rejected, and why."""

    reason: Note | None = Field(
        None, description="Told to the author, and to nobody else.", examples=["It names a person."]
    )


class AuthorView(View):
    """Who wrote it, by their public profile."""

    handle: str
    name: str


class ReviewView(View):
    """A review of a product."""

    id: UUID
    product_id: UUID
    author: AuthorView
    rating: int
    title: str
    body: str
    status: ReviewStatus
    version: int = Field(description="Grows when its author changes it.")
    verified_purchase: bool = Field(description="Its author has an order of this product that was not cancelled.")
    helpful: int = Field(description="How many customers found it helpful.")
    created_at: datetime
    updated_at: datetime


class OwnReviewView(ReviewView):
    """A review as its author sees it, and staff."""

    rejection_reason: str | None = Field(description="Why it was rejected, if that was said.")


class ReviewStats(View):
    """What all approved reviews of a product say together; zeros when there are none."""

    average: float
    count: int
    stars: dict[str, int] = Field(
        description="How many give 1 to 5 stars.", examples=[{"1": 0, "2": 0, "3": 1, "4": 2, "5": 7}]
    )
