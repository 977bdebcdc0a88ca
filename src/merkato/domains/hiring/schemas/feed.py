"""What is told in the feed of jobs."""

from datetime import date, datetime
from uuid import UUID

from pydantic import (
    Field,
)

from merkato.domains.hiring.models import (
    FeedType,
    JobStatus,
    PriceUnit,
)
from merkato.domains.identity.schemas import ProfileView
from merkato.kit.fields import View
from merkato.kit.money import Money


class JobCopy(View):
    """A job as it was when something was told of it; without offers, which are for its two sides."""

    id: UUID
    title: str
    description: str | None
    kind: str = Field(examples=["dust_up"])
    price: Money
    price_unit: PriceUnit
    place: str | None
    wished_on: list[date]
    pictures: list[str]
    status: JobStatus
    offers_total: int
    created_at: datetime
    updated_at: datetime


class FeedJob(JobCopy):
    """A job as it was then, with its owner as they are now."""

    owner: ProfileView


class FeedEventView(View):
    """A job was posted, or has changed."""

    id: UUID = Field(description="Where to go on following: the `Last-Event-ID` of the stream.")
    type: FeedType
    at: datetime
    job: FeedJob
