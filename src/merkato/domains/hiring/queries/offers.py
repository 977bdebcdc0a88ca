"""How offers and the messages about them are found and changed."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, any_, func, literal, or_, select, update

from merkato.domains.hiring.models import Job, Offer, OfferMessage, OfferStatus
from merkato.domains.hiring.schemas import OfferMessageView, OfferView
from merkato.domains.identity.models import Profile
from merkato.domains.identity.schemas import ProfileView
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.money import Money, Sum
from merkato.kit.paging import Key, Paging

_NEWEST: Final = Key(Offer.id, descending=True)
_COPIED: Final = set(OfferView.model_fields) - {"price", "amount", "author"}


def _told() -> Select[Offer, Profile]:
    found = select(Offer, Profile).join(Profile, Profile.account_id == Offer.author_id)
    return found.execution_options(populate_existing=True)


def _view(offer: Offer, author: Profile) -> OfferView:
    return OfferView(
        **{field: getattr(offer, field) for field in _COPIED},
        price=Money(amount=offer.price_minor, currency=offer.currency),
        # What it comes to may be more than a price may be.
        amount=Sum(amount=offer.amount_minor, currency=offer.currency),
        author=ProfileView.model_validate(author),
    )


def _seen_by(account_id: UUID) -> ColumnElement[bool]:
    """The offers on one's own jobs, and one's own offers."""
    return or_(Offer.author_id == account_id, Job.owner_id == account_id)


async def offer(session: Session, job_id: UUID, offer_id: UUID, *, lock: bool = False) -> Offer | None:
    """An offer on this job, as it stands now."""
    found = select(Offer).where(Offer.id == offer_id, Offer.job_id == job_id).execution_options(populate_existing=True)
    return await session.scalar(found.with_for_update(key_share=True) if lock else found)


async def accepted(session: Session, job_id: UUID) -> Offer | None:
    """The offer of a job that is accepted, or was completed."""
    taken = Offer.status.in_((OfferStatus.ACCEPTED.value, OfferStatus.COMPLETED.value))
    found = select(Offer).where(Offer.job_id == job_id, taken).execution_options(populate_existing=True)
    return await session.scalar(found)


async def offer_by(session: Session, job_id: UUID, author_id: UUID) -> Offer | None:
    """The offer that somebody has made on a job."""
    found = select(Offer).where(Offer.job_id == job_id, Offer.author_id == author_id)
    return await session.scalar(found.execution_options(populate_existing=True))


async def offer_view(session: Session, offer_id: UUID) -> OfferView:
    """One that is there, as it is told."""
    row = (await session.execute(_told().where(Offer.id == offer_id))).one()
    return _view(row[0], row[1])


async def offers_of(session: Session, job_id: UUID, paging: Paging) -> tuple[list[OfferView], str | None]:
    """Newest first."""
    rows, cursor = await paging.fetch(session, _told().where(Offer.job_id == job_id), _NEWEST)
    return [_view(*row) for row in rows], cursor


async def offers_shown(
    session: Session, job_ids: Sequence[UUID], viewer_id: UUID, *, each: int
) -> dict[UUID, list[OfferView]]:
    """The newest offers of each job that this reader may see, in one statement however many jobs there are."""
    if not job_ids:
        return {}
    place = func.row_number().over(partition_by=Offer.job_id, order_by=Offer.id.desc()).label("place")
    seen = (
        select(Offer.id, place)
        .join(Job, Job.id == Offer.job_id)
        .where(Offer.job_id == any_(literal(list(job_ids), ARRAY(Uuid))), _seen_by(viewer_id))
        .subquery()
    )
    found = _told().join(seen, seen.c.id == Offer.id).where(seen.c.place <= each).order_by(Offer.id.desc())
    shown: dict[UUID, list[OfferView]] = defaultdict(list)
    for row in await session.execute(found):
        shown[row[0].job_id].append(_view(row[0], row[1]))
    return shown


async def reject_others(session: Session, job_id: UUID, *, rejected_for: UUID | None) -> None:
    """Reject what is pending: for the sake of the offer that was accepted, or for good because the job is over."""
    pending = update(Offer).where(Offer.job_id == job_id, Offer.status == OfferStatus.PENDING.value)
    await session.execute(
        pending.values(status=OfferStatus.REJECTED.value, rejected_for=rejected_for, updated_at=clock.now())
    )


async def reopen(session: Session, job_id: UUID, *, rejected_for: UUID) -> None:
    """Let what was rejected for the sake of this offer be pending again."""
    rejected = update(Offer).where(Offer.job_id == job_id, Offer.rejected_for == rejected_for)
    await session.execute(rejected.values(status=OfferStatus.PENDING.value, rejected_for=None, updated_at=clock.now()))


async def count_messages(session: Session, offer_id: UUID) -> int:
    return await session.scalar(select(func.count()).where(OfferMessage.offer_id == offer_id)) or 0


def _messages() -> Select[OfferMessage, Profile]:
    return select(OfferMessage, Profile).join(Profile, Profile.account_id == OfferMessage.author_id)


def _message_view(message: OfferMessage, author: Profile) -> OfferMessageView:
    view = ProfileView.model_validate(author)
    return OfferMessageView(id=message.id, author=view, text=message.text, created_at=message.created_at)


async def message_view(session: Session, message_id: UUID) -> OfferMessageView:
    """One that is there, as it is told."""
    row = (await session.execute(_messages().where(OfferMessage.id == message_id))).one()
    return _message_view(row[0], row[1])


async def messages(session: Session, offer_id: UUID, paging: Paging) -> tuple[list[OfferMessageView], str | None]:
    """Newest first."""
    found = _messages().where(OfferMessage.offer_id == offer_id)
    rows, cursor = await paging.fetch(session, found, Key(OfferMessage.id, descending=True))
    return [_message_view(*row) for row in rows], cursor
