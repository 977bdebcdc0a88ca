"""What the people of the demo write to each other."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

from merkato.domains.community import service
from merkato.domains.community.schemas import CommentDraft, PostDraft
from merkato.domains.identity import queries as identity_queries
from merkato.domains.identity import service as identity
from merkato.domains.identity.models import Actor
from merkato.domains.imports import queries as imports_queries
from merkato.domains.imports import service as imports
from merkato.domains.imports.models import Known
from merkato.kit.database import Database, Session

KIND: Final = "demo-post"
_DATA: Final = files("merkato.transfer.demo")

Writers = Mapping[str, Actor]
"""By handle."""


async def gather(database: Database, people: Sequence[dict[str, Any]]) -> None:
    """Every post once, with its votes and comments: it is remembered by its name in the transaction that writes it."""
    posts: list[dict[str, Any]] = json.loads((_DATA / "community.json").read_text(encoding="utf-8"))
    for post in posts:
        await database.run(_write, post, people)


async def _write(session: Session, said: Mapping[str, Any], people: Sequence[dict[str, Any]]) -> None:
    if await imports_queries.sources(session, KIND, [said["name"]]):
        return
    writers = {person["handle"]: await _writer(session, person["email"]) for person in people}
    draft = {name: said[name] for name in ("title", "content", "tags", "rating") if name in said}
    post = await service.write(session, writers[said["author"]], PostDraft.model_validate(draft))
    for handle in said["votes"]:
        await service.vote(session, writers[handle], post.id)
    await _answer(session, writers, post.id, None, said["comments"])
    await imports.remember(session, KIND, [Known(said["name"], 0, post.id, "", {})])


async def _writer(session: Session, email: str) -> Actor:
    account = await identity_queries.credentials(session, identity.email_key(email))
    if account is None:
        raise LookupError(email)
    return Actor(account_id=account[0])


async def _answer(
    session: Session, writers: Writers, post_id: UUID, parent_id: UUID | None, said: Sequence[Mapping[str, Any]]
) -> None:
    """Comments, each followed by the answers to it."""
    for each in said:
        draft = CommentDraft(content=each["content"], parent_id=parent_id)
        comment = await service.add_comment(session, writers[each["author"]], post_id, draft)
        await _answer(session, writers, post_id, comment.id, each.get("answers", ()))
