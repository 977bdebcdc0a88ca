"""What the people of the demo hire each other for: each job with its offers, its money, and what became of it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from merkato.domains.hiring import flows, queries, service
from merkato.domains.hiring.errors import NotPaidHere
from merkato.domains.hiring.models import Job, JobStatus, Offer
from merkato.domains.hiring.schemas import (
    EvaluationDraft,
    JobDraft,
    JobPayment,
    MessageDraft,
    OfferDraft,
    OfferView,
    ReplyDraft,
)
from merkato.domains.identity import queries as identity_queries
from merkato.domains.identity import service as identity
from merkato.domains.identity.models import Actor
from merkato.domains.imports import queries as imports_queries
from merkato.domains.imports import service as imports
from merkato.domains.imports.models import Known
from merkato.domains.payments.errors import AlreadyPaid
from merkato.domains.payments.providers.provider import Providers
from merkato.kit import clock
from merkato.kit.database import Database, Session
from merkato.settings import Settings
from merkato.transfer.demo.orders import PAYMENT, claimed

KIND: Final = "demo-job"


async def post(
    database: Database,
    settings: Settings,
    providers: Providers,
    stories: Sequence[dict[str, Any]],
    emails: Mapping[str, str],
) -> None:
    """Every job once: what was agreed is paid by the same flow that every owner goes through, and what came of it is told behind that."""
    for story in stories:
        job_id = await database.run(_told, story, emails, settings)
        if "accepted" in story:
            owner = await database.run(_actor, emails[story["owner"]])
            await _paid(database, settings, providers, owner, job_id)
        if "evaluation" in story:
            await database.run(_done, story, emails, job_id, settings)


async def _told(session: Session, story: dict[str, Any], emails: Mapping[str, str], settings: Settings) -> UUID:
    """Post a job, and let its people agree as its story says, unless that was done."""
    known = await imports_queries.sources(session, KIND, [story["name"]])
    if known:
        return known[0].target_id
    people = {handle: await _actor(session, emails[handle]) for handle in {story["owner"], *_authors(story)}}
    owner, today = people[story["owner"]], clock.now().date()
    wished = [(today + timedelta(days=days)).isoformat() for days in story.get("days", ())]
    posted = await service.post(session, owner, JobDraft.model_validate(story["job"] | {"wished_on": wished}))
    job = await _job(session, posted.id)
    offers: dict[str, Offer] = {}
    for said in story["offers"]:
        draft = OfferDraft.model_validate({name: value for name, value in said.items() if name != "by"})
        made = await service.offer(session, people[said["by"]], job, draft)
        offers[said["by"]] = await _offer(session, made)
    for said in story["messages"]:
        await service.say(session, people[said["by"]], offers[said["to"]], MessageDraft(text=said["text"]))
    if "accepted" in story:
        await service.accept(session, job, offers[story["accepted"]], settings=settings)
    await imports.remember(session, KIND, [Known(story["name"], 0, job.id, "", {})])
    return job.id


async def _paid(database: Database, settings: Settings, providers: Providers, owner: Actor, job_id: UUID) -> None:
    try:
        claim = claimed(settings, KIND, job_id)
        said = JobPayment(payment=PAYMENT)
        await flows.pay(database, providers, owner, job_id, said, claim=claim, settings=settings)
    except (AlreadyPaid, NotPaidHere):
        return


async def _done(
    session: Session, story: dict[str, Any], emails: Mapping[str, str], job_id: UUID, settings: Settings
) -> None:
    """Say how it was, unless that was said."""
    job = await _job(session, job_id)
    if job.status != JobStatus.ASSIGNED:
        return
    await service.complete(session, job, settings=settings)
    await service.evaluate(session, job, EvaluationDraft.model_validate(story["evaluation"]))
    if "reply" in story:
        worker = await _actor(session, emails[story["accepted"]])
        await service.reply(session, worker, job, ReplyDraft(text=story["reply"]))


def _authors(story: dict[str, Any]) -> list[str]:
    return [said["by"] for said in story["offers"]]


async def _actor(session: Session, email: str) -> Actor:
    account = await identity_queries.credentials(session, identity.email_key(email))
    if account is None:
        raise LookupError(email)
    return Actor(account_id=account[0])


async def _job(session: Session, job_id: UUID) -> Job:
    job = await queries.job(session, job_id, lock=True)
    if job is None:
        raise LookupError(job_id)
    return job


async def _offer(session: Session, made: OfferView) -> Offer:
    offer = await queries.offer(session, made.job_id, made.id, lock=True)
    if offer is None:
        raise LookupError(made.id)
    return offer
