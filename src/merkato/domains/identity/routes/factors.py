"""One's second factor: an authenticator app, and recovery codes."""

from fastapi import Response

from merkato.domains.identity import flows, service
from merkato.domains.identity.access import FlowSignedIn, SignedIn
from merkato.domains.identity.errors import (
    NothingToConfirm,
    SecondFactorNeeded,
    SecondFactorOn,
    WrongCode,
    WrongPassword,
)
from merkato.domains.identity.routes.door import TheDoor
from merkato.domains.identity.schemas import (
    AuthenticatorView,
    CodeProof,
    FactorsView,
    FullProof,
    PasswordProof,
    RecoveryCodesView,
)
from merkato.kit.http import RequestSession, responses, router

routes = router("Identity")

_NO_STORE = "no-store"


@routes.get("/v1/me/factors", response_model=FactorsView, responses=responses(401))
async def read_factors(session: RequestSession, caller: SignedIn) -> FactorsView:
    """What proves who one is, beside the password."""
    return await service.own_factors(session, caller)


@routes.post(
    "/v1/me/factors/totp",
    status_code=201,
    response_model=AuthenticatorView,
    responses=responses(401, WrongPassword, SecondFactorNeeded, SecondFactorOn, 422, 429),
)
async def begin_totp(door: TheDoor, caller: FlowSignedIn, said: PasswordProof, response: Response) -> AuthenticatorView:
    """Get a secret for an authenticator app. It is a second factor once it is confirmed, within an hour; another call begins anew."""
    response.headers.update({"Cache-Control": _NO_STORE, "Location": "/v1/me/factors"})
    return await flows.begin_app(door, caller, said)


@routes.post(
    "/v1/me/factors/totp/confirm",
    response_model=RecoveryCodesView,
    responses=responses(401, WrongCode, SecondFactorNeeded, NothingToConfirm, 422, 429),
)
async def confirm_totp(door: TheDoor, caller: FlowSignedIn, said: CodeProof, response: Response) -> RecoveryCodesView:
    """Switch the second factor on, with a code that the app shows. The recovery codes are shown this once.

    Every other session ends. From now on a log-in by password asks for a code.
    """
    response.headers["Cache-Control"] = _NO_STORE
    return RecoveryCodesView(recovery_codes=await flows.confirm_app(door, caller, said))


@routes.delete(
    "/v1/me/factors/totp", status_code=204, responses=responses(401, WrongPassword, WrongCode, 404, 422, 429)
)
async def remove_totp(door: TheDoor, caller: FlowSignedIn, said: FullProof) -> None:
    """Switch the second factor off, with the password and a code. The recovery codes end with it."""
    await flows.remove_app(door, caller, said)


@routes.post(
    "/v1/me/factors/recovery-codes",
    response_model=RecoveryCodesView,
    responses=responses(401, WrongCode, 404, 422, 429),
)
async def renew_recovery_codes(
    door: TheDoor, caller: FlowSignedIn, said: CodeProof, response: Response
) -> RecoveryCodesView:
    """Get ten new recovery codes, with a code. Those before are no longer good."""
    response.headers["Cache-Control"] = _NO_STORE
    return RecoveryCodesView(recovery_codes=await flows.renew_recovery_codes(door, caller, said))
