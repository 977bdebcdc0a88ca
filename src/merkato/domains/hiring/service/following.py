"""The feed of jobs: what everybody who is signed in is told."""

from datetime import timedelta
from typing import Final

from merkato.domains.hiring import queries
from merkato.domains.hiring.errors import FeedForgotten
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.errors import Invalid
from merkato.kit.streams import Told, event

FORGOTTEN_AT_ONCE: Final = 1_000


async def newest(session: Session) -> int:
    """The last position."""
    return (await queries.feed_bounds(session))[1]


async def told_after(session: Session, position: int, limit: int) -> list[Told]:
    """What was told behind a position, as it goes over the wire, oldest first."""
    return [
        Told(own, event(str(view.id), view.type.value, view.model_dump_json()))
        for own, view in await queries.feed_after(session, position, limit)
    ]


async def position_of(session: Session, event_id: str, *, place: str, name: str) -> int:
    """Where a follower goes on who has seen this event last. Raises Invalid, FeedForgotten."""
    parsed = ids.parsed(event_id)
    position = -1 if parsed is None else ids.number_of(parsed)
    forgotten, last = await queries.feed_bounds(session)
    if not 0 <= position <= last:
        raise Invalid.field(f"/{name}", "event", "is not the id of an event of this feed", place=place)
    if position < forgotten:
        raise FeedForgotten
    return position


async def forget_feed(session: Session, days: int) -> bool:
    """Forget events that are older than so many days. Whether there may be more."""
    before = clock.now() - timedelta(days=days)
    return await queries.forget_feed(session, before, FORGOTTEN_AT_ONCE) == FORGOTTEN_AT_ONCE
