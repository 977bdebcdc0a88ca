"""Accounts for admins, API keys, the audit log."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from merkato.domains.identity import queries, service
from merkato.domains.identity.access import (
    AccountsAdmin,
    AuditReader,
    SignedInStaff,
    VisibleKey,
    keys_visible_to,
)
from merkato.domains.identity.errors import (
    LastAdmin,
    ScopesExceeded,
    TooManyApiKeys,
)
from merkato.domains.identity.models import Account
from merkato.domains.identity.schemas import (
    AccountChange,
    AccountFilters,
    AccountView,
    ApiKeyDraft,
    ApiKeyView,
    ApiKeyWithSecret,
    AuditEntryView,
    AuditFilters,
)
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Identity")


@routes.get("/v1/accounts", response_model=Page[AccountView], responses=responses(401, 403, 422))
async def list_accounts(
    session: RequestSession, _admin: AccountsAdmin, asked: Asked, filters: Annotated[AccountFilters, Query()]
) -> dict[str, Any]:
    """Accounts, oldest first. Needs the scope `accounts:write`."""
    data, cursor = await queries.accounts(session, filters, asked)
    return {"data": data, "next": cursor}


@routes.patch(
    "/v1/accounts/{account_id}",
    response_model=AccountView,
    responses=responses(401, 403, ScopesExceeded, 404, LastAdmin, 422),
)
async def change_account(
    session: RequestSession, admin: AccountsAdmin, account_id: UUID, change: AccountChange
) -> Account:
    """Give or take roles and scopes, or lock an account. It acts at once. Needs the scope `accounts:write`.

    Nobody gives more than they have, and the last active admin stays.
    """
    return await service.change_account(session, admin, account_id, change)


@routes.delete(
    "/v1/accounts/{account_id}/factors", status_code=204, responses=responses(401, 403, ScopesExceeded, 404, 422)
)
async def remove_factors(session: RequestSession, admin: AccountsAdmin, account_id: UUID) -> None:
    """Help somebody who has lost their second factor, the recovery codes and every passkey: all of them are taken away, and their sessions
    end. They sign in by password alone, and are told by mail. Needs the scope `accounts:write`. Be sure who asks you for it.
    """
    await service.remove_factors(session, account_id, giver=admin)


@routes.get("/v1/api-keys", response_model=Page[ApiKeyView], responses=responses(401, 403, 422))
async def list_api_keys(session: RequestSession, staff: SignedInStaff, asked: Asked) -> dict[str, Any]:
    """One's own API keys, oldest first; everybody's with the scope `accounts:write`."""
    data, cursor = await queries.api_keys(session, keys_visible_to(staff), asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/api-keys",
    status_code=201,
    response_model=ApiKeyWithSecret,
    responses=responses(401, 403, ScopesExceeded, TooManyApiKeys, 422),
)
async def add_api_key(
    session: RequestSession, staff: SignedInStaff, draft: ApiKeyDraft, response: Response
) -> dict[str, Any]:
    """Make an API key for a program. For staff, signed in; its `secret` is shown this once. Send it as `Authorization: Bearer mk_...`.

    It may do what its scopes say as long as its maker may, and has nothing of its own: no cart, no orders, no profile.
    """
    key, secret = await service.make_key(session, staff, draft)
    response.headers["Cache-Control"] = "no-store"
    return {**ApiKeyView.model_validate(key).model_dump(), "secret": secret}


@routes.delete("/v1/api-keys/{api_key_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def remove_api_key(session: RequestSession, key: VisibleKey) -> None:
    """Delete an API key. It is refused from the next request on."""
    await service.remove_key(session, key)


@routes.get("/v1/audit", response_model=Page[AuditEntryView], responses=responses(401, 403, 422))
async def list_audit(
    session: RequestSession, _reader: AuditReader, asked: Asked, filters: Annotated[AuditFilters, Query()]
) -> dict[str, Any]:
    """What staff and API keys have changed, newest first. Needs the scope `audit:read`. Nothing alters or deletes an entry."""
    data, cursor = await queries.audit(session, filters, asked)
    return {"data": data, "next": cursor}
