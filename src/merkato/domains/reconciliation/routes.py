"""What does not fit together, under `/v1/reconciliation`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from merkato.domains.reconciliation import service
from merkato.domains.reconciliation.access import FindingsReader, FindingsWriter
from merkato.domains.reconciliation.errors import AlreadyResolved
from merkato.domains.reconciliation.models import Finding
from merkato.domains.reconciliation.queries import findings
from merkato.domains.reconciliation.schemas import FindingFilters, FindingView, Resolution
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Reconciliation")


@routes.get("/v1/reconciliation", response_model=Page[FindingView], responses=responses(401, 403, 422))
async def list_findings(
    session: RequestSession, _staff: FindingsReader, asked: Asked, filters: Annotated[FindingFilters, Query()]
) -> dict[str, Any]:
    """Money without an order, orders without money, and what is stuck, newest first. Needs the scope `orders:read`."""
    data, cursor = await findings.findings(session, filters, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/reconciliation/{finding_id}/resolve",
    response_model=FindingView,
    responses=responses(401, 403, 404, AlreadyResolved, 422),
)
async def resolve_finding(
    session: RequestSession, staff: FindingsWriter, finding_id: UUID, resolution: Resolution
) -> Finding:
    """Say what was done about a finding. It comes back only with other figures. Needs the scope `orders:write`."""
    return await service.resolve(session, staff, finding_id, resolution)
