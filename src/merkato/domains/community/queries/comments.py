"""How comments are found, listed and counted."""

from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, update

from merkato.domains.community.models import Comment, Post
from merkato.domains.community.schemas import CommentView
from merkato.domains.identity.models import Profile
from merkato.domains.identity.schemas import ProfileView
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging

_COPIED: Final = set(CommentView.model_fields) - {"author"}


def _told() -> Select[Comment, Profile | None]:
    return (
        select(Comment, Profile)
        .join(Post, Post.id == Comment.post_id)
        .outerjoin(Profile, Profile.account_id == Comment.account_id)
    )


def _view(comment: Comment, author: Profile | None) -> CommentView:
    shown = None if author is None else ProfileView.model_validate(author)
    return CommentView(**{field: getattr(comment, field) for field in _COPIED}, author=shown)


async def comment_view(session: Session, comment_id: UUID, bound: ColumnElement[bool]) -> CommentView | None:
    """One within a bound, as it is told."""
    found = _told().where(Comment.id == comment_id, bound).execution_options(populate_existing=True)
    row = (await session.execute(found)).one_or_none()
    return None if row is None else _view(row[0], row[1])


async def comments_of(session: Session, post_id: UUID, paging: Paging) -> tuple[list[CommentView], str | None]:
    """Thread by thread, the oldest first, each comment followed by its answers."""
    rows, cursor = await paging.fetch(session, _told().where(Comment.post_id == post_id), Key(Comment.path))
    return [_view(*row) for row in rows], cursor


async def post_of_comment(session: Session, comment_id: UUID, bound: ColumnElement[bool]) -> UUID | None:
    """Which post a comment within a bound is on; that never changes."""
    found = select(Comment.post_id).join(Post, Post.id == Comment.post_id).where(Comment.id == comment_id, bound)
    return await session.scalar(found)


async def comment(session: Session, comment_id: UUID, bound: ColumnElement[bool]) -> Comment | None:
    """One within a bound, as it stands now."""
    found = select(Comment).join(Post, Post.id == Comment.post_id).where(Comment.id == comment_id, bound)
    return await session.scalar(found.execution_options(populate_existing=True))


async def in_thread(session: Session, post_id: UUID, comment_id: UUID) -> Comment | None:
    """A comment on this post, to be answered."""
    return await session.scalar(select(Comment).where(Comment.id == comment_id, Comment.post_id == post_id))


async def count_comments(session: Session, post_id: UUID, more: int) -> None:
    """Count comments up or down. For its readers, that is no change of the post."""
    counted = update(Post).where(Post.id == post_id)
    await session.execute(counted.values(comments=Post.comments + more, updated_at=Post.updated_at))
