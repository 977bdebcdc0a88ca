"""Findings are for staff who see and change orders."""

from house.access.matrix import People, prepares, staff
from merkato.domains.reconciliation import service
from merkato.domains.reconciliation.models import FindingKind
from merkato.domains.reconciliation.schemas import Found
from merkato.kit.ids import new


@prepares("finding_id")
async def finding(people: People) -> str:
    found = Found(new(), {"total": 1200, "currency": "EUR"})
    await people.app.state.database.run(service.note, FindingKind.ORDER_WITHOUT_MONEY, [], [], [found])
    return str((await people.staff.get("/v1/reconciliation?limit=1")).json()["data"][0]["id"])


ROWS = (
    staff("GET /v1/reconciliation"),
    staff("POST /v1/reconciliation/{finding_id}/resolve", body={"note": "Seen to."}),
)
