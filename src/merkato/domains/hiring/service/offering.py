"""Offers are made and taken back, and their two sides write to each other."""

from datetime import datetime, timedelta
from typing import Final

from merkato.domains.hiring import queries
from merkato.domains.hiring.errors import (
    AlreadyOffered,
    JobNotOpen,
    OfferEnded,
    OfferNotPending,
    OwnJobOffer,
    TooManyMessages,
    TooManyOffers,
)
from merkato.domains.hiring.events import OfferMade, OfferMessageSent, OfferRescinded
from merkato.domains.hiring.models import (
    MESSAGES_MAX,
    OFFERS_MAX,
    Job,
    JobStatus,
    Offer,
    OfferMessage,
    OfferStatus,
    PriceUnit,
)
from merkato.domains.hiring.schemas import MessageDraft, OfferDraft, OfferMessageView, OfferView
from merkato.domains.identity.models import Actor
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.errors import Invalid
from merkato.kit.events import publish

EXPIRY_MAX: Final = timedelta(days=366)
_ENDED: Final = frozenset({OfferStatus.REJECTED, OfferStatus.CANCELLED})


async def offer(session: Session, actor: Actor, job: Job, draft: OfferDraft) -> OfferView:
    """A new offer on a locked job. Raises OwnJobOffer, JobNotOpen, TooManyOffers, AlreadyOffered, Invalid."""
    if job.owner_id == actor.id:
        raise OwnJobOffer
    if job.status != JobStatus.OPEN:
        raise JobNotOpen
    if await queries.offer_by(session, job.id, actor.id) is not None:
        raise AlreadyOffered
    _refuse_unfit(job, draft, clock.now())
    if job.offers_total >= OFFERS_MAX:
        raise TooManyOffers
    made = Offer(
        job_id=job.id,
        author_id=actor.id,
        message=draft.message,
        price_minor=draft.price.amount if draft.price else job.price_minor,
        currency=job.currency,
        price_unit=job.price_unit,
        quarter_hours=draft.quarter_hours,
        expires_at=draft.expires_at,
    )
    session.add(made)
    await session.flush()
    await queries.count_offers(session, job.id, 1)
    await publish(session, OfferMade(job_id=job.id, offer_id=made.id))
    return await queries.offer_view(session, made.id)


def _refuse_unfit(job: Job, draft: OfferDraft, moment: datetime) -> None:
    """Raises Invalid for what does not fit this job."""
    if draft.price is not None and draft.price.currency != job.currency:
        raise Invalid.field("/price/currency", "currency", f"must be the job's, {job.currency}")
    if job.price_unit == PriceUnit.HOUR and draft.hours is None:
        raise Invalid.field("/hours", "missing", "is needed, for the job is paid by the hour")
    if draft.expires_at is not None and not moment < draft.expires_at <= moment + EXPIRY_MAX:
        raise Invalid.field("/expires_at", "expires_at", "must be in the future, within a year")


async def rescind(session: Session, job: Job, offer: Offer) -> None:
    """Its author takes a pending offer back, and may make another. Raises OfferNotPending."""
    if offer.status != OfferStatus.PENDING:
        raise OfferNotPending
    await session.delete(offer)
    await session.flush()
    await queries.count_offers(session, job.id, -1)
    await publish(session, OfferRescinded(job_id=job.id, offer_id=offer.id))


async def say(session: Session, actor: Actor, offer: Offer, draft: MessageDraft) -> OfferMessageView:
    """One side of a locked offer writes to the other. Raises OfferEnded, TooManyMessages."""
    if offer.status in _ENDED:
        raise OfferEnded
    if await queries.count_messages(session, offer.id) >= MESSAGES_MAX:
        raise TooManyMessages
    message = OfferMessage(offer_id=offer.id, author_id=actor.id, text=draft.text)
    session.add(message)
    await session.flush()
    await publish(session, OfferMessageSent(job_id=offer.job_id, offer_id=offer.id, message_id=message.id))
    return await queries.message_view(session, message.id)
