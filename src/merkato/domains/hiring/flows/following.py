"""Following the feed of jobs: no connection to the database is held in the meantime."""

from collections.abc import AsyncIterator, Awaitable, Callable

from merkato.domains.hiring import queries, service
from merkato.kit.database import Database
from merkato.kit.streams import Follower, Stream
from merkato.settings import Settings


def build(database: Database, settings: Settings) -> Stream:
    """The feed as this process tells it."""
    return Stream(
        database,
        queries.CHANNEL,
        newest=service.newest,
        after=service.told_after,
        heartbeat=settings.heartbeat_seconds,
        followers_max=settings.followers_max,
        each_max=settings.followers_each_max,
    )


async def follow(
    database: Database,
    stream: Stream,
    follower: Follower,
    lives: Callable[[], Awaitable[bool]],
    *,
    last_event_id: str | None,
    cursor: str | None,
) -> AsyncIterator[bytes]:
    """What is told from now on, or behind an event; the header counts more, for a browser sends it when it comes back.

    Raises Invalid, FeedForgotten.
    """
    after: int | None = None
    if last_event_id or cursor is not None:
        place, name, seen = ("header", "Last-Event-ID", last_event_id) if last_event_id else ("query", "cursor", cursor)
        async with database.reading() as session:
            after = await service.position_of(session, seen or "", place=place, name=name)
    return stream.follow(follower, after, lives)
