"""Kinds of jobs."""

from typing import Any
from uuid import UUID

from fastapi import Response

from merkato.domains.hiring import queries, service
from merkato.domains.hiring.access import KindsWriter
from merkato.domains.hiring.errors import KindTaken, TooManyKinds
from merkato.domains.hiring.models import JobKind
from merkato.domains.hiring.schemas import KindChange, KindDraft, KindList, KindView
from merkato.domains.identity.access import SignedIn
from merkato.kit.http import RequestSession, responses, router

routes = router("Services for hire")


@routes.get("/v1/job-kinds", response_model=KindList, responses=responses(401, 422))
async def list_job_kinds(session: RequestSession, _caller: SignedIn) -> dict[str, Any]:
    """Every kind of job, by name."""
    return {"data": await queries.kinds(session)}


@routes.post(
    "/v1/job-kinds",
    status_code=201,
    response_model=KindView,
    responses=responses(401, 403, KindTaken, TooManyKinds, 422),
)
async def add_job_kind(session: RequestSession, _staff: KindsWriter, draft: KindDraft, response: Response) -> JobKind:
    """A new kind of job. Needs the scope `hiring:write`."""
    response.headers["Location"] = "/v1/job-kinds"
    return await service.add_kind(session, draft)


@routes.patch("/v1/job-kinds/{kind_id}", response_model=KindView, responses=responses(401, 403, 404, KindTaken, 422))
async def change_job_kind(session: RequestSession, _staff: KindsWriter, kind_id: UUID, change: KindChange) -> JobKind:
    """Rename a kind, or let new jobs no longer have it (`active: false`). Jobs that have it keep it. Needs the scope `hiring:write`."""
    return await service.change_kind(session, kind_id, change)
