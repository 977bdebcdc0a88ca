"""What of jobs and offers is left when somebody is erased."""

from uuid import UUID

from sqlalchemy import delete, or_, select, true, update

from merkato.domains.hiring.models import Evaluation, Job, JobStatus, Offer, OfferMessage, WorkerStats
from merkato.kit.database import Session


async def empty(session: Session, account_id: UUID, *, agreed: bool) -> None:
    """Remove an account's words, and what was said about it. What is agreed and not done keeps them unless `agreed` says otherwise."""
    settled = select(Job.id).where(true() if agreed else Job.status != JobStatus.ASSIGNED.value)
    blank: dict[str, object] = {
        "title": "Deleted",
        "description": None,
        "place": None,
        "pictures": [],
        "wished_on": [],
        "document": "",
    }
    own = update(Job).where(Job.owner_id == account_id, Job.id.in_(settled))
    await session.execute(own.values(**blank, updated_at=Job.updated_at).execution_options(synchronize_session=False))
    offered = update(Offer).where(Offer.author_id == account_id, Offer.job_id.in_(settled))
    offered = offered.values(message=None, updated_at=Offer.updated_at)
    await session.execute(offered.execution_options(synchronize_session=False))
    of_settled = select(Offer.id).where(Offer.job_id.in_(settled))
    gone = delete(OfferMessage).where(OfferMessage.author_id == account_id, OfferMessage.offer_id.in_(of_settled))
    await session.execute(gone.execution_options(synchronize_session=False))
    said = update(Evaluation).where(or_(Evaluation.author_id == account_id, Evaluation.worker_id == account_id))
    await session.execute(said.values(headline=None, comment=None).execution_options(synchronize_session=False))
    replied = update(Evaluation).where(Evaluation.worker_id == account_id).values(reply=None)
    await session.execute(replied.execution_options(synchronize_session=False))
    await session.execute(delete(WorkerStats).where(WorkerStats.worker_id == account_id))
