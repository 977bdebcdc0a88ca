"""Signing in and out, and what is proved by mail."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import StringConstraints

from merkato.domains.identity import flows, service
from merkato.domains.identity.access import (
    RESETS,
    WRONG_TOKENS,
    Bearer,
    Guest,
    SignedIn,
    TheThrottle,
    claims_of,
)
from merkato.domains.identity.errors import (
    EmailTaken,
    InvalidGrant,
    InvalidToken,
    MfaRequired,
    NotLinked,
    ProviderUnavailable,
    TooManyMails,
    UnsupportedGrant,
    WeakPassword,
)
from merkato.domains.identity.routes.door import TheDoor
from merkato.domains.identity.schemas import (
    KeySetView,
    MailedToken,
    PasskeyOptions,
    PasswordReset,
    PasswordResetRequest,
    Revocation,
    SessionView,
    Tokens,
    shown_credential,
)
from merkato.kit.http import RequestSession, TheDatabase, responses, router
from merkato.kit.paging import Asked, Page
from merkato.settings import TheSettings

routes = router("Identity")


_GRANTS: Final = ("password", "mfa_otp", "passkey", "authorization_code", "refresh_token")


FormText = Annotated[str, StringConstraints(min_length=1, max_length=4_096)]
FormCode = Annotated[str, StringConstraints(min_length=1, max_length=64)]
FormPasskey = Annotated[str, StringConstraints(max_length=32_768)]


@routes.post(
    "/v1/auth/tokens",
    response_model=Tokens,
    responses=responses(UnsupportedGrant, InvalidGrant, MfaRequired, NotLinked, 422, 429, ProviderUnavailable),
)
async def issue_tokens(  # noqa: PLR0913 - the form of RFC 6749.
    request: Request,
    door: TheDoor,
    guest: Guest,
    grant_type: Annotated[str, Form(max_length=64, examples=["password"])],
    username: Annotated[FormText | None, Form(description="The e-mail address.", examples=["anna@example.com"])] = None,
    password: Annotated[FormText | None, Form(examples=["correct horse battery staple"])] = None,
    mfa_token: Annotated[FormText | None, Form(description="Of the answer `mfa-required`.")] = None,
    otp: Annotated[FormCode | None, Form(description="The code that the app shows, or a recovery code.")] = None,
    credential: Annotated[FormPasskey | None, Form(description="What `credential.toJSON()` of a browser says.")] = None,
    code: Annotated[FormText | None, Form(description="From a provider.")] = None,
    state: Annotated[FormText | None, Form(description="As it came back with the code.")] = None,
    secret: Annotated[FormText | None, Form(description="With which the log-in was begun.")] = None,
    iss: Annotated[FormText | None, Form(description="As it came back with the code, if it did.")] = None,
    refresh_token: Annotated[FormText | None, Form()] = None,
) -> Response:
    """Sign in, with e-mail address and password, with a passkey or at a provider, or get the next tokens for a refresh token.

    A first-party log-in in the shape of OAuth 2 (RFC 6749, sections 4.1, 4.3 and 6). A log-in at a provider begins at
    `POST /v1/auth/providers/{provider}/authorizations` and ends here, once. Where a second factor is on, a right password is answered 401
    `mfa-required` with an `mfa_token`, and `grant_type=mfa_otp` follows. A passkey answers the options of `POST /v1/auth/passkeys/options`. A
    refresh token is exchanged once; a second use after 30 seconds ends the session. With a `Cart-Token` header the guest's cart becomes the
    account's. Other form parameters are ignored. After ten wrong passwords for an account in 15 minutes, ten wrong codes in an hour, or a hundred
    of both from one network address, the answer is 429 for a while, whatever is sent.
    """
    if grant_type == "password" and username and password:
        tokens = await flows.log_in(door, guest, username, password)
    elif grant_type == "mfa_otp" and mfa_token and otp:
        tokens = await flows.log_in_by_code(door, guest, mfa_token, otp)
    elif grant_type == "passkey" and credential:
        tokens = await flows.log_in_by_passkey(door, guest, shown_credential(credential))
    elif grant_type == "authorization_code" and code and state and secret:
        said = flows.Elsewhere(code, state, secret, iss)
        tokens = await flows.log_in_elsewhere(door, guest, said, request.app.state.open_ids)
    elif grant_type == "refresh_token" and refresh_token:
        tokens = await flows.refresh(door.database, refresh_token, settings=door.settings, key_ring=door.key_ring)
    else:
        raise UnsupportedGrant(error="unsupported_grant_type" if grant_type not in _GRANTS else "invalid_request")
    return JSONResponse(tokens.model_dump(), headers={"Cache-Control": "no-store"})


@routes.post("/v1/auth/passkeys/options", response_model=PasskeyOptions)
async def ask_for_log_in(door: TheDoor, response: Response) -> PasskeyOptions:
    """Ask what to ask a browser, to sign in by passkey. Nobody has to say who they are."""
    response.headers["Cache-Control"] = "no-store"
    return PasskeyOptions(options=service.log_in_options(door.secret, flows.relying_party(door.settings)))


@routes.post("/v1/auth/revocations", status_code=204, responses=responses(422))
async def revoke_token(request: Request, session: RequestSession, revocation: Revocation, _bearer: Bearer) -> None:
    """Sign out: end the session of a refresh or access token. 204 for an unknown token too (RFC 7009)."""
    claims = claims_of(request, revocation.token)
    await service.revoke(session, revocation.token, session_id=UUID(claims["sid"]) if claims else None)


@routes.post("/v1/auth/verifications", status_code=204, responses=responses(InvalidToken, 429))
async def verify_email(
    request: Request, session: RequestSession, guest: Guest, throttle: TheThrottle, said: MailedToken
) -> None:
    """Confirm an account's e-mail address with the token of its mail, once."""
    async with throttle.counting(WRONG_TOKENS, guest.address, InvalidToken):
        await service.verify(session, request.app.state.secret, said.token.get_secret_value())


@routes.post("/v1/auth/verifications/send", status_code=204, responses=responses(401, TooManyMails))
async def send_verification(session: RequestSession, caller: SignedIn) -> None:
    """Send the verification mail again. The token of the newest mail is the one that counts; a verified address gets none."""
    await service.ask_to_verify(session, caller.id)


@routes.post("/v1/auth/password-resets", status_code=202, response_class=Response, responses=responses(422, 429))
async def ask_for_password_reset(
    session: RequestSession, guest: Guest, throttle: TheThrottle, said: PasswordResetRequest
) -> Response:
    """Send a mail with which a forgotten password is replaced. The answer is the same whether the address has an account or not."""
    await throttle.spend(RESETS, guest.address)
    await service.ask_for_reset(session, said.email)
    return Response(status_code=202)


@routes.post("/v1/auth/password-resets/confirm", status_code=204, responses=responses(InvalidToken, WeakPassword, 429))
async def reset_password(
    request: Request,
    database: TheDatabase,
    settings: TheSettings,
    guest: Guest,
    throttle: TheThrottle,
    said: PasswordReset,
) -> None:
    """Set a new password with the token of the mail, once, within an hour. Every session ends; the address counts as verified."""
    token, password = said.token.get_secret_value(), said.password.get_secret_value()
    async with throttle.counting(WRONG_TOKENS, guest.address, InvalidToken):
        await flows.reset_password(database, request.app.state.secret, token, password, shop=settings.shop_name)


@routes.post("/v1/auth/email-changes/confirm", status_code=204, responses=responses(InvalidToken, EmailTaken, 429))
async def confirm_email_change(
    request: Request, session: RequestSession, guest: Guest, throttle: TheThrottle, said: MailedToken
) -> None:
    """Give an account its new e-mail address with the token that was sent there, once, within an hour.

    The address before is told, if it was verified, and can undo it for three days.
    """
    async with throttle.counting(WRONG_TOKENS, guest.address, InvalidToken):
        await service.change_email(session, request.app.state.secret, said.token.get_secret_value())


@routes.post("/v1/auth/email-changes/undo", status_code=204, responses=responses(InvalidToken, EmailTaken, 429))
async def undo_email_change(
    request: Request, session: RequestSession, guest: Guest, throttle: TheThrottle, said: MailedToken
) -> None:
    """Give an account back the e-mail address that it had, with the token that was sent there.

    Every session ends, and the password is locked: ask for a new one at `POST /v1/auth/password-resets`.
    """
    async with throttle.counting(WRONG_TOKENS, guest.address, InvalidToken):
        await service.undo_email(session, request.app.state.secret, said.token.get_secret_value())


@routes.get("/v1/me/sessions", response_model=Page[SessionView], responses=responses(401, 422))
async def list_sessions(session: RequestSession, caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """Where one is signed in, newest first."""
    data, cursor = await service.own_sessions(session, caller, asked)
    return {"data": data, "next": cursor}


@routes.delete("/v1/me/sessions/{session_id}", status_code=204, responses=responses(401, 404, 422))
async def end_session(session: RequestSession, caller: SignedIn, session_id: UUID) -> None:
    """Sign out somewhere. It acts at once: the session's access tokens are refused from now on."""
    await service.end_session(session, caller, session_id)


@routes.get("/.well-known/jwks.json", response_model=KeySetView)
async def read_key_set(request: Request) -> Response:
    """The public keys with which our access tokens can be checked (RFC 7517)."""
    return JSONResponse(request.app.state.key_ring.public, headers={"Cache-Control": "public, max-age=300"})
