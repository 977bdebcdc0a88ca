"""Reviews of products, and who found them helpful."""

from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import Name, Note, Small, State, Text_
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated


class ReviewStatus(StrEnum):
    """Where a review stands. Only approved ones are shown and counted."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


TRANSITIONS: Final[dict[ReviewStatus, frozenset[ReviewStatus]]] = {
    ReviewStatus.PENDING: frozenset({ReviewStatus.APPROVED, ReviewStatus.REJECTED}),
    ReviewStatus.APPROVED: frozenset({ReviewStatus.PENDING, ReviewStatus.REJECTED}),
    ReviewStatus.REJECTED: frozenset({ReviewStatus.PENDING, ReviewStatus.APPROVED}),
}
"""What its author changes is pending again; staff may decide otherwise later."""


class Review(Row):
    """What one customer says about one product. `version` grows when its author changes it, `helpful` counts its votes."""

    __tablename__ = "reviews"
    privacy: ClassVar[Privacy] = says(personal="title body rejection_reason")

    id: Mapped[Key]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("catalog_products.id", ondelete="RESTRICT"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"))
    rating: Mapped[Small]
    title: Mapped[Name]
    body: Mapped[Text_]
    status: Mapped[State] = mapped_column(default=ReviewStatus.PENDING.value)
    version: Mapped[int] = mapped_column(Integer, default=1)
    helpful: Mapped[int] = mapped_column(Integer, default=0)
    rejection_reason: Mapped[Note | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (
        UniqueConstraint("product_id", "account_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_within"),
        CheckConstraint("helpful >= 0", name="helpful_not_negative"),
        Index(None, "product_id", "status", "id"),
        Index(None, "product_id", "status", "helpful", "id"),
        Index(None, "account_id", "id"),
        Index(None, "status", "id"),
    )


class Vote(Row):
    """One customer who found a review helpful."""

    __tablename__ = "reviews_votes"

    review_id: Mapped[UUID] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("identity_accounts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[Created]
