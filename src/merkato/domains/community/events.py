"""What the community announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from merkato.kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class PostPublished(Event):
    """A post is there for others to read: a new one, a draft no longer, or one that was taken back or removed and is there again."""

    name: ClassVar[str] = "post.published"
    post_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class PostChanged(Event):
    """What others read in a post has changed."""

    name: ClassVar[str] = "post.changed"
    post_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class PostWithdrawn(Event):
    """Others can no longer read a post: its author made it a draft or deleted it, or a moderator removed it."""

    name: ClassVar[str] = "post.withdrawn"
    post_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentAdded(Event):
    """Somebody has commented on a post."""

    name: ClassVar[str] = "comment.added"
    comment_id: UUID
    post_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentWithdrawn(Event):
    """The text of a comment is gone: its author deleted it, or a moderator removed it."""

    name: ClassVar[str] = "comment.withdrawn"
    comment_id: UUID
    post_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportFiled(Event):
    """Somebody says that a post or comment should not be there; a moderator is to decide."""

    name: ClassVar[str] = "report.filed"
    report_id: UUID
    post_id: UUID
