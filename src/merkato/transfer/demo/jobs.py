"""What the people of the demo hire each other for: each job with its offers and what became of it, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from merkato.domains.hiring import queries, service
from merkato.domains.hiring.models import Offer
from merkato.domains.hiring.schemas import EvaluationDraft, JobDraft, MessageDraft, OfferDraft, OfferView, ReplyDraft
from merkato.domains.identity import queries as identity_queries
from merkato.domains.identity import service as identity
from merkato.domains.identity.models import Actor
from merkato.domains.imports import queries as imports_queries
from merkato.domains.imports import service as imports
from merkato.domains.imports.models import Known
from merkato.kit import clock
from merkato.kit.database import Database, Session

KIND: Final = "demo-job"


async def post(database: Database, stories: Sequence[dict[str, Any]], emails: Mapping[str, str]) -> None:
    """Every job once. `emails` says who is behind each handle."""
    for story in stories:
        await database.run(_told, story, emails)


async def _told(session: Session, story: dict[str, Any], emails: Mapping[str, str]) -> None:
    """Post a job, and let happen what its story says, unless it has been told."""
    if await imports_queries.sources(session, KIND, [story["name"]]):
        return
    people = {handle: await _actor(session, emails[handle]) for handle in {story["owner"], *_authors(story)}}
    owner, today = people[story["owner"]], clock.now().date()
    wished = [(today + timedelta(days=days)).isoformat() for days in story.get("days", ())]
    posted = await service.post(session, owner, JobDraft.model_validate(story["job"] | {"wished_on": wished}))
    job = await queries.job(session, posted.id, lock=True)
    if job is None:
        raise LookupError(story["name"])
    offers: dict[str, Offer] = {}
    for said in story["offers"]:
        draft = OfferDraft.model_validate({name: value for name, value in said.items() if name != "by"})
        made = await service.offer(session, people[said["by"]], job, draft)
        offers[said["by"]] = await _offer(session, made)
    for said in story["messages"]:
        await service.say(session, people[said["by"]], offers[said["to"]], MessageDraft(text=said["text"]))
    if "accepted" in story:
        await service.accept(session, job, offers[story["accepted"]])
        await service.complete(session, owner, job)
        await service.evaluate(session, job, EvaluationDraft.model_validate(story["evaluation"]))
    if "reply" in story:
        await service.reply(session, people[story["accepted"]], job, ReplyDraft(text=story["reply"]))
    await imports.remember(session, KIND, [Known(story["name"], 0, job.id, "", {})])


def _authors(story: dict[str, Any]) -> list[str]:
    return [said["by"] for said in story["offers"]]


async def _actor(session: Session, email: str) -> Actor:
    account = await identity_queries.credentials(session, identity.email_key(email))
    if account is None:
        raise LookupError(email)
    return Actor(account_id=account[0])


async def _offer(session: Session, made: OfferView) -> Offer:
    offer = await queries.offer(session, made.job_id, made.id, lock=True)
    if offer is None:
        raise LookupError(made.id)
    return offer
