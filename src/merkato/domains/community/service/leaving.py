"""What becomes of what somebody said here when they are erased: it goes as if they had deleted it."""

from typing import Final
from uuid import UUID

from merkato.domains.community import queries
from merkato.domains.community.models import CommentStatus
from merkato.domains.community.service.commenting import strip
from merkato.domains.community.service.writing import delete
from merkato.kit.database import Session

LEFT_AT_ONCE: Final = 100


async def forget(session: Session, account_id: UUID) -> bool:
    """Delete an account's posts, comments and votes; whether there is more. Threads below its comments stay. Safe to repeat."""
    held = await queries.hold_touched(session, account_id, LEFT_AT_ONCE)
    await queries.take_votes_back(session, account_id, held)
    for comment in await queries.own_comments(session, account_id, held):
        await strip(session, comment, CommentStatus.DELETED)
    posts = await queries.own_posts(session, account_id, held)
    tags = {tag for post in posts for tag in post.tags}
    for post in posts:
        await delete(session, post)
    await queries.delete_unused(session, tags)
    await queries.empty_reports(session, account_id)
    return len(held) == LEFT_AT_ONCE
