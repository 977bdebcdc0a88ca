"""Who may see and change jobs: anyone signed in reads a job, its owner changes it, an offer is between its author and the owner."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import ColumnElement

from merkato.domains.hiring import queries
from merkato.domains.hiring.models import Job, Offer
from merkato.domains.identity.access import FlowSignedIn, SignedIn, having
from merkato.domains.identity.models import Actor
from merkato.kit.database import Session
from merkato.kit.errors import NotAllowed, NotFound
from merkato.kit.http import SAFE, RequestSession
from merkato.kit.streams import Follower, Stream

KindsWriter = Annotated[Actor, Depends(having("hiring:write"))]
"""Staff who keep the kinds of jobs, in the request's session."""


PayoutsWriter = Annotated[Actor, Depends(having("payouts:write"))]
PayoutsWriterFlow = Annotated[Actor, Depends(having("payouts:write", flow=True))]
"""Staff who note what was paid out to workers; the second for a route that starts a flow."""


async def _feed(request: Request) -> Stream:
    feed: Stream = request.app.state.job_feed
    return feed


TheFeed = Annotated[Stream, Depends(_feed)]
"""The feed as this process tells it."""


async def _follower(caller: FlowSignedIn, feed: TheFeed) -> AsyncIterator[Follower]:
    async with feed.place(caller.id) as follower:
        yield follower


FeedFollower = Annotated[Follower, Depends(_follower)]
"""The caller's place in the feed, until the answer has ended."""


def owned_by(actor: Actor) -> ColumnElement[bool]:
    return Job.owner_id == actor.id


async def _any(request: Request, session: RequestSession, _caller: SignedIn, job_id: UUID) -> Job:
    job = await queries.job(session, job_id, lock=request.method not in SAFE)
    if job is None:
        raise NotFound
    return job


AnyJob = Annotated[Job, Depends(_any)]
"""A job, which everybody who is signed in may see; locked on unsafe methods, and with it all of its offers."""


def _owns(actor: Actor, job: Job) -> Job:
    if job.owner_id != actor.id:
        raise NotAllowed("Only the owner of the job may do this.")
    return job


async def _own(caller: SignedIn, job: AnyJob) -> Job:
    return _owns(caller, job)


OwnJob = Annotated[Job, Depends(_own)]
"""A job of the caller's own; 403 for others."""


async def _shared(request: Request, session: RequestSession, caller: SignedIn, job: AnyJob, offer_id: UUID) -> Offer:
    offer = await queries.offer(session, job.id, offer_id, lock=request.method not in SAFE)
    if offer is None:
        raise NotFound
    if caller.id not in {job.owner_id, offer.author_id}:
        raise NotAllowed("Only the owner of the job and the author of the offer see it.")
    return offer


SharedOffer = Annotated[Offer, Depends(_shared)]
"""An offer on a job of the caller's, or one that the caller made; 403 for others."""


async def _received(caller: SignedIn, job: AnyJob, offer: SharedOffer) -> Offer:
    _owns(caller, job)
    return offer


def _made_by(actor: Actor, offer: Offer) -> Offer:
    if offer.author_id != actor.id:
        raise NotAllowed("Only the author of the offer may do this.")
    return offer


async def _made(caller: SignedIn, offer: SharedOffer) -> Offer:
    return _made_by(caller, offer)


ReceivedOffer = Annotated[Offer, Depends(_received)]
"""An offer on a job of the caller's own; 403 for its author and others."""
OwnOffer = Annotated[Offer, Depends(_made)]
"""An offer that the caller made; 403 for the job's owner and others."""


async def own_job(session: Session, actor: Actor, job_id: UUID) -> Job:
    """As `OwnJob`, locked, in a transaction of a flow. Raises NotFound, NotAllowed."""
    job = await queries.job(session, job_id, lock=True)
    if job is None:
        raise NotFound
    return _owns(actor, job)


async def own_offer(session: Session, actor: Actor, job_id: UUID, offer_id: UUID) -> tuple[Job, Offer]:
    """As `OwnOffer`, locked with its job, in a transaction of a flow. Raises NotFound, NotAllowed."""
    job = await queries.job(session, job_id, lock=True)
    offer = await queries.offer(session, job_id, offer_id, lock=True) if job else None
    if job is None or offer is None:
        raise NotFound
    return job, _made_by(actor, offer)
