"""Who may see and change reviews: anyone sees what is approved, authors change their own, moderators decide."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import ColumnElement, true

from merkato.domains.identity.access import SignedIn, having
from merkato.domains.identity.models import Actor
from merkato.domains.reviews import service
from merkato.domains.reviews.models import Review
from merkato.kit.http import RequestSession

Moderator = Annotated[Actor, Depends(having("community:moderate"))]
"""Staff who may read what waits, and decide, in the request's session."""


def owned_by(actor: Actor) -> ColumnElement[bool]:
    return Review.account_id == actor.id


async def _own(session: RequestSession, caller: SignedIn, review_id: UUID) -> Review:
    return await service.held(session, review_id, owned_by(caller))


async def _any(session: RequestSession, _staff: Moderator, review_id: UUID) -> Review:
    return await service.held(session, review_id, true())


OwnReview = Annotated[Review, Depends(_own)]
"""A review of the caller's own, held to be changed; 404 for anybody else's."""
ModeratedReview = Annotated[Review, Depends(_any)]
"""Any review, held for a moderator's decision."""
