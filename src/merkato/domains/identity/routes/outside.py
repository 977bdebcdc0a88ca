"""Logging in at a provider, and who somebody is elsewhere."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from merkato.domains.identity import flows, queries, service
from merkato.domains.identity.access import FlowSignedIn, Guest, SignedIn, TheProvider
from merkato.domains.identity.errors import (
    AddressNotVerified,
    IdentityTaken,
    InvalidGrant,
    LastWayIn,
    ProviderUnavailable,
    SecondFactorNeeded,
    TooManyIdentities,
    WrongPassword,
)
from merkato.domains.identity.models import OutsideIdentity
from merkato.domains.identity.routes.door import TheDoor
from merkato.domains.identity.schemas import (
    AuthorizationDraft,
    AuthorizationView,
    IdentityDraft,
    IdentityView,
    ProviderView,
)
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Identity")


@routes.get("/v1/auth/providers", response_model=Page[ProviderView])
async def list_providers(request: Request) -> dict[str, Any]:
    """Where one can log in beside here, in the order of the settings. There are few, and one page has all of them."""
    return {"data": list(request.app.state.open_ids.values()), "next": None}


@routes.post(
    "/v1/auth/providers/{provider}/authorizations",
    status_code=201,
    response_model=AuthorizationView,
    responses=responses(404, 422, 429, ProviderUnavailable),
)
async def begin_log_in(
    door: TheDoor, guest: Guest, provider: TheProvider, draft: AuthorizationDraft, response: Response
) -> AuthorizationView:
    """Begin a log-in at a provider (OpenID Connect). Send the browser to `authorization_url`, and keep `state` and `secret` in it.

    The provider sends it back to `redirect_uri` with a `code` and the `state`. End it within ten minutes, once: with `POST /v1/auth/tokens`
    to sign in, or with `POST /v1/me/identities` to let this identity open the account that is signed in.
    """
    response.headers["Cache-Control"] = "no-store"
    return await flows.begin_elsewhere(door, guest, provider, draft.redirect_uri)


@routes.get("/v1/me/identities", response_model=Page[IdentityView], responses=responses(401, 422))
async def list_identities(session: RequestSession, caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """Who one is elsewhere: what opens this account beside its password, oldest first."""
    data, cursor = await queries.identities(session, caller.id, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/me/identities",
    status_code=201,
    response_model=IdentityView,
    responses=responses(
        InvalidGrant,
        WrongPassword,
        SecondFactorNeeded,
        AddressNotVerified,
        IdentityTaken,
        TooManyIdentities,
        422,
        429,
        ProviderUnavailable,
    ),
)
async def link_identity(request: Request, door: TheDoor, caller: FlowSignedIn, draft: IdentityDraft) -> OutsideIdentity:
    """Let a log-in at a provider open this account from now on. The `password` is needed, unless the account has none.

    The account's own address must be verified. An identity that opens the account already is no error.
    """
    return await flows.link(door, caller, draft, request.app.state.open_ids)


@routes.delete("/v1/me/identities/{identity_id}", status_code=204, responses=responses(401, 404, LastWayIn, 422))
async def unlink_identity(session: RequestSession, caller: SignedIn, identity_id: UUID) -> None:
    """Take away an identity: it no longer opens this account. Sessions that it has opened go on; end them at `/v1/me/sessions`."""
    await service.unlink(session, caller, identity_id)
