"""How posts are found and listed, and their votes and tags counted."""

from collections.abc import Set as AbstractSet
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, false, func, literal, select, update
from sqlalchemy.dialects.postgresql import TSQUERY, insert

from merkato.domains.community.models import Post, Tag, Vote
from merkato.domains.community.schemas import PostFilters, PostSort, PostView, RemovalView
from merkato.domains.identity.models import Actor, Profile
from merkato.domains.identity.schemas import ProfileView
from merkato.kit import clock, words
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging

_LATEST: Final = Key(Post.id, descending=True)
_NEWEST: Final = (Key(Post.published_at, descending=True), _LATEST)
_ORDERS: Final[dict[PostSort, tuple[Key, ...]]] = {
    "newest": _NEWEST,
    "top": (Key(Post.votes, descending=True), *_NEWEST),
}
_COPIED: Final = set(PostView.model_fields) - {"author", "voted", "removal"}


def _told(actor: Actor) -> Select[Post, Profile, bool]:
    """Posts with their authors, and whether the caller has voted for them: everything in one statement."""
    voted = exists().where(Vote.post_id == Post.id, Vote.account_id == actor.account_id)
    return select(Post, Profile, voted).join(Profile, Profile.account_id == Post.account_id)


def _view(post: Post, author: Profile, voted: bool) -> PostView:  # noqa: FBT001 - a row's columns.
    reason = post.removed_reason
    removed = None if reason is None else {"at": post.removed_at, "reason": reason, "note": post.removed_note}
    return PostView(
        **{field: getattr(post, field) for field in _COPIED},
        author=ProfileView.model_validate(author),
        voted=voted,
        removal=removed and RemovalView.model_validate(removed),
    )


def shown() -> ColumnElement[bool]:
    """What everybody signed in may see; as the partial indexes say it."""
    return Post.shown.expression


async def post(session: Session, post_id: UUID, bound: ColumnElement[bool]) -> Post | None:
    """One within a bound."""
    return await session.scalar(select(Post).where(Post.id == post_id, bound))


async def locked(session: Session, post_id: UUID, bound: ColumnElement[bool]) -> Post | None:
    """One within a bound, as it stands now, locked."""
    found = select(Post).where(Post.id == post_id, bound)
    return await session.scalar(found.with_for_update(key_share=True).execution_options(populate_existing=True))


async def view(session: Session, actor: Actor, post_id: UUID, bound: ColumnElement[bool]) -> PostView | None:
    """One within a bound, as it is told."""
    found = _told(actor).where(Post.id == post_id, bound).execution_options(populate_existing=True)
    row = (await session.execute(found)).one_or_none()
    return None if row is None else _view(row[0], row[1], row[2])


async def posts(
    session: Session, actor: Actor, filters: PostFilters, paging: Paging
) -> tuple[list[PostView], str | None]:
    """Those that are shown, in the order that was asked for; or one's own drafts, the latest first."""
    found = _told(actor)
    if filters.q is not None:
        found = found.where(_matches(filters.q))
    if filters.tag is not None:
        found = found.where(Post.tags.contains([filters.tag]))
    if filters.author is not None:
        found = found.where(Profile.handle == filters.author)
    if filters.published:
        rows, cursor = await paging.fetch(session, found.where(Post.shown), *_ORDERS[filters.sort])
    else:
        own = found.where(Post.account_id == actor.account_id, ~Post.published)
        rows, cursor = await paging.fetch(session, own, _LATEST)
    return [_view(*row) for row in rows], cursor


async def posts_by(session: Session, actor: Actor, paging: Paging) -> tuple[list[PostView], str | None]:
    """All of one's own, the latest first."""
    found = _told(actor).where(Post.account_id == actor.account_id)
    rows, cursor = await paging.fetch(session, found, _LATEST)
    return [_view(*row) for row in rows], cursor


def _matches(text: str) -> ColumnElement[bool]:
    """The index finds words and signs; what has signs is then looked up as it is written. A text with neither fits nothing."""
    query, written = words.signed_query(text)
    if query is None:
        return false()
    matching: ColumnElement[bool] = Post.document.op("@@", is_comparison=True)(literal(query, TSQUERY))
    for part in written:
        matching &= func.strpos(Post.plain, part) > 0
    return matching


async def insert_vote(session: Session, post_id: UUID, account_id: UUID) -> bool:
    """Whether it was written; not if there is one already."""
    vote = insert(Vote).values(post_id=post_id, account_id=account_id, created_at=clock.now())
    return await session.scalar(vote.on_conflict_do_nothing().returning(Vote.post_id)) is not None


async def delete_vote(session: Session, post_id: UUID, account_id: UUID) -> bool:
    """Whether there was one."""
    gone = delete(Vote).where(Vote.post_id == post_id, Vote.account_id == account_id)
    return await session.scalar(gone.returning(Vote.post_id)) is not None


async def count_votes(session: Session, post_id: UUID, more: int) -> None:
    """Count votes up or down. For its readers, that is no change of the post."""
    counted = update(Post).where(Post.id == post_id)
    await session.execute(counted.values(votes=Post.votes + more, updated_at=Post.updated_at))


async def count_tags(session: Session, added: AbstractSet[str], gone: AbstractSet[str]) -> None:
    """Count one post more for some tags and one less for others, in key order."""
    if added or gone:
        # What is proposed says by 1 or 0 whether to count up or down, so that one statement takes all locks in order.
        rows = [{"tag": tag, "posts": int(tag in added)} for tag in sorted(added | gone)]
        counted = insert(Tag).values(rows)
        more = counted.excluded.posts * 2 - 1
        await session.execute(counted.on_conflict_do_update(index_elements=[Tag.tag], set_={"posts": Tag.posts + more}))


async def tags(session: Session, paging: Paging) -> tuple[list[Tag], str | None]:
    """The most used first; of equally many by name."""
    found = select(Tag).where(Tag.posts > 0)
    return await paging.fetch(session, found, Key(Tag.posts, descending=True), Key(Tag.tag))
