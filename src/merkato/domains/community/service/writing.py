"""What authors do with their posts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement

from merkato.domains.community import queries
from merkato.domains.community.events import PostChanged, PostPublished, PostWithdrawn
from merkato.domains.community.models import Post
from merkato.domains.community.schemas import PostChange, PostDraft, PostView
from merkato.domains.identity.models import Actor
from merkato.kit import clock, ids, words
from merkato.kit.database import Session
from merkato.kit.errors import NotFound
from merkato.kit.events import publish

_SEARCHED: Final = frozenset({"title", "content", "tags"})


async def read(session: Session, actor: Actor, post_id: UUID, bound: ColumnElement[bool]) -> PostView:
    """A post within a bound, as this caller is told. Raises NotFound."""
    found = await queries.view(session, actor, post_id, bound)
    if found is None:
        raise NotFound
    return found


async def held(session: Session, post_id: UUID, bound: ColumnElement[bool]) -> Post:
    """A post within a bound, locked. Raises NotFound."""
    post = await queries.locked(session, post_id, bound)
    if post is None:
        raise NotFound
    return post


async def write(session: Session, actor: Actor, draft: PostDraft) -> PostView:
    """A new post, or a draft of one."""
    post = Post(id=ids.new(), account_id=actor.id, published=False, shown=False, tags=[], removed_at=None)
    session.add(post)
    return await _say(session, actor, post, draft.model_dump())


async def replace(session: Session, actor: Actor, post: Post, draft: PostDraft) -> PostView:
    """All of a held post, as a PUT says it."""
    return await _say(session, actor, post, draft.model_dump())


async def change(session: Session, actor: Actor, post: Post, said: PostChange) -> PostView:
    """Some of a held post; a change of nothing leaves it as it was."""
    return await _say(session, actor, post, said.sent())


async def delete(session: Session, post: Post) -> None:
    """Delete a held post for good, with its votes, comments and reports."""
    shown = post.shown
    await queries.count_tags(session, frozenset(), post.counted_tags)
    await session.delete(post)
    await session.flush()
    if shown:
        await publish(session, PostWithdrawn(post_id=post.id))


async def _say(session: Session, actor: Actor, post: Post, values: Mapping[str, Any]) -> PostView:
    async with changing(session, post):
        other = {name: value for name, value in values.items() if getattr(post, name) != value}
        for name, value in other.items():
            setattr(post, name, value)
        if post.published and post.published_at is None:
            post.published_at = clock.now()
        if not _SEARCHED.isdisjoint(other):
            _index(post)
    return await read(session, actor, post.id, Post.account_id == actor.id)


@asynccontextmanager
async def changing(session: Session, post: Post) -> AsyncIterator[None]:
    """What is changed inside decides whether the post is shown, what its tags count, and what is announced."""
    was_shown, had = post.shown, post.counted_tags
    yield
    post.shown = post.published and post.removed_at is None
    told = session.is_modified(post)
    await session.flush()
    have = post.counted_tags
    await queries.count_tags(session, have - had, had - have)
    if post.shown and not was_shown:
        await publish(session, PostPublished(post_id=post.id))
    elif was_shown and not post.shown:
        await publish(session, PostWithdrawn(post_id=post.id))
    elif post.shown and told:
        await publish(session, PostChanged(post_id=post.id))


def _index(post: Post) -> None:
    """What is searched follows from what is said."""
    tags = " ".join(post.tags)
    post.document = words.signed_vector((post.title, "A"), (tags, "B"), (post.content, "C"))
    post.plain = words.folded(f"{post.title}\n{tags}\n{post.content}")
