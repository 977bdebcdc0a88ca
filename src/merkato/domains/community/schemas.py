"""What may be said about posts, comments and reports."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, Strict, StringConstraints

from merkato.domains.community.models import TAG_LENGTH_MAX, TAGS_MAX, CommentStatus, RemovalReason, ReportStatus
from merkato.domains.identity.schemas import ProfileView
from merkato.kit import slugs
from merkato.kit.fields import Name, Note, Prose, Reference, Said, Search, Stars, View, Word, unsent


def _tag(value: str) -> str:
    """As tags are compared: letters and digits of any script, lower case, joined by hyphens."""
    tag = slugs.slug(value, "")
    if not 1 <= len(tag) <= TAG_LENGTH_MAX:
        raise ValueError(f"must have letters or digits, and at most {TAG_LENGTH_MAX} of them")
    return tag


def _once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Content = Annotated[Prose, StringConstraints(min_length=1, max_length=20_000)]
Remark = Annotated[Prose, StringConstraints(min_length=1, max_length=5_000)]
TagName = Annotated[Word, AfterValidator(_tag)]
Tags = Annotated[list[TagName], Field(max_length=TAGS_MAX, examples=[["coffee"]]), AfterValidator(_once)]
Flag = Annotated[bool, Strict()]
PostSort = Literal["newest", "top"]


class PostDraft(Said):
    """A new post, or all of one."""

    title: Name = Field(examples=["Which grinder for one cup?"])
    content: Content = Field(examples=["I make one cup in the morning and want it fresh."])
    published: Flag = Field(True, description="false: a draft, which only its author sees.")
    rating: Stars | None = Field(None, description="What its author gives what it is about.")
    tags: Tags = Field(default_factory=list, description="`Filter Coffee` and `filter-coffee` are the same tag.")


class PostChange(Said):
    """Some of a post."""

    title: Name = unsent()
    content: Content = unsent()
    published: Flag = unsent()
    rating: Stars | None = None
    tags: Tags = unsent()


class PostFilters(BaseModel):
    """Which posts to list, and in which order."""

    q: Search | None = Field(
        None,
        description="Each word begins a word of the title, the content or a tag. What has signs in it, as `50%` or `snake_case`, "
        "must be there as it is written; no sign means anything else.",
    )
    tag: TagName | None = Field(None, description="Posts that have this tag.")
    author: Reference | None = Field(None, description="Posts of the one with this handle.")
    published: bool = Field(True, description="false: one's own drafts instead, newest first.")
    sort: PostSort = Field("newest", description="`top`: by votes; of equally many the newer first.")


class RemovalView(View):
    """Why a moderator has removed a post."""

    at: datetime
    reason: RemovalReason
    note: str | None


class PostView(View):
    """A post."""

    id: UUID
    author: ProfileView
    title: str
    content: str
    published: bool
    rating: int | None
    tags: list[str]
    votes: int = Field(description="How many accounts have voted for it.")
    voted: bool = Field(description="Whether the caller has.")
    comments: int = Field(description="How many comments are shown.")
    removal: RemovalView | None = Field(
        description="Set when a moderator has removed it: then only its author sees it."
    )
    created_at: datetime
    published_at: datetime | None = Field(description="When it was first published.")
    updated_at: datetime = Field(description="When its author, or a moderator, last changed it; votes do not.")


class TagView(View):
    """A tag, and how many posts have it."""

    tag: str
    posts: int


class CommentDraft(Said):
    """A new comment."""

    content: Remark = Field(examples=["A hand grinder will do."])
    parent_id: UUID | None = Field(
        None, description="The comment that it answers; absent: it is about the post itself."
    )


class CommentChange(Said):
    """What a comment says from now on."""

    content: Remark


class CommentView(View):
    """A comment. Of one that was deleted or removed only its place in the thread is left."""

    id: UUID
    post_id: UUID
    parent_id: UUID | None
    depth: int = Field(description="0 for what is about the post itself; answers are one deeper than what they answer.")
    status: CommentStatus
    author: ProfileView | None
    content: str | None
    created_at: datetime
    updated_at: datetime


class ReportDraft(Said):
    """Why something should not be there."""

    reason: RemovalReason
    note: Note | None = None


class FiledView(View):
    """One's own report, as it was taken."""

    id: UUID
    post_id: UUID
    comment_id: UUID | None
    reason: RemovalReason
    note: str | None
    created_at: datetime


class Removal(Said):
    """Why a post is removed, as its author is told."""

    reason: RemovalReason
    note: Note | None = None


class Verdict(Said):
    """What the author is told beside the reason of the report."""

    note: Note | None = None


class PersonView(View):
    """Somebody, by their public profile."""

    handle: str
    name: str


class ReportView(View):
    """A report, with what it is about as far as that is still there."""

    id: UUID
    status: ReportStatus
    reason: RemovalReason
    note: str | None
    reporter: PersonView
    post_id: UUID
    comment_id: UUID | None = Field(description="Null when the post itself is meant.")
    author: PersonView | None = Field(description="Who wrote what it is about; null once that was deleted or removed.")
    title: str | None = Field(description="Of the post; null while that is a draft again.")
    content: str | None = Field(description="Of the comment or post; null once it was deleted, or is a draft again.")
    created_at: datetime
    decided_at: datetime | None
