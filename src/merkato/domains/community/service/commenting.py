"""Comments in threads, and what is left of one that is gone."""

from uuid import UUID

from sqlalchemy import ColumnElement

from merkato.domains.community import queries
from merkato.domains.community.errors import DiscussionFull, NotAnswerable
from merkato.domains.community.events import CommentAdded, CommentWithdrawn
from merkato.domains.community.models import (
    COMMENTS_MAX,
    DEPTH_MAX,
    Comment,
    CommentStatus,
    Post,
    Report,
    ReportStatus,
)
from merkato.domains.community.schemas import CommentChange, CommentDraft, CommentView
from merkato.domains.community.service.writing import held
from merkato.domains.identity.models import Actor
from merkato.kit import ids
from merkato.kit.database import Session
from merkato.kit.errors import Invalid, NotFound
from merkato.kit.events import publish


async def add_comment(session: Session, actor: Actor, post_id: UUID, draft: CommentDraft) -> CommentView:
    """Comment on a post that is shown, or answer a comment on it. Raises NotFound, Invalid, NotAnswerable, DiscussionFull."""
    post = await held(session, post_id, queries.shown())
    if post.comments >= COMMENTS_MAX:
        raise DiscussionFull
    above = await _answered(session, post_id, draft.parent_id) if draft.parent_id else None
    comment_id = ids.new()
    comment = Comment(
        id=comment_id,
        post_id=post_id,
        parent_id=draft.parent_id,
        account_id=actor.id,
        depth=above.depth + 1 if above else 0,
        path=(above.path if above else "") + comment_id.hex,
        content=draft.content,
    )
    session.add(comment)
    await session.flush()
    await queries.count_comments(session, post_id, 1)
    await publish(session, CommentAdded(comment_id=comment_id, post_id=post_id))
    return await read_comment(session, comment.id, Comment.id == comment.id)


async def _answered(session: Session, post_id: UUID, parent_id: UUID) -> Comment:
    above = await queries.in_thread(session, post_id, parent_id)
    if above is None:
        raise Invalid.field("/parent_id", "unknown", "is not a comment on this post")
    if above.status != CommentStatus.SHOWN or above.depth >= DEPTH_MAX:
        raise NotAnswerable
    return above


async def read_comment(session: Session, comment_id: UUID, bound: ColumnElement[bool]) -> CommentView:
    """A comment within a bound. Raises NotFound."""
    found = await queries.comment_view(session, comment_id, bound)
    if found is None:
        raise NotFound
    return found


async def held_comment(session: Session, comment_id: UUID, bound: ColumnElement[bool]) -> Comment:
    """A comment within a bound, with its post held: nobody else changes either. Raises NotFound."""
    post_id = await queries.post_of_comment(session, comment_id, bound)
    if post_id is None:
        raise NotFound
    await held(session, post_id, Post.id == post_id)
    comment = await queries.comment(session, comment_id, bound)
    if comment is None:
        raise NotFound
    return comment


async def change_comment(session: Session, comment: Comment, said: CommentChange) -> CommentView:
    """What a held comment says from now on."""
    comment.content = said.content
    await session.flush()
    return await read_comment(session, comment.id, Comment.id == comment.id)


async def withdraw_comment(session: Session, actor: Actor, comment: Comment) -> None:
    """Take a held comment away that is shown: its author deletes it, a moderator removes it."""
    own = comment.account_id == actor.account_id
    await strip(session, comment, CommentStatus.DELETED if own else CommentStatus.REMOVED)


async def strip(session: Session, comment: Comment, status: CommentStatus) -> None:
    """Take text and author from a held comment that is shown; the thread below it stays. Open reports about it end with it."""
    comment.status, comment.content, comment.account_id = status.value, None, None
    await session.flush()
    await queries.count_comments(session, comment.post_id, -1)
    ended = ReportStatus.SETTLED if status is CommentStatus.DELETED else ReportStatus.UPHELD
    await queries.end_reports(session, Report.comment_id == comment.id, ended)
    await publish(session, CommentWithdrawn(comment_id=comment.id, post_id=comment.post_id))
