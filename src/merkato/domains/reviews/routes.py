"""Reviews of products, their moderation, and votes for them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from merkato.domains.identity.access import SignedIn
from merkato.domains.reviews import queries, service
from merkato.domains.reviews.access import ModeratedReview, Moderator, OwnReview, owned_by
from merkato.domains.reviews.errors import AlreadyReviewed, AlreadyVoted, OwnReviewVote, ReviewChanged
from merkato.domains.reviews.models import ReviewStatus
from merkato.domains.reviews.schemas import (
    Decision,
    OwnReviewView,
    Rejection,
    ReviewChange,
    ReviewDraft,
    ReviewSort,
    ReviewStats,
    ReviewView,
)
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Reviews")


@routes.get("/v1/products/{product_id}/reviews", response_model=Page[ReviewView], responses=responses(404, 422))
async def list_reviews(
    session: RequestSession,
    product_id: UUID,
    asked: Asked,
    sort: Annotated[ReviewSort, Query(description="`helpful`: those with the most votes first.")] = "newest",
) -> dict[str, Any]:
    """The approved reviews of a product, newest first unless asked otherwise."""
    await service.demand_product(session, product_id)
    data, cursor = await queries.reviews_of(session, product_id, sort, asked)
    return {"data": data, "next": cursor}


@routes.get("/v1/products/{product_id}/reviews/stats", response_model=ReviewStats, responses=responses(404, 422))
async def read_review_stats(session: RequestSession, product_id: UUID) -> ReviewStats:
    """The average and the counts by star of all approved reviews of a product."""
    return await service.stats(session, product_id)


@routes.post(
    "/v1/products/{product_id}/reviews",
    status_code=201,
    response_model=OwnReviewView,
    responses=responses(401, 404, AlreadyReviewed, 422),
)
async def add_review(
    session: RequestSession, caller: SignedIn, product_id: UUID, draft: ReviewDraft, response: Response
) -> OwnReviewView:
    """Review a product, once. It is shown and counted when staff have approved it."""
    response.headers["Location"] = "/v1/me/reviews"
    return await service.submit(session, caller, product_id, draft)


@routes.get("/v1/me/reviews", response_model=Page[OwnReviewView], responses=responses(401, 422))
async def list_my_reviews(session: RequestSession, caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """One's own reviews of whatever status, newest first."""
    data, cursor = await queries.reviews_by(session, owned_by(caller), asked)
    return {"data": data, "next": cursor}


@routes.get("/v1/reviews", response_model=Page[OwnReviewView], responses=responses(401, 403, 422))
async def list_all_reviews(
    session: RequestSession,
    _staff: Moderator,
    asked: Asked,
    status: Annotated[ReviewStatus | None, Query(description="Absent: of every status.")] = None,
) -> dict[str, Any]:
    """What waits for a decision, or was decided, oldest first. Needs the scope `community:moderate`."""
    data, cursor = await queries.waiting(session, status, asked)
    return {"data": data, "next": cursor}


@routes.patch("/v1/reviews/{review_id}", response_model=OwnReviewView, responses=responses(401, 404, 422))
async def change_review(session: RequestSession, review: OwnReview, change: ReviewChange) -> OwnReviewView:
    """Change some of one's own review. It is no longer shown or counted until it is approved again."""
    return await service.change(session, review, change)


@routes.delete("/v1/reviews/{review_id}", status_code=204, responses=responses(401, 404, 422))
async def remove_review(session: RequestSession, review: OwnReview) -> None:
    """Delete one's own review with its votes."""
    await service.remove(session, review)


@routes.post(
    "/v1/reviews/{review_id}/approve",
    response_model=OwnReviewView,
    responses=responses(401, 403, 404, ReviewChanged, 422),
)
async def approve_review(
    session: RequestSession, review: ModeratedReview, decision: Decision | None = None
) -> OwnReviewView:
    """Show a review and count it. Needs the scope `community:moderate`."""
    version = decision.version if decision else None
    return await service.decide(session, review, ReviewStatus.APPROVED, version=version)


@routes.post(
    "/v1/reviews/{review_id}/reject",
    response_model=OwnReviewView,
    responses=responses(401, 403, 404, ReviewChanged, 422),
)
async def reject_review(
    session: RequestSession, review: ModeratedReview, rejection: Rejection | None = None
) -> OwnReviewView:
    """Neither show nor count a review. Needs the scope `community:moderate`."""
    said = rejection or Rejection()
    return await service.decide(session, review, ReviewStatus.REJECTED, version=said.version, reason=said.reason)


@routes.post(
    "/v1/reviews/{review_id}/votes",
    status_code=201,
    response_model=ReviewView,
    responses=responses(401, 404, AlreadyVoted, OwnReviewVote, 422),
)
async def vote_for_review(session: RequestSession, caller: SignedIn, review_id: UUID) -> ReviewView:
    """Say, once, that another's review is helpful."""
    return await service.vote(session, caller, review_id)


@routes.delete("/v1/reviews/{review_id}/votes", status_code=204, responses=responses(401, 404, 422))
async def take_vote_back(session: RequestSession, caller: SignedIn, review_id: UUID) -> None:
    """Take one's vote back."""
    await service.take_vote_back(session, caller, review_id)
