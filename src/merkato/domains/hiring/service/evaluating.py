"""The owner of a job says how it was done, once; who did it may reply."""

from uuid import UUID

from merkato.domains.hiring import queries
from merkato.domains.hiring.errors import AlreadyEvaluated, JobNotAssigned
from merkato.domains.hiring.events import EvaluationReplied, EvaluationWritten
from merkato.domains.hiring.models import AgreementState, Evaluation, Job, JobStatus, OfferStatus
from merkato.domains.hiring.schemas import EvaluationDraft, EvaluationStats, EvaluationView, OverallStats, ReplyDraft
from merkato.domains.hiring.service import announcing
from merkato.domains.hiring.service.finishing import leave_outside
from merkato.domains.identity import service as identity
from merkato.domains.identity.models import Actor
from merkato.domains.payments.errors import PaymentUnderWay
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.errors import NotAllowed, NotFound
from merkato.kit.events import publish
from merkato.kit.paging import Paging


async def read_evaluation(session: Session, job_id: UUID) -> EvaluationView:
    """Raises NotFound where there is none."""
    view = await queries.evaluation_view(session, job_id)
    if view is None:
        raise NotFound
    return view


async def evaluate(session: Session, job: Job, draft: EvaluationDraft) -> EvaluationView:
    """What the owner of a locked job says of who did it. It moves no money: what is held stays so until it is released or given back.

    Raises JobNotAssigned, AlreadyEvaluated, PaymentUnderWay.
    """
    if job.status == JobStatus.CLOSED:
        raise AlreadyEvaluated
    offer = await queries.accepted(session, job.id)
    if offer is None:
        raise JobNotAssigned
    agreement = await queries.agreement(session, offer.id)
    if agreement is not None and agreement.state == AgreementState.PENDING:
        raise PaymentUnderWay
    if agreement is not None and agreement.state == AgreementState.UNPAID:
        leave_outside(agreement)
    offer.become(OfferStatus.COMPLETED)
    job.become(JobStatus.CLOSED)
    evaluation = Evaluation(
        job_id=job.id, offer_id=offer.id, author_id=job.owner_id, worker_id=offer.author_id, **draft.model_dump()
    )
    session.add(evaluation)
    await announcing.changed(session, job)
    await publish(session, EvaluationWritten(job_id=job.id, offer_id=offer.id, evaluation_id=evaluation.id))
    # Last, for those who evaluate the same person wait for each other here.
    await queries.add_to_stats(session, evaluation)
    return await read_evaluation(session, job.id)


async def reply(session: Session, actor: Actor, job: Job, draft: ReplyDraft) -> EvaluationView:
    """What the one who was evaluated replies, instead of what they replied before. Raises NotFound, NotAllowed."""
    evaluation = await queries.evaluation(session, job.id)
    if evaluation is None:
        raise NotFound
    if evaluation.worker_id != actor.id:
        raise NotAllowed("Only the one who was evaluated replies.")
    evaluation.reply, evaluation.replied_at = draft.text, clock.now()
    await session.flush()
    await publish(session, EvaluationReplied(job_id=job.id, evaluation_id=evaluation.id))
    return await read_evaluation(session, job.id)


async def evaluations(session: Session, handle: str, paging: Paging) -> tuple[list[EvaluationView], str | None]:
    """What was said about somebody, newest first. Raises NotFound."""
    profile = await identity.profile_of(session, handle)
    return await queries.evaluations_of(session, profile.account_id, paging)


async def stats(session: Session, handle: str) -> EvaluationStats:
    """What all evaluations of somebody say together; zero counts for who was never evaluated. Raises NotFound."""
    profile = await identity.profile_of(session, handle)
    sums = await queries.stats_of(session, profile.account_id)
    stars = sums.stars if sums else [0] * 6
    count = sum(stars)

    def average(name: str) -> float | None:
        return _average(getattr(sums, f"{name}_sum", 0), getattr(sums, f"{name}_count", 0))

    return EvaluationStats(
        count=count,
        no_shows=sums.no_shows if sums else 0,
        overall=OverallStats(
            average=_average(sum(star * number for star, number in enumerate(stars)), count),
            stars={str(star): number for star, number in enumerate(stars)},
        ),
        professionalism=average("professionalism"),
        completeness=average("completeness"),
        efficiency=average("efficiency"),
    )


def _average(total: int, count: int) -> float | None:
    return round(total / count, 2) if count else None
