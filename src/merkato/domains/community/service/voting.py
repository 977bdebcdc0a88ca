"""One vote for each account and post, also for a post of one's own."""

from uuid import UUID

from merkato.domains.community import queries
from merkato.domains.community.errors import VoteCounted
from merkato.domains.community.schemas import PostView
from merkato.domains.community.service.writing import held, read
from merkato.domains.identity.models import Actor
from merkato.kit.database import Session
from merkato.kit.errors import NotFound


async def vote(session: Session, actor: Actor, post_id: UUID) -> PostView:
    """Count a vote for a post that is shown. Raises NotFound, VoteCounted."""
    await held(session, post_id, queries.shown())
    if not await queries.insert_vote(session, post_id, actor.id):
        raise VoteCounted
    await queries.count_votes(session, post_id, 1)
    return await read(session, actor, post_id, queries.shown())


async def take_vote_back(session: Session, actor: Actor, post_id: UUID) -> None:
    """Raises NotFound where there is no vote."""
    await held(session, post_id, queries.shown())
    if not await queries.delete_vote(session, post_id, actor.id):
        raise NotFound
    await queries.count_votes(session, post_id, -1)
