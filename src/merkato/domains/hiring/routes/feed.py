"""The feed of jobs under `/v1/feed/jobs`."""

from typing import Annotated, Any

from fastapi import Header, Query

from merkato.domains.hiring import flows, queries
from merkato.domains.hiring.access import FeedFollower, TheFeed
from merkato.domains.hiring.errors import FeedForgotten
from merkato.domains.hiring.schemas import FeedEventView
from merkato.domains.identity.access import SignedIn, StillSignedIn
from merkato.kit.http import RequestSession, TheDatabase, responses, router
from merkato.kit.paging import Asked, Page
from merkato.kit.streams import StreamResponse

routes = router("Services for hire")

LastEventId = Annotated[
    str | None, Header(alias="Last-Event-ID", description="The `id` of the event that was seen last.")
]
Cursor = Annotated[str | None, Query(max_length=100, description="The same, for who cannot set headers.")]


@routes.get("/v1/feed/jobs", response_model=Page[FeedEventView], responses=responses(401, 422))
async def read_feed(session: RequestSession, _caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """What has happened to anybody's jobs, newest first, each job as it was then."""
    data, cursor = await queries.feed(session, asked)
    return {"data": data, "next": cursor}


@routes.get(
    "/v1/feed/jobs/stream",
    response_class=StreamResponse,
    responses=responses(401, FeedForgotten, 422, 429, 503),
)
async def follow_feed(
    database: TheDatabase,
    feed: TheFeed,
    follower: FeedFollower,
    lives: StillSignedIn,
    last_event_id: LastEventId = None,
    cursor: Cursor = None,
) -> StreamResponse:
    """The same as it happens, oldest first, as server-sent events: from now on, or from behind the event that was seen last."""
    messages = await flows.follow(database, feed, follower, lives, last_event_id=last_event_id, cursor=cursor)
    return StreamResponse(messages)
