"""Cancelling gives money back, which the provider is asked for afterwards."""

from uuid import UUID

from pydantic import BaseModel

from merkato.domains.hiring import queries, service
from merkato.domains.hiring.access import own_job, own_offer
from merkato.domains.hiring.flows.paying import carry_on
from merkato.domains.identity.models import Actor
from merkato.domains.payments.providers.provider import Providers
from merkato.kit.database import Database, Session
from merkato.kit.idempotency import LEASE, Answer, Claim, Start
from merkato.settings import Settings


async def cancel(
    database: Database, providers: Providers, actor: Actor, job_id: UUID, *, claim: Claim | None, settings: Settings
) -> Answer:
    """The owner cancels a job; the answer to send. Raises NotFound, NotAllowed, TooLateToCancelJob.

    It stands as soon as it is committed; a provider that cannot be reached is asked again by the sweep.
    """
    begun = await database.run(_cancel, actor, job_id, claim=claim)
    if isinstance(begun, Answer):
        return begun
    if begun is not None:
        await carry_on(database, providers, begun, settings=settings)
    async with database.snapshot() as session:
        job = await service.read(session, actor, job_id)
    return await _told(database, job, claim)


async def cancel_offer(  # noqa: PLR0913 - what a flow needs.
    database: Database,
    providers: Providers,
    actor: Actor,
    job_id: UUID,
    offer_id: UUID,
    *,
    claim: Claim | None,
    settings: Settings,
) -> Answer:
    """The author cancels an accepted offer; the answer to send. Raises NotFound, NotAllowed, OfferNotAccepted."""
    begun = await database.run(_cancel_offer, actor, job_id, offer_id, claim=claim)
    if isinstance(begun, Answer):
        return begun
    if begun is not None:
        await carry_on(database, providers, begun, settings=settings)
    async with database.snapshot() as session:
        offer = await queries.offer_view(session, offer_id)
    return await _told(database, offer, claim)


async def _cancel(session: Session, actor: Actor, job_id: UUID, *, claim: Claim | None) -> UUID | Answer | None:
    """The agreement to go on with, if there is one, or the Answer that this key was given before."""
    begun = await claim.begin(session, lease=LEASE) if claim else Start.FRESH
    if isinstance(begun, Answer):
        return begun
    job = await own_job(session, actor, job_id)
    agreement = await queries.newest(session, job.id)
    if begun is Start.FRESH:
        await service.cancel(session, job)
    return agreement.id if agreement else None


async def _cancel_offer(
    session: Session, actor: Actor, job_id: UUID, offer_id: UUID, *, claim: Claim | None
) -> UUID | Answer | None:
    begun = await claim.begin(session, lease=LEASE) if claim else Start.FRESH
    if isinstance(begun, Answer):
        return begun
    job, offer = await own_offer(session, actor, job_id, offer_id)
    agreement = await queries.agreement(session, offer.id)
    if begun is Start.FRESH:
        await service.cancel_offer(session, job, offer)
    return agreement.id if agreement else None


async def _told(database: Database, view: BaseModel, claim: Claim | None) -> Answer:
    answer = Answer.showing(view)
    if claim is not None:
        await database.run(claim.keep, answer)
    return answer
