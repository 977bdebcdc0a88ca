"""Accounts, signing in, profiles."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import StringConstraints

from merkato.domains.identity import flows, queries, service
from merkato.domains.identity.access import (
    PROBES,
    RESETS,
    WRONG_TOKENS,
    AccountsAdmin,
    AuditReader,
    Bearer,
    Caller,
    FlowCaller,
    Guest,
    SignedIn,
    SignedInStaff,
    TheThrottle,
    VisibleKey,
    claims_of,
    keys_visible_to,
)
from merkato.domains.identity.errors import (
    EmailTaken,
    HandleTaken,
    InvalidGrant,
    InvalidToken,
    LastAdmin,
    ScopesExceeded,
    TooManyApiKeys,
    TooManyMails,
    UnsupportedGrant,
    WeakPassword,
    WrongPassword,
)
from merkato.domains.identity.models import Account, Profile
from merkato.domains.identity.schemas import (
    AccountChange,
    AccountDraft,
    AccountFilters,
    AccountView,
    ApiKeyDraft,
    ApiKeyView,
    ApiKeyWithSecret,
    AuditEntryView,
    AuditFilters,
    EmailWish,
    KeySetView,
    MailedToken,
    MeChange,
    PasswordReset,
    PasswordResetRequest,
    ProfileChange,
    ProfileDraft,
    ProfileView,
    Revocation,
    SessionView,
    Tokens,
)
from merkato.kit.fields import Reference
from merkato.kit.http import RequestSession, TheDatabase, responses, router
from merkato.kit.paging import Asked, Page
from merkato.settings import TheSettings

routes = router("Identity")

_GRANTS = ("password", "refresh_token")
FormText = Annotated[str, StringConstraints(min_length=1, max_length=4_096)]


@routes.post(
    "/v1/accounts",
    status_code=201,
    response_model=AccountView,
    responses=responses(EmailTaken, HandleTaken, 422, WeakPassword, 429),
)
async def register(
    session: RequestSession,
    caller: Caller,
    settings: TheSettings,
    throttle: TheThrottle,
    draft: AccountDraft,
    response: Response,
) -> Account:
    """Register. The account and its public profile are made together; a handle is made from the name if none is sent.

    Passwords that guessing begins with are refused.
    """
    async with throttle.counting(PROBES, caller.address, EmailTaken, HandleTaken):
        account = await service.register(session, draft, shop=settings.shop_name)
    response.headers["Location"] = "/v1/me"
    return account


@routes.post("/v1/auth/tokens", response_model=Tokens, responses=responses(UnsupportedGrant, InvalidGrant, 422, 429))
async def issue_tokens(  # noqa: PLR0913 - the form of RFC 6749.
    request: Request,
    database: TheDatabase,
    settings: TheSettings,
    guest: Guest,
    throttle: TheThrottle,
    grant_type: Annotated[str, Form(max_length=64, examples=["password"])],
    username: Annotated[FormText | None, Form(description="The e-mail address.", examples=["anna@example.com"])] = None,
    password: Annotated[FormText | None, Form(examples=["correct horse battery staple"])] = None,
    refresh_token: Annotated[FormText | None, Form()] = None,
) -> Response:
    """Sign in with e-mail address and password, or get the next tokens for a refresh token.

    A first-party log-in in the shape of OAuth 2 (RFC 6749, sections 4.3 and 6). A refresh token is exchanged once; a second use after 30 seconds
    ends the session. With a `Cart-Token` header the guest's cart becomes the account's. Other form parameters are ignored. After ten wrong
    passwords for an account in 15 minutes, or a hundred from one network address, the answer is 429 for a while, whatever is sent.
    """
    state = request.app.state
    if grant_type == "password" and username and password:
        tokens = await flows.log_in(
            database,
            guest,
            username,
            password,
            settings=settings,
            key_ring=state.key_ring,
            throttle=throttle,
            after=state.after_log_in,
        )
    elif grant_type == "refresh_token" and refresh_token:
        tokens = await flows.refresh(database, refresh_token, settings=settings, key_ring=state.key_ring)
    else:
        raise UnsupportedGrant(error="unsupported_grant_type" if grant_type not in _GRANTS else "invalid_request")
    return JSONResponse(tokens.model_dump(), headers={"Cache-Control": "no-store"})


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


@routes.get("/v1/me", response_model=AccountView, responses=responses(401))
async def read_me(session: RequestSession, caller: SignedIn) -> Account:
    """The account that is signed in."""
    return await service.own_account(session, caller.id)


@routes.patch("/v1/me", response_model=AccountView, responses=responses(401, WrongPassword, 422, WeakPassword, 429))
async def change_me(
    database: TheDatabase, caller: FlowCaller, settings: TheSettings, throttle: TheThrottle, change: MeChange
) -> Account:
    """Change one's own account. A new `password` needs the `current_password`, and ends every session but the one that asks."""
    return await flows.change_me(database, caller, change, throttle=throttle, shop=settings.shop_name)


@routes.post(
    "/v1/me/email",
    status_code=202,
    response_class=Response,
    responses=responses(401, WrongPassword, 422, 429, TooManyMails),
)
async def ask_for_email(database: TheDatabase, caller: FlowCaller, throttle: TheThrottle, wish: EmailWish) -> Response:
    """Ask for another e-mail address. It counts once it has been confirmed with the token that is sent to it.

    The answer is the same whether the address has an account or not; one that has gets no mail.
    """
    await flows.ask_for_email(database, caller, wish, throttle=throttle)
    return Response(status_code=202)


@routes.get("/v1/me/sessions", response_model=Page[SessionView], responses=responses(401, 422))
async def list_sessions(session: RequestSession, caller: SignedIn, asked: Asked) -> dict[str, Any]:
    """Where one is signed in, newest first."""
    data, cursor = await service.own_sessions(session, caller, asked)
    return {"data": data, "next": cursor}


@routes.delete("/v1/me/sessions/{session_id}", status_code=204, responses=responses(401, 404, 422))
async def end_session(session: RequestSession, caller: SignedIn, session_id: UUID) -> None:
    """Sign out somewhere. It acts at once: the session's access tokens are refused from now on."""
    await service.end_session(session, caller, session_id)


@routes.delete("/v1/me", status_code=204, responses=responses(401, LastAdmin))
async def delete_me(session: RequestSession, caller: SignedIn) -> None:
    """End one's account. Every session ends with it; past orders stay in the shop's books."""
    await service.delete_me(session, caller)


@routes.put("/v1/me/profile", response_model=ProfileView, responses=responses(401, HandleTaken, 422))
async def replace_profile(session: RequestSession, caller: SignedIn, draft: ProfileDraft) -> Profile:
    """Write one's whole public profile; what is left out is cleared."""
    return await service.write_profile(session, caller, draft)


@routes.patch("/v1/me/profile", response_model=ProfileView, responses=responses(401, HandleTaken, 422))
async def change_profile(session: RequestSession, caller: SignedIn, change: ProfileChange) -> Profile:
    """Change some of one's public profile."""
    return await service.write_profile(session, caller, change)


@routes.get("/v1/profiles/{handle}", response_model=ProfileView, responses=responses(404, 422))
async def read_profile(session: RequestSession, handle: Reference) -> Profile:
    """What everybody may see of somebody."""
    return await service.profile_of(session, handle)


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


@routes.get("/.well-known/jwks.json", response_model=KeySetView)
async def read_key_set(request: Request) -> Response:
    """The public keys with which our access tokens can be checked (RFC 7517)."""
    return JSONResponse(request.app.state.key_ring.public, headers={"Cache-Control": "public, max-age=300"})
