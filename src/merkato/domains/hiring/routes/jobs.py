"""Jobs under `/v1/jobs`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from merkato.domains.hiring import queries, service
from merkato.domains.hiring.access import OwnJob, owned_by
from merkato.domains.hiring.errors import JobNotOpen, TooManyJobs
from merkato.domains.hiring.schemas import JobChange, JobDraft, JobsWanted, JobView
from merkato.domains.identity.access import SignedIn
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Services for hire")


@routes.get("/v1/jobs", response_model=Page[JobView], responses=responses(401, 422))
async def list_my_jobs(session: RequestSession, caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """One's own jobs of whatever status, newest first."""
    data, cursor = await queries.jobs_of(session, owned_by(caller), caller.id, asked)
    return {"data": data, "next": cursor}


@routes.post("/v1/jobs", status_code=201, response_model=JobView, responses=responses(401, TooManyJobs, 422))
async def post_job(session: RequestSession, caller: SignedIn, draft: JobDraft, response: Response) -> JobView:
    """Post a job. It is open, and belongs to the caller for good."""
    job = await service.post(session, caller, draft)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


@routes.get("/v1/jobs/open", response_model=Page[JobView], responses=responses(401, 422))
async def list_open_jobs(
    request: Request, session: RequestSession, caller: SignedIn, asked: Asked, wanted: Annotated[JobsWanted, Query()]
) -> dict[str, Any]:
    """Everybody's open jobs that fit, newest first."""
    currency = request.app.state.settings.currency
    data, cursor = await queries.open_jobs(session, wanted, caller.id, asked, currency=currency)
    return {"data": data, "next": cursor}


@routes.get("/v1/jobs/{job_id}", response_model=JobView, responses=responses(401, 404, 422))
async def read_job(session: RequestSession, caller: SignedIn, job_id: UUID) -> JobView:
    """A job. Its owner sees all offers, others their own."""
    return await service.read(session, caller, job_id)


@routes.patch("/v1/jobs/{job_id}", response_model=JobView, responses=responses(401, 403, 404, JobNotOpen, 422))
async def change_job(session: RequestSession, caller: SignedIn, job: OwnJob, change: JobChange) -> JobView:
    """Change some of a job while it is open. Offers keep the terms on which they were made."""
    return await service.change(session, caller, job, change)


@routes.delete("/v1/jobs/{job_id}", status_code=204, responses=responses(401, 403, 404, JobNotOpen, 422))
async def remove_job(session: RequestSession, job: OwnJob) -> None:
    """Delete a job while it is open. If there are offers, it is kept as `cancelled` and they are rejected."""
    await service.remove(session, job)
