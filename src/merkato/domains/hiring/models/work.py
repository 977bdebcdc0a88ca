"""Kinds of jobs, jobs, offers to do them, what the two sides write to each other, evaluations, and their sums."""

from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit import words
from merkato.kit.fields import Name, Small, State, Text_, Word
from merkato.kit.machines import step
from merkato.kit.money import Currency, rounded
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated

JOBS_OPEN_MAX: Final = 100
OFFERS_MAX: Final = 100
MESSAGES_MAX: Final = 500
KINDS_MAX: Final = 200
PICTURES_MAX: Final = 10
DAYS_MAX: Final = 31
STARS_MAX: Final = 5


class PriceUnit(StrEnum):
    """What a price is for: the whole job, or each hour of it."""

    FIXED = "fixed"
    HOUR = "hour"


class JobStatus(StrEnum):
    """Where a job stands. It is assigned while an offer is accepted, and closed once that was evaluated."""

    OPEN = "open"
    ASSIGNED = "assigned"
    DONE = "done"
    CLOSED = "closed"
    CANCELLED = "cancelled"


JOB_TRANSITIONS: Final[dict[JobStatus, frozenset[JobStatus]]] = {
    JobStatus.OPEN: frozenset({JobStatus.ASSIGNED, JobStatus.CANCELLED}),
    # Back to open when the one who was to do it will not.
    JobStatus.ASSIGNED: frozenset({JobStatus.OPEN, JobStatus.DONE, JobStatus.CLOSED, JobStatus.CANCELLED}),
    JobStatus.DONE: frozenset({JobStatus.CLOSED}),
    JobStatus.CLOSED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}


class OfferStatus(StrEnum):
    """What became of an offer."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


OFFER_TRANSITIONS: Final[dict[OfferStatus, frozenset[OfferStatus]]] = {
    OfferStatus.PENDING: frozenset({OfferStatus.ACCEPTED, OfferStatus.REJECTED}),
    OfferStatus.ACCEPTED: frozenset({OfferStatus.CANCELLED, OfferStatus.COMPLETED}),
    # What the acceptance of another has rejected is pending again when that is cancelled.
    OfferStatus.REJECTED: frozenset({OfferStatus.PENDING}),
    OfferStatus.CANCELLED: frozenset(),
    OfferStatus.COMPLETED: frozenset(),
}


class JobKind(Row):
    """One kind of job. Those that are not active stay with the jobs that have them, and no new job gets them."""

    __tablename__ = "hiring_kinds"
    privacy: ClassVar[Privacy] = says(nothing="name title")

    id: Mapped[Key]
    name: Mapped[Word] = mapped_column(unique=True)
    title: Mapped[Name]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]


class Job(Row):
    """Work that somebody wants done. Its owner never changes; its row is locked by whoever changes it or any of its offers."""

    __tablename__ = "hiring_jobs"
    privacy: ClassVar[Privacy] = says(personal="title description place pictures document")

    id: Mapped[Key]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="RESTRICT"))
    kind_id: Mapped[UUID] = mapped_column(ForeignKey("hiring_kinds.id", ondelete="RESTRICT"), index=True)
    title: Mapped[Name]
    description: Mapped[Text_ | None]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    price_unit: Mapped[State]
    place: Mapped[Name | None]
    wished_on: Mapped[list[date]] = mapped_column(ARRAY(Date))
    pictures: Mapped[list[str]] = mapped_column(ARRAY(String(2_000)))
    status: Mapped[State] = mapped_column(default=JobStatus.OPEN.value)
    offers_total: Mapped[int] = mapped_column(Integer, default=0)
    document: Mapped[str] = mapped_column(TSVECTOR, deferred=True, deferred_raiseload=True)
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("offers_total >= 0", name="offers_not_negative"),
        Index(None, "owner_id", "id"),
        Index("ix_hiring_jobs_open", "id", postgresql_where=text("status = 'open'")),
        Index("ix_hiring_jobs_open_price", "currency", "price_minor", postgresql_where=text("status = 'open'")),
        Index("ix_hiring_jobs_document", "document", postgresql_using="gin"),
    )

    def describe(self) -> None:
        """Note by which words it is found."""
        self.document = words.vector((self.title, "A"), (self.place or "", "B"), (self.description or "", "C"))

    def become(self, status: JobStatus) -> None:
        """Raises ValueError for a step that is not in the machine."""
        self.status = step(JOB_TRANSITIONS, self.status, status)


class Offer(Row):
    """What one person would do a job for. It keeps the terms on which it was made, whatever is changed of the job afterwards."""

    __tablename__ = "hiring_offers"
    privacy: ClassVar[Privacy] = says(personal="message")

    id: Mapped[Key]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("hiring_jobs.id", ondelete="CASCADE"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="RESTRICT"))
    message: Mapped[Text_ | None]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[Currency]
    price_unit: Mapped[State]
    quarter_hours: Mapped[int | None]
    status: Mapped[State] = mapped_column(default=OfferStatus.PENDING.value)
    rejected_for: Mapped[UUID | None]
    """The offer whose acceptance has rejected it; none when the owner did so by hand."""
    expires_at: Mapped[datetime | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (
        UniqueConstraint("job_id", "author_id"),
        Index(
            "uq_hiring_offers_accepted",
            "job_id",
            unique=True,
            postgresql_where=text("status IN ('accepted', 'completed')"),
        ),
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("quarter_hours > 0", name="hours_positive"),
        CheckConstraint("price_unit = 'fixed' OR quarter_hours IS NOT NULL", name="hours_named"),
        Index(None, "job_id", "id"),
        Index(None, "author_id", "id"),
    )

    @property
    def amount_minor(self) -> int:
        """What the agreement comes to."""
        by_hour = self.price_unit == PriceUnit.HOUR
        return rounded(Fraction(self.price_minor * (self.quarter_hours or 0), 4)) if by_hour else self.price_minor

    @property
    def hours(self) -> float | None:
        """For people; what is reckoned is reckoned in quarters."""
        return None if self.quarter_hours is None else self.quarter_hours / 4

    def expired(self, moment: datetime) -> bool:
        """Whether it is too late to accept it."""
        return self.expires_at is not None and self.expires_at <= moment

    def become(self, status: OfferStatus) -> None:
        """Raises ValueError for a step that is not in the machine."""
        self.status = step(OFFER_TRANSITIONS, self.status, status)


class OfferMessage(Row):
    """What one side of an offer has written to the other."""

    __tablename__ = "hiring_messages"
    privacy: ClassVar[Privacy] = says(personal="text")

    id: Mapped[Key]
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("hiring_offers.id", ondelete="CASCADE"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="RESTRICT"))
    text: Mapped[Text_]
    created_at: Mapped[Created]

    __table_args__ = (Index(None, "offer_id", "id"),)


class Evaluation(Row):
    """What a job's owner says about the one who did it, and what that one replies."""

    __tablename__ = "hiring_evaluations"
    privacy: ClassVar[Privacy] = says(personal="headline comment reply")

    id: Mapped[Key]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("hiring_jobs.id", ondelete="RESTRICT"), unique=True)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("hiring_offers.id", ondelete="RESTRICT"), unique=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="RESTRICT"))
    worker_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="RESTRICT"))
    overall: Mapped[Small]
    professionalism: Mapped[Small | None]
    completeness: Mapped[Small | None]
    efficiency: Mapped[Small | None]
    headline: Mapped[Name | None]
    comment: Mapped[Text_ | None]
    no_show: Mapped[bool]
    reply: Mapped[Text_ | None]
    replied_at: Mapped[datetime | None]
    created_at: Mapped[Created]

    __table_args__ = (
        *(
            CheckConstraint(f"{rating} BETWEEN 0 AND {STARS_MAX}", name=f"{rating}_within")
            for rating in ("overall", "professionalism", "completeness", "efficiency")
        ),
        Index(None, "worker_id", "id"),
    )


class WorkerStats(Row):
    """The sums of all evaluations of one person, raised with each."""

    __tablename__ = "hiring_worker_stats"

    worker_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="RESTRICT"), primary_key=True)
    no_shows: Mapped[int]
    stars_0: Mapped[int]
    stars_1: Mapped[int]
    stars_2: Mapped[int]
    stars_3: Mapped[int]
    stars_4: Mapped[int]
    stars_5: Mapped[int]
    professionalism_sum: Mapped[int]
    professionalism_count: Mapped[int]
    completeness_sum: Mapped[int]
    completeness_count: Mapped[int]
    efficiency_sum: Mapped[int]
    efficiency_count: Mapped[int]

    @property
    def stars(self) -> list[int]:
        """How many gave no star, one, two ..."""
        return [self.stars_0, self.stars_1, self.stars_2, self.stars_3, self.stars_4, self.stars_5]
