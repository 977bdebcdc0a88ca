"""Posts, comments and reports."""

from typing import Any, Final
from uuid import UUID

import httpx
from sqlalchemy import insert

from make.answers import made
from merkato.domains.community import service
from merkato.domains.community.models import Post
from merkato.domains.community.schemas import PostDraft
from merkato.domains.identity.models import Actor
from merkato.kit import clock, ids
from merkato.kit.database import Database

POST: Final = {"title": "Which grinder?", "content": "I make one cup in the morning."}


async def post(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """A post that is published unless said otherwise."""
    return await made(client, "/v1/posts", **{**POST, **changes})


async def comment(client: httpx.AsyncClient, post_id: str, content: str = "A hand one.", **more: Any) -> dict[str, Any]:
    return await made(client, f"/v1/posts/{post_id}/comments", content=content, **more)


async def report(client: httpx.AsyncClient, path: str, reason: str = "spam", **more: Any) -> dict[str, Any]:
    """A report about a post or comment, by its path."""
    return await made(client, f"{path}/reports", reason=reason, **more)


async def shelf(database: Database, account_ids: list[UUID], number: int) -> None:
    """So many posts that are shown, by these authors in turn, written at once."""
    moment = clock.now()
    said = {**POST, "tags": ["coffee"], "published": True, "shown": True, "published_at": moment}
    counted = {"votes": 0, "comments": 0, "document": "", "plain": ""}
    authors = [account_ids[each % len(account_ids)] for each in range(number)]
    rows = [{"id": ids.new(), "account_id": author, **said, **counted} for author in authors]
    async with database.transaction() as session:
        await session.execute(insert(Post), rows)


async def written_by(database: Database, account_id: UUID, **changes: Any) -> UUID:
    """A post of an account, past the door that counts how many it writes in an hour."""
    async with database.transaction() as session:
        draft = PostDraft.model_validate({**POST, **changes})
        return (await service.write(session, Actor(account_id=account_id), draft)).id
