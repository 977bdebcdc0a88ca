"""The feed of jobs, in the order in which what it tells became true."""

from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import State
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row


class FeedType(StrEnum):
    """What the feed tells of a job."""

    CREATED = "job.created"
    UPDATED = "job.updated"


class FeedEvent(Row):
    """What everybody who is signed in is told of a job: how it was at that time. It goes with the job."""

    __tablename__ = "hiring_feed"
    privacy: ClassVar[Privacy] = says(personal="job")

    id: Mapped[Key]
    """It carries the position, so that a follower who names the id is found again although the event is gone."""
    position: Mapped[int] = mapped_column(BigInteger, unique=True)
    """Handed out in the order of commits: who has seen one has seen all before it."""
    type: Mapped[State]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("hiring_jobs.id", ondelete="CASCADE"), index=True)
    job: Mapped[dict[str, Any]]
    at: Mapped[Created]

    __table_args__ = (Index(None, "at"),)


class FeedCounter(Row):
    """One row: the last position of the feed, and the last that was forgotten for its age."""

    __tablename__ = "hiring_feed_counter"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigInteger)
    forgotten: Mapped[int] = mapped_column(BigInteger)
