"""What somebody has said in the community, to be taken back when they are erased."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select, union, update

from merkato.domains.community.models import Comment, Post, Report, Tag, Vote
from merkato.kit.database import Session
from merkato.kit.rows import among


async def hold_touched(session: Session, account_id: UUID, limit: int) -> list[UUID]:
    """Posts that an account has written, commented on or voted for, locked in key order."""
    touched = union(
        select(Post.id).where(Post.account_id == account_id),
        select(Comment.post_id).where(Comment.account_id == account_id),
        select(Vote.post_id).where(Vote.account_id == account_id),
    ).subquery()
    some = select(touched.c.id).order_by(touched.c.id).limit(limit).scalar_subquery()
    held = select(Post.id).where(Post.id.in_(some)).order_by(Post.id)
    return list(await session.scalars(held.with_for_update(key_share=True)))


async def own_posts(session: Session, account_id: UUID, post_ids: Collection[UUID]) -> list[Post]:
    """Which of these an account has written, as they stand now."""
    found = select(Post).where(Post.account_id == account_id, among(Post.id, post_ids)).order_by(Post.id)
    return list(await session.scalars(found.execution_options(populate_existing=True)))


async def own_comments(session: Session, account_id: UUID, post_ids: Collection[UUID]) -> list[Comment]:
    """What an account has said about these."""
    found = select(Comment).where(Comment.account_id == account_id, among(Comment.post_id, post_ids))
    return list(await session.scalars(found.order_by(Comment.id).execution_options(populate_existing=True)))


async def take_votes_back(session: Session, account_id: UUID, post_ids: Collection[UUID]) -> None:
    """Count these without an account's votes."""
    gone = delete(Vote).where(Vote.account_id == account_id, among(Vote.post_id, post_ids)).returning(Vote.post_id)
    lost = list(await session.scalars(gone.execution_options(synchronize_session=False)))
    counted = update(Post).where(among(Post.id, lost)).values(votes=Post.votes - 1, updated_at=Post.updated_at)
    await session.execute(counted.execution_options(synchronize_session=False))


async def empty_reports(session: Session, account_id: UUID) -> None:
    """Leave of an account's reports their reasons."""
    await session.execute(update(Report).where(Report.account_id == account_id).values(note=None))


async def delete_unused(session: Session, tags: Collection[str]) -> None:
    """Delete those of these tags that no post has."""
    await session.execute(delete(Tag).where(Tag.tag.in_(sorted(tags)), Tag.posts == 0))
