"""Who may see and change what: anyone signed in reads what is shown, authors change their own, moderators take away and give back."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends
from sqlalchemy import ColumnElement, false, or_

from merkato.domains.community import queries, service
from merkato.domains.community.models import Comment, CommentStatus, Post
from merkato.domains.identity.access import Caller, SignedIn, having
from merkato.domains.identity.models import Actor
from merkato.kit.errors import NotAllowed, NotFound
from merkato.kit.http import RequestSession
from merkato.kit.throttle import Limit

SCOPE: Final = "community:moderate"
HOUR: Final = 3_600
REPORTS: Final = Limit("reports", 60, HOUR)
"""Reports that one account files."""

Moderator = Annotated[Actor, Depends(having(SCOPE))]
"""Who may decide what stays, in the request's session."""


def posts_limit(tries: int) -> Limit:
    """Posts and drafts that one account writes in an hour."""
    return Limit("posts", tries, HOUR)


def comments_limit(tries: int) -> Limit:
    """Comments that one account writes in an hour."""
    return Limit("comments", tries, HOUR)


def owned_by(actor: Actor) -> ColumnElement[bool]:
    """An API key has nothing of its own."""
    return false() if actor.account_id is None else Post.account_id == actor.account_id


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """What is shown, and one's own; moderators see what was removed, too. Another's draft nobody sees."""
    return or_(Post.published if actor.may(SCOPE) else Post.shown, owned_by(actor))


def comments_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Those on posts that one sees; and one's own wherever they are, so that they can always be deleted."""
    own = false() if actor.account_id is None else Comment.account_id == actor.account_id
    return or_(visible_to(actor), own)


async def _visible(session: RequestSession, caller: SignedIn, post_id: UUID) -> Post:
    post = await queries.post(session, post_id, visible_to(caller))
    if post is None:
        raise NotFound
    return post


async def _own(session: RequestSession, caller: SignedIn, post_id: UUID) -> Post:
    post = await service.held(session, post_id, visible_to(caller))
    if post.account_id != caller.account_id:
        raise NotAllowed("Only its author changes a post.")
    return post


async def _moderated(session: RequestSession, moderator: Moderator, post_id: UUID) -> Post:
    return await service.held(session, post_id, visible_to(moderator))


async def _comment(session: RequestSession, caller: SignedIn, comment_id: UUID) -> Comment:
    return await _held(session, caller, comment_id)


async def _own_comment(comment: Annotated[Comment, Depends(_comment)], caller: SignedIn) -> Comment:
    if comment.account_id != caller.account_id:
        raise NotAllowed("Only its author changes a comment.")
    return comment


async def _withdrawable(session: RequestSession, caller: Caller, comment_id: UUID) -> Comment:
    if caller.account_id is None:
        caller.must(SCOPE)
    comment = await _held(session, caller, comment_id)
    if comment.account_id != caller.account_id:
        caller.must(SCOPE)
    return comment


async def _held(session: RequestSession, caller: Actor, comment_id: UUID) -> Comment:
    shown = Comment.status == CommentStatus.SHOWN
    return await service.held_comment(session, comment_id, shown & comments_visible_to(caller))


VisiblePost = Annotated[Post, Depends(_visible)]
"""A post that the caller may see; 404 for any other."""
OwnPost = Annotated[Post, Depends(_own)]
"""A post of the caller's own, held to be changed; 403 for another's, 404 for one that the caller does not see."""
ModeratedPost = Annotated[Post, Depends(_moderated)]
"""Any post that is no draft, held for a moderator."""
ShownComment = Annotated[Comment, Depends(_comment)]
"""A comment that is shown and that the caller may see, held."""
OwnComment = Annotated[Comment, Depends(_own_comment)]
"""A comment of the caller's own that is shown, held to be changed."""
WithdrawableComment = Annotated[Comment, Depends(_withdrawable)]
"""A comment that is shown, of the caller's own or any for a moderator, held to be withdrawn."""
