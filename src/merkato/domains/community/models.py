"""Posts with their votes and tags, threads of comments, and reports."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import Name, Note, Small, State, Text_
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated

TAGS_MAX: Final = 5
TAG_LENGTH_MAX: Final = 40
COMMENTS_MAX: Final = 10_000
DEPTH_MAX: Final = 7
"""How far below the post's own comments, whose depth is 0, answers go."""
_STEP: Final = 32
"""Characters of a comment's path for each of its depths."""


class Post(Row):
    """What somebody writes for others. `votes` and `comments` count what is there.

    `shown` is whether others see it. `document` and `plain` are what is searched: its words and signs, and its texts without case and accents.
    Tags are JSON, which the audit log does not show, for they are somebody's words.
    """

    __tablename__ = "community_posts"
    privacy: ClassVar[Privacy] = says(personal="title content tags removed_note document plain")

    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"))
    title: Mapped[Name]
    content: Mapped[Text_]
    rating: Mapped[Small | None]
    tags: Mapped[list[str]] = mapped_column(JSONB)
    published: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None]
    """When it was first published: taken back and published again, it keeps its place."""
    shown: Mapped[bool] = mapped_column(default=False)
    votes: Mapped[int] = mapped_column(Integer, default=0)
    comments: Mapped[int] = mapped_column(Integer, default=0)
    removed_at: Mapped[datetime | None]
    removed_reason: Mapped[State | None]
    removed_note: Mapped[Note | None]
    document: Mapped[str] = mapped_column(TSVECTOR, deferred=True, deferred_raiseload=True)
    plain: Mapped[Text_] = mapped_column(deferred=True, deferred_raiseload=True)
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_within"),
        CheckConstraint("votes >= 0", name="votes_not_negative"),
        CheckConstraint("comments >= 0", name="comments_not_negative"),
        CheckConstraint("shown = (published AND removed_at IS NULL)", name="shown_as_it_stands"),
        CheckConstraint("published_at IS NOT NULL OR NOT published", name="published_some_time"),
        Index("ix_community_posts_newest", "published_at", "id", postgresql_where=text("shown")),
        Index("ix_community_posts_top", "votes", "published_at", "id", postgresql_where=text("shown")),
        Index(None, "account_id", "id"),
        Index("ix_community_posts_document", "document", postgresql_using="gin"),
        Index("ix_community_posts_tags", "tags", postgresql_using="gin", postgresql_ops={"tags": "jsonb_path_ops"}),
    )

    @property
    def counted_tags(self) -> frozenset[str]:
        """The tags under which others find it."""
        return frozenset(self.tags) if self.shown else frozenset()


class Tag(Row):
    """A tag, and how many posts that are shown have it."""

    __tablename__ = "community_tags"
    privacy: ClassVar[Privacy] = says(nothing="tag")

    tag: Mapped[str] = mapped_column(String(TAG_LENGTH_MAX, collation="C"), primary_key=True)
    posts: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("posts >= 0", name="posts_not_negative"),
        Index("ix_community_tags_posts", "posts", "tag", postgresql_where=text("posts > 0")),
    )


class Vote(Row):
    """One account's vote for a post."""

    __tablename__ = "community_votes"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("community_posts.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("identity_accounts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[Created]


class CommentStatus(StrEnum):
    """Where a comment stands. Its place in the thread stays in any case."""

    SHOWN = "shown"
    DELETED = "deleted"
    """By its author."""
    REMOVED = "removed"
    """By a moderator."""


COMMENT_TRANSITIONS: Final[dict[CommentStatus, frozenset[CommentStatus]]] = {
    CommentStatus.SHOWN: frozenset({CommentStatus.DELETED, CommentStatus.REMOVED}),
    CommentStatus.DELETED: frozenset(),
    CommentStatus.REMOVED: frozenset(),
}


class Comment(Row):
    """A comment on a post, or an answer to another. Of one that is no longer shown, neither text nor author is kept.

    `path` is the ids from the top of its thread down to it: in its order each comment is followed by its answers.
    """

    __tablename__ = "community_comments"
    privacy: ClassVar[Privacy] = says(personal="content", nothing="path")

    id: Mapped[Key]
    post_id: Mapped[UUID] = mapped_column(ForeignKey("community_posts.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("community_comments.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), index=True)
    depth: Mapped[Small]
    path: Mapped[str] = mapped_column(String(_STEP * (DEPTH_MAX + 1), collation="C"))
    content: Mapped[Text_ | None]
    status: Mapped[State] = mapped_column(default=CommentStatus.SHOWN.value)
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    __table_args__ = (
        CheckConstraint(f"depth BETWEEN 0 AND {DEPTH_MAX}", name="depth_within"),
        CheckConstraint("(status = 'shown') = (content IS NOT NULL)", name="text_while_shown"),
        CheckConstraint("(status = 'shown') = (account_id IS NOT NULL)", name="author_while_shown"),
        Index(None, "post_id", "path", unique=True),
    )


class ReportStatus(StrEnum):
    """Where a report stands."""

    OPEN = "open"
    UPHELD = "upheld"
    """What it is about was removed."""
    DISMISSED = "dismissed"
    """What it is about stays."""
    SETTLED = "settled"
    """The author deleted what it is about."""


REPORT_TRANSITIONS: Final[dict[ReportStatus, frozenset[ReportStatus]]] = {
    ReportStatus.OPEN: frozenset({ReportStatus.UPHELD, ReportStatus.DISMISSED, ReportStatus.SETTLED}),
    ReportStatus.UPHELD: frozenset(),
    ReportStatus.DISMISSED: frozenset(),
    ReportStatus.SETTLED: frozenset(),
}


class RemovalReason(StrEnum):
    """Why something should not be there."""

    SPAM = "spam"
    ABUSE = "abuse"
    ILLEGAL = "illegal"
    OFF_TOPIC = "off_topic"
    OTHER = "other"


class Report(Row):
    """That somebody finds that a post, or a comment on it, should not be there."""

    __tablename__ = "community_reports"
    privacy: ClassVar[Privacy] = says(personal="note")

    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"))
    post_id: Mapped[UUID] = mapped_column(ForeignKey("community_posts.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[UUID | None] = mapped_column(ForeignKey("community_comments.id", ondelete="CASCADE"), index=True)
    reason: Mapped[State]
    note: Mapped[Note | None]
    status: Mapped[State] = mapped_column(default=ReportStatus.OPEN.value)
    created_at: Mapped[Created]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_community_reports_post",
            "account_id",
            "post_id",
            unique=True,
            postgresql_where=text("comment_id IS NULL"),
        ),
        Index(
            "uq_community_reports_comment",
            "account_id",
            "comment_id",
            unique=True,
            postgresql_where=text("comment_id IS NOT NULL"),
        ),
        Index(None, "status", "id"),
    )
