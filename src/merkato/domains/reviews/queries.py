"""How reviews are found, counted and written."""

from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from merkato.domains.identity.models import Profile
from merkato.domains.orders import queries as orders
from merkato.domains.reviews.models import Review, ReviewStatus, Vote
from merkato.domains.reviews.schemas import AuthorView, OwnReviewView, ReviewSort
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging
from merkato.kit.rows import among

_NEWEST: Final = Key(Review.id, descending=True)
_ORDERS: Final[dict[ReviewSort, tuple[Key, ...]]] = {
    "newest": (_NEWEST,),
    "helpful": (Key(Review.helpful, descending=True), _NEWEST),
}
_COPIED: Final = set(OwnReviewView.model_fields) - {"author", "verified_purchase"}


def approved() -> ColumnElement[bool]:
    """What everybody may see, and what counts."""
    return Review.status == ReviewStatus.APPROVED


def _told() -> Select[Review, str, str, bool]:
    """Reviews with what is said of their authors. Whether they bought the product is asked anew each time: orders get cancelled."""
    bought = orders.has_bought(Review.account_id, Review.product_id)
    return select(Review, Profile.handle, Profile.name, bought).join(Profile, Profile.account_id == Review.account_id)


def _view(review: Review, handle: str, name: str, bought: bool) -> OwnReviewView:  # noqa: FBT001 - a row's columns.
    copied = {field: getattr(review, field) for field in _COPIED}
    return OwnReviewView(**copied, author=AuthorView(handle=handle, name=name), verified_purchase=bought)


async def view(session: Session, review_id: UUID) -> OwnReviewView:
    """One that is there, as it is told."""
    found = _told().where(Review.id == review_id).execution_options(populate_existing=True)
    row = (await session.execute(found)).one()
    return _view(row[0], row[1], row[2], row[3])


async def reviews_of(
    session: Session, product_id: UUID, sort: ReviewSort, paging: Paging
) -> tuple[list[OwnReviewView], str | None]:
    """The approved ones of a product."""
    rows, cursor = await paging.fetch(
        session, _told().where(Review.product_id == product_id, approved()), *_ORDERS[sort]
    )
    return [_view(*row) for row in rows], cursor


async def reviews_by(
    session: Session, bound: ColumnElement[bool], paging: Paging
) -> tuple[list[OwnReviewView], str | None]:
    """Somebody's own, newest first."""
    rows, cursor = await paging.fetch(session, _told().where(bound), _NEWEST)
    return [_view(*row) for row in rows], cursor


async def waiting(
    session: Session, status: ReviewStatus | None, paging: Paging
) -> tuple[list[OwnReviewView], str | None]:
    """Of one status or of all, the oldest first: they wait for somebody's decision."""
    found = _told() if status is None else _told().where(Review.status == status)
    rows, cursor = await paging.fetch(session, found, Key(Review.id))
    return [_view(*row) for row in rows], cursor


async def product_of(session: Session, review_id: UUID, bound: ColumnElement[bool]) -> UUID | None:
    """Which product a review within a bound is about; that never changes."""
    return await session.scalar(select(Review.product_id).where(Review.id == review_id, bound))


async def locked(session: Session, review_id: UUID, bound: ColumnElement[bool]) -> Review | None:
    """A review within a bound, as it stands now, locked."""
    found = select(Review).where(Review.id == review_id, bound)
    return await session.scalar(found.with_for_update(key_share=True).execution_options(populate_existing=True))


async def stars(session: Session, product_id: UUID) -> dict[int, int]:
    """How many approved reviews of a product give how many stars."""
    found = select(Review.rating, func.count()).where(Review.product_id == product_id, approved())
    return {row[0]: row[1] for row in await session.execute(found.group_by(Review.rating))}


async def insert_vote(session: Session, review_id: UUID, account_id: UUID) -> bool:
    """Whether it was written; not if there is one already."""
    vote = insert(Vote).values(review_id=review_id, account_id=account_id, created_at=clock.now())
    return await session.scalar(vote.on_conflict_do_nothing().returning(Vote.review_id)) is not None


async def delete_vote(session: Session, review_id: UUID, account_id: UUID) -> bool:
    """Whether there was one."""
    gone = delete(Vote).where(Vote.review_id == review_id, Vote.account_id == account_id)
    return await session.scalar(gone.returning(Vote.review_id)) is not None


async def products_of(session: Session, account_id: UUID) -> list[UUID]:
    """What an account has reviewed."""
    return list(await session.scalars(select(Review.product_id).where(Review.account_id == account_id)))


async def delete_of(session: Session, account_id: UUID) -> set[UUID]:
    """Delete an account's reviews; the products of those that counted."""
    gone = delete(Review).where(Review.account_id == account_id).returning(Review.product_id, Review.status)
    return {row[0] for row in await session.execute(gone) if row[1] == ReviewStatus.APPROVED}


async def delete_votes_of(session: Session, account_id: UUID) -> None:
    """Take an account's votes back, and count them down."""
    voted = select(Vote.review_id).where(Vote.account_id == account_id)
    held = select(Review.id).where(Review.id.in_(voted)).order_by(Review.id).with_for_update(key_share=True)
    await session.execute(held)
    gone = delete(Vote).where(Vote.account_id == account_id).returning(Vote.review_id)
    lost = list(await session.scalars(gone))
    counted = update(Review).where(among(Review.id, lost))
    await session.execute(counted.values(helpful=Review.helpful - 1, updated_at=Review.updated_at))


async def count_helpful(session: Session, review_id: UUID, more: int) -> None:
    """Count votes up or down. For its readers, that is no change of the review."""
    counted = update(Review).where(Review.id == review_id)
    await session.execute(counted.values(helpful=Review.helpful + more, updated_at=Review.updated_at))
