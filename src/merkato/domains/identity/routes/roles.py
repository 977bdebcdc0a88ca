"""Roles: what accounts are given together, under a name."""

from typing import Any

from fastapi import Response

from merkato.domains.identity import service
from merkato.domains.identity.access import AccountsAdmin
from merkato.domains.identity.errors import BuiltInRole, RoleInUse, RoleTaken, ScopesExceeded, TooManyRoles
from merkato.domains.identity.models import DefinedRole
from merkato.domains.identity.schemas import RoleChange, RoleDraft, RoleView
from merkato.kit.fields import Reference
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Page

routes = router("Identity")


@routes.get("/v1/roles", response_model=Page[RoleView], responses=responses(401, 403))
async def list_roles(session: RequestSession, _admin: AccountsAdmin) -> dict[str, Any]:
    """All roles: the built-in ones, then the store's own by name; there is no second page. Needs the scope `accounts:write`."""
    return {"data": await service.roles(session), "next": None}


@routes.post(
    "/v1/roles",
    status_code=201,
    response_model=RoleView,
    responses=responses(401, 403, ScopesExceeded, RoleTaken, TooManyRoles, 422),
)
async def add_role(session: RequestSession, admin: AccountsAdmin, draft: RoleDraft, response: Response) -> DefinedRole:
    """Define a role, to be named in the `roles` of accounts. Nobody gives more than they have. Needs the scope `accounts:write`."""
    role = await service.add_role(session, admin, draft)
    response.headers["Location"] = f"/v1/roles/{role.name}"
    return role


@routes.patch(
    "/v1/roles/{name}",
    response_model=RoleView,
    responses=responses(401, 403, ScopesExceeded, 404, BuiltInRole, 422),
)
async def change_role(
    session: RequestSession, admin: AccountsAdmin, name: Reference, change: RoleChange
) -> DefinedRole:
    """Change what a role grants. It acts at once for all who have it. Needs the scope `accounts:write`."""
    return await service.change_role(session, admin, name, change)


@routes.delete("/v1/roles/{name}", status_code=204, responses=responses(401, 403, 404, BuiltInRole, RoleInUse, 422))
async def remove_role(session: RequestSession, _admin: AccountsAdmin, name: Reference) -> None:
    """Delete a role that nobody has. Needs the scope `accounts:write`."""
    await service.remove_role(session, name)
