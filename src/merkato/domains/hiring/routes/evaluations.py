"""Evaluations of those who did a job."""

from typing import Any
from uuid import UUID

from fastapi import Response

from merkato.domains.hiring import service
from merkato.domains.hiring.access import AnyJob, OwnJob
from merkato.domains.hiring.errors import AlreadyEvaluated, JobNotAssigned
from merkato.domains.hiring.schemas import EvaluationDraft, EvaluationStats, EvaluationView, ReplyDraft
from merkato.domains.identity.access import SignedIn
from merkato.domains.payments.errors import PaymentUnderWay
from merkato.kit.fields import Reference
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Services for hire")


@routes.get("/v1/jobs/{job_id}/evaluation", response_model=EvaluationView, responses=responses(401, 404, 422))
async def read_evaluation(session: RequestSession, _caller: SignedIn, job_id: UUID) -> EvaluationView:
    """What the owner of a job said about who did it."""
    return await service.read_evaluation(session, job_id)


@routes.post(
    "/v1/jobs/{job_id}/evaluation",
    status_code=201,
    response_model=EvaluationView,
    responses=responses(401, 403, 404, JobNotAssigned, AlreadyEvaluated, PaymentUnderWay, 422),
)
async def evaluate_job(
    session: RequestSession, job: OwnJob, draft: EvaluationDraft, response: Response
) -> EvaluationView:
    """Evaluate who did one's own job, once: the accepted offer is `completed`, the job `closed`. It moves no money."""
    response.headers["Location"] = f"/v1/jobs/{job.id}/evaluation"
    return await service.evaluate(session, job, draft)


@routes.put(
    "/v1/jobs/{job_id}/evaluation/reply", response_model=EvaluationView, responses=responses(401, 403, 404, 422)
)
async def reply_to_evaluation(
    session: RequestSession, caller: SignedIn, job: AnyJob, draft: ReplyDraft
) -> EvaluationView:
    """Reply to the evaluation of oneself. A second reply replaces the first."""
    return await service.reply(session, caller, job, draft)


@routes.get("/v1/profiles/{handle}/evaluations", response_model=Page[EvaluationView], responses=responses(404, 422))
async def list_evaluations(session: RequestSession, handle: Reference, asked: Asked) -> dict[str, Any]:
    """What was said about somebody, newest first."""
    data, cursor = await service.evaluations(session, handle, asked)
    return {"data": data, "next": cursor}


@routes.get("/v1/profiles/{handle}/evaluations/stats", response_model=EvaluationStats, responses=responses(404, 422))
async def read_evaluation_stats(session: RequestSession, handle: Reference) -> EvaluationStats:
    """What all evaluations of somebody say together; of someone never evaluated, zero counts."""
    return await service.stats(session, handle)
