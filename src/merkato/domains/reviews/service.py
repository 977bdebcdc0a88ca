"""What happens to reviews, inside the caller's transaction.

Whoever changes what counts locks the product first and then the review: the rating is counted anew behind that lock, so that it is right
however many decide at once.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement

from merkato.domains.catalog import queries as products
from merkato.domains.catalog import service as catalog
from merkato.domains.catalog.models import ProductStatus
from merkato.domains.identity.models import Actor
from merkato.domains.reviews import queries
from merkato.domains.reviews.errors import AlreadyVoted, OwnReviewVote, ReviewChanged
from merkato.domains.reviews.models import Review, ReviewStatus
from merkato.domains.reviews.schemas import OwnReviewView, ReviewChange, ReviewDraft, ReviewStats
from merkato.kit.database import Session
from merkato.kit.errors import NotFound


async def demand_product(session: Session, product_id: UUID) -> None:
    """Raises NotFound for a product that is not for sale."""
    product = await products.product(session, product_id)
    if product is None or product.status != ProductStatus.PUBLISHED:
        raise NotFound


async def submit(session: Session, actor: Actor, product_id: UUID, draft: ReviewDraft) -> OwnReviewView:
    """A new review, to be approved before it is shown. Raises NotFound, AlreadyReviewed."""
    await demand_product(session, product_id)
    review = Review(product_id=product_id, account_id=actor.id, **draft.model_dump())
    session.add(review)
    await session.flush()
    return await queries.view(session, review.id)


async def held(session: Session, review_id: UUID, bound: ColumnElement[bool]) -> Review:
    """A review within a bound, with its product locked before it. Raises NotFound."""
    product_id = await queries.product_of(session, review_id, bound)
    if product_id is None:
        raise NotFound
    await catalog.lock(session, [product_id])
    review = await queries.locked(session, review_id, bound)
    if review is None:
        raise NotFound
    return review


async def change(session: Session, review: Review, said: ReviewChange) -> OwnReviewView:
    """What its author changes of a held review is pending again."""
    values = said.sent()
    for name, value in values.items():
        setattr(review, name, value)
    if values:
        review.version += 1
        await _stand(session, review, ReviewStatus.PENDING)
    return await queries.view(session, review.id)


async def remove(session: Session, review: Review) -> None:
    """Delete a held review with its votes."""
    counted = review.status == ReviewStatus.APPROVED
    await session.delete(review)
    await session.flush()
    if counted:
        await _show(session, review.product_id)


async def forget(session: Session, account_id: UUID) -> None:
    """Delete the reviews and votes of somebody who is erased; ratings and votes are counted without them."""
    await catalog.lock(session, await queries.products_of(session, account_id))
    for product_id in sorted(await queries.delete_of(session, account_id)):
        await _show(session, product_id)
    await queries.delete_votes_of(session, account_id)


async def decide(
    session: Session, review: Review, status: ReviewStatus, *, version: int | None, reason: str | None = None
) -> OwnReviewView:
    """Approve or reject a held review; the same decision again changes nothing. Raises ReviewChanged."""
    if version is not None and version != review.version:
        raise ReviewChanged(version=review.version)
    if (review.status, review.rejection_reason) != (status, reason):
        await _stand(session, review, status, reason)
    return await queries.view(session, review.id)


async def vote(session: Session, actor: Actor, review_id: UUID) -> OwnReviewView:
    """Count somebody who found an approved review helpful. Raises NotFound, OwnReviewVote, AlreadyVoted."""
    review = await _lock_shown(session, review_id)
    if review.account_id == actor.id:
        raise OwnReviewVote
    if not await queries.insert_vote(session, review_id, actor.id):
        raise AlreadyVoted
    await queries.count_helpful(session, review_id, 1)
    return await queries.view(session, review_id)


async def take_vote_back(session: Session, actor: Actor, review_id: UUID) -> None:
    """Raises NotFound where there is no vote."""
    await _lock_shown(session, review_id)
    if not await queries.delete_vote(session, review_id, actor.id):
        raise NotFound
    await queries.count_helpful(session, review_id, -1)


async def stats(session: Session, product_id: UUID) -> ReviewStats:
    """What all approved reviews of a product say together. Raises NotFound."""
    await demand_product(session, product_id)
    counts = await queries.stars(session, product_id)
    average, number = _tally(counts)
    return ReviewStats(average=average, count=number, stars={str(star): counts.get(star, 0) for star in range(1, 6)})


async def _lock_shown(session: Session, review_id: UUID) -> Review:
    review = await queries.locked(session, review_id, queries.approved())
    if review is None:
        raise NotFound
    return review


async def _stand(session: Session, review: Review, status: ReviewStatus, reason: str | None = None) -> None:
    """Where a held review stands from now on; the product shows it if that changes what counts."""
    counted = ReviewStatus.APPROVED in {review.status, status}
    review.status, review.rejection_reason = status.value, reason
    await session.flush()
    if counted:
        await _show(session, review.product_id)


async def _show(session: Session, product_id: UUID) -> None:
    average, number = _tally(await queries.stars(session, product_id))
    await catalog.show_rating(session, product_id, average, number)


def _tally(counts: Mapping[int, int]) -> tuple[float, int]:
    """The average to two places, and how many there are, of so many reviews by star."""
    number = sum(counts.values())
    return round(sum(star * each for star, each in counts.items()) / number, 2) if number else 0.0, number
