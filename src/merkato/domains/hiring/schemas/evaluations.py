"""What may be said about how work was done."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    Field,
    Strict,
)

from merkato.domains.hiring.models import (
    STARS_MAX,
)
from merkato.domains.hiring.schemas.jobs import Description, JobNamed, Message
from merkato.domains.identity.schemas import ProfileView
from merkato.kit.fields import Name, Said, View

Stars = Annotated[int, Strict(), Field(ge=0, le=STARS_MAX, examples=[5])]


class EvaluationDraft(Said):
    """What the owner of a job says about who did it."""

    overall: Stars
    professionalism: Stars | None = None
    completeness: Stars | None = None
    efficiency: Stars | None = None
    headline: Name | None = Field(None, examples=["Spotless"])
    comment: Description | None = None
    no_show: Annotated[bool, Strict()] = Field(False, description="Whether they did not come.")


class ReplyDraft(Said):
    """What the one who was evaluated replies. It replaces what they replied before."""

    text: Message = Field(examples=["Thank you, it was a pleasure."])


class EvaluationView(View):
    """An evaluation of somebody who did a job."""

    id: UUID
    job: JobNamed
    author: ProfileView
    worker: ProfileView
    overall: int
    professionalism: int | None
    completeness: int | None
    efficiency: int | None
    headline: str | None
    comment: str | None
    no_show: bool
    reply: str | None
    replied_at: datetime | None
    created_at: datetime


class OverallStats(View):
    """How somebody was rated overall."""

    average: float | None = Field(description="To two places; null when there are none.")
    stars: dict[str, int] = Field(
        description="How many gave 0 to 5 stars.", examples=[{"0": 0, "1": 0, "2": 0, "3": 1, "4": 2, "5": 7}]
    )


class EvaluationStats(View):
    """What all evaluations of somebody say together. Averages are null where nothing was rated."""

    count: int
    no_shows: int
    overall: OverallStats
    professionalism: float | None
    completeness: float | None
    efficiency: float | None
