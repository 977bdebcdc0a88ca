"""What a person may ask about themselves."""

from collections.abc import Iterator
from uuid import UUID

from fastapi.responses import StreamingResponse

from merkato.domains.identity.access import AccountsAdmin, FlowCaller, SignedIn, TheThrottle
from merkato.domains.identity.errors import LastAdmin
from merkato.domains.privacy import flows, service
from merkato.domains.privacy.access import TheSecret
from merkato.domains.privacy.schemas import PersonExport
from merkato.kit.http import RequestSession, TheDatabase, responses, router

routes = router("Privacy")

_CHUNK = 64 * 1024
_HEADERS = {"Content-Disposition": 'attachment; filename="merkato-export.json"', "Cache-Control": "no-store"}


@routes.get("/v1/me/export", response_model=PersonExport, responses=responses(401, 403, 429))
async def export_me(database: TheDatabase, caller: FlowCaller, throttle: TheThrottle) -> StreamingResponse:
    """All that is stored on the account that is signed in, as a file. Five times in an hour."""
    file = await flows.export(database, caller, throttle=throttle)
    return StreamingResponse(_chunks(file), media_type="application/json", headers=_HEADERS)


@routes.delete("/v1/me", status_code=204, responses=responses(401, LastAdmin))
async def delete_me(session: RequestSession, caller: SignedIn, secret: TheSecret) -> None:
    """End one's account, with everything that says whose it was. Past orders stay in the shop's books, without name and address.

    What is not paid is cancelled. An order that is under way keeps its address until it has arrived.
    """
    await service.erase_me(session, secret, caller)


@routes.delete("/v1/accounts/{account_id}", status_code=204, responses=responses(401, 403, 404, LastAdmin, 422))
async def delete_account(session: RequestSession, admin: AccountsAdmin, account_id: UUID, secret: TheSecret) -> None:
    """End somebody's account, as they could themselves. Needs the scope `accounts:write`. The last active admin stays."""
    await service.erase(session, secret, account_id, by=admin.answerable)


def _chunks(file: flows.Written) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
