"""Offers on a job, and the messages about them, under `/v1/jobs/{id}/offers`."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from merkato.domains.hiring import flows, queries, service
from merkato.domains.hiring.access import AnyJob, OwnJob, OwnOffer, ReceivedOffer, SharedOffer
from merkato.domains.hiring.errors import (
    AlreadyOffered,
    JobNotOpen,
    OfferEnded,
    OfferExpired,
    OfferNotAccepted,
    OfferNotPending,
    OwnJobOffer,
    TooManyMessages,
    TooManyOffers,
)
from merkato.domains.hiring.schemas import MessageDraft, OfferDraft, OfferMessageView, OfferView
from merkato.domains.identity.access import FlowSignedIn, SignedIn
from merkato.domains.payments.access import TheProviders
from merkato.kit import idempotency
from merkato.kit.http import RequestSession, TheDatabase, responses, router
from merkato.kit.idempotency import StillRunning
from merkato.kit.paging import Asked, Page
from merkato.settings import TheSettings

routes = router("Services for hire")
OFFERS = "/v1/jobs/{job_id}/offers"
OFFER = OFFERS + "/{offer_id}"


@routes.get(OFFERS, response_model=Page[OfferView], responses=responses(401, 403, 404, 422))
async def list_offers(session: RequestSession, job: OwnJob, asked: Asked) -> dict[str, Any]:
    """The offers on one's own job, newest first."""
    data, cursor = await queries.offers_of(session, job.id, asked)
    return {"data": data, "next": cursor}


@routes.post(
    OFFERS,
    status_code=201,
    response_model=OfferView,
    responses=responses(401, 404, OwnJobOffer, AlreadyOffered, JobNotOpen, TooManyOffers, 422),
)
async def make_offer(
    session: RequestSession, caller: SignedIn, job: AnyJob, draft: OfferDraft, response: Response
) -> OfferView:
    """Offer to do somebody's job while it is open, once."""
    offer = await service.offer(session, caller, job, draft)
    response.headers["Location"] = f"/v1/jobs/{job.id}/offers/{offer.id}"
    return offer


@routes.get(OFFER, response_model=OfferView, responses=responses(401, 403, 404, 422))
async def read_offer(session: RequestSession, offer: SharedOffer) -> OfferView:
    """An offer, for the owner of the job and the author of the offer."""
    return await queries.offer_view(session, offer.id)


@routes.delete(OFFER, status_code=204, responses=responses(401, 403, 404, OfferNotPending, 422))
async def rescind_offer(session: RequestSession, job: AnyJob, offer: OwnOffer) -> None:
    """Take one's own offer back while it is pending. It is gone with its messages, and another may be made."""
    await service.rescind(session, job, offer)


@routes.post(
    OFFER + "/accept", response_model=OfferView, responses=responses(401, 403, 404, OfferNotPending, OfferExpired, 422)
)
async def accept_offer(session: RequestSession, settings: TheSettings, job: OwnJob, offer: ReceivedOffer) -> OfferView:
    """Accept a pending offer: the job is `assigned`, and the other pending offers become `rejected`. Its terms are the `agreement`."""
    return await service.accept(session, job, offer, settings=settings)


@routes.post(OFFER + "/reject", response_model=OfferView, responses=responses(401, 403, 404, OfferNotPending, 422))
async def reject_offer(session: RequestSession, job: OwnJob, offer: ReceivedOffer) -> OfferView:
    """Reject a pending offer for good, whatever becomes of the others."""
    return await service.reject(session, job, offer)


@routes.post(
    OFFER + "/cancel",
    response_model=OfferView,
    responses=responses(401, 403, 404, OfferNotAccepted, StillRunning, 422),
)
async def cancel_offer(  # noqa: PLR0913 - what a flow needs.
    request: Request,
    database: TheDatabase,
    providers: TheProviders,
    caller: FlowSignedIn,
    settings: TheSettings,
    job_id: UUID,
    offer_id: UUID,
) -> Response:
    """Cancel one's own accepted offer: the job is `open` again, and what the acceptance had rejected is `pending`.

    What was paid is given back.
    """
    claim = idempotency.claim(request, caller.name)
    answer = await flows.cancel_offer(database, providers, caller, job_id, offer_id, claim=claim, settings=settings)
    return answer.response()


@routes.get(OFFER + "/messages", response_model=Page[OfferMessageView], responses=responses(401, 403, 404, 422))
async def list_offer_messages(session: RequestSession, offer: SharedOffer, asked: Asked) -> dict[str, Any]:
    """What the two sides of an offer have written to each other, newest first. Nobody else sees it."""
    data, cursor = await queries.messages(session, offer.id, asked)
    return {"data": data, "next": cursor}


@routes.post(
    OFFER + "/messages",
    status_code=201,
    response_model=OfferMessageView,
    responses=responses(401, 403, 404, OfferEnded, TooManyMessages, 422),
)
async def send_offer_message(
    session: RequestSession, caller: SignedIn, offer: SharedOffer, draft: MessageDraft, response: Response
) -> OfferMessageView:
    """Write to the other side of an offer."""
    response.headers["Location"] = f"/v1/jobs/{offer.job_id}/offers/{offer.id}/messages"
    return await service.say(session, caller, offer, draft)
