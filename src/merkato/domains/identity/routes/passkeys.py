"""One's passkeys."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from merkato.domains.identity import flows, queries, service
from merkato.domains.identity.access import FlowSignedIn, OwnPasskey, SignedIn, passkeys_owned_by
from merkato.domains.identity.errors import (
    PasskeyKnown,
    PasskeyRefused,
    SecondFactorNeeded,
    TooManyPasskeys,
    WrongPassword,
)
from merkato.domains.identity.models import Passkey
from merkato.domains.identity.routes.door import TheDoor
from merkato.domains.identity.schemas import (
    PasskeyChange,
    PasskeyDraft,
    PasskeyOptions,
    PasskeyView,
    PasswordProof,
)
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Identity")


@routes.post(
    "/v1/me/passkeys/options",
    response_model=PasskeyOptions,
    responses=responses(401, WrongPassword, SecondFactorNeeded, TooManyPasskeys, 422, 429),
)
async def ask_for_passkey(
    door: TheDoor, caller: FlowSignedIn, said: PasswordProof, response: Response
) -> PasskeyOptions:
    """Ask what to ask a browser, to make a passkey."""
    response.headers["Cache-Control"] = "no-store"
    return PasskeyOptions(options=await flows.ask_for_passkey(door, caller, said))


@routes.post(
    "/v1/me/passkeys",
    status_code=201,
    response_model=PasskeyView,
    responses=responses(401, SecondFactorNeeded, PasskeyKnown, TooManyPasskeys, 422, PasskeyRefused),
)
async def add_passkey(
    request: Request, session: RequestSession, caller: SignedIn, draft: PasskeyDraft, response: Response
) -> Passkey:
    """Add the passkey that a browser has made of the options. The device must have verified its user (a PIN, a finger, a face)."""
    state = request.app.state
    party = flows.relying_party(state.settings)
    passkey = await service.add_passkey(session, state.secret, caller, party, draft)
    response.headers["Location"] = f"/v1/me/passkeys/{passkey.id}"
    return passkey


@routes.get("/v1/me/passkeys", response_model=Page[PasskeyView], responses=responses(401, 422))
async def list_passkeys(session: RequestSession, caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """One's passkeys, oldest first."""
    data, cursor = await queries.passkeys(session, passkeys_owned_by(caller), asked)
    return {"data": data, "next": cursor}


@routes.get("/v1/me/passkeys/{passkey_id}", response_model=PasskeyView, responses=responses(401, 404, 422))
async def read_passkey(passkey: OwnPasskey) -> Passkey:
    """One of one's passkeys."""
    return passkey


@routes.patch("/v1/me/passkeys/{passkey_id}", response_model=PasskeyView, responses=responses(401, 404, 422))
async def rename_passkey(session: RequestSession, passkey: OwnPasskey, change: PasskeyChange) -> Passkey:
    """Give a passkey another name."""
    return await service.rename_passkey(session, passkey, change)


@routes.delete(
    "/v1/me/passkeys/{passkey_id}",
    status_code=204,
    responses=responses(401, WrongPassword, SecondFactorNeeded, 404, 422, 429),
)
async def remove_passkey(door: TheDoor, caller: FlowSignedIn, passkey_id: UUID, said: PasswordProof) -> None:
    """Delete a passkey, with the password. Nobody signs in by it any more; sessions that it has opened go on."""
    await flows.remove_passkey(door, caller, passkey_id, said)
