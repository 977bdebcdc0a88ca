"""Who calls, and what they may. Every route learns of its caller here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import BackgroundTasks, Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, OAuth2PasswordBearer
from sqlalchemy import ColumnElement, true

from merkato.domains.identity import queries, service
from merkato.domains.identity.errors import SecondFactorNeeded
from merkato.domains.identity.models import Actor, ApiKey, Method, Passkey, granted
from merkato.domains.identity.providers import Issuer, OpenId
from merkato.kit import audit, clock, idempotency, ids, quotas
from merkato.kit.database import Database, Session
from merkato.kit.errors import NotAllowed, NotAuthenticated, NotFound
from merkato.kit.http import SAFE, RequestSession, TheDatabase
from merkato.kit.keys import KeyRing
from merkato.kit.security import token_hash
from merkato.kit.throttle import Limit, Throttle, network_of
from merkato.settings import OWN_ISSUER, Settings

FAILURES: Final = Limit("log-ins-of-an-account", 10, 900)
"""Wrong passwords for one account, from wherever they come; forgotten at a right one."""
FAILURES_OF_AN_ADDRESS: Final = Limit("log-ins-of-an-address", 100, 900)
"""Wrong passwords from one network address, for whatever accounts; an office of many people has one address."""
PROBES: Final = Limit("registrations", 20, 3_600)
"""Registrations from one network address that were refused because the e-mail address or handle was taken."""
RESETS: Final = Limit("password-resets", 30, 3_600)
"""Requests for a new password from one network address; an account has a limit of its own for its mail."""
LOG_INS_ELSEWHERE: Final = Limit("log-ins-elsewhere", 60, 3_600)
"""Log-ins at a provider that were begun from one network address."""
WRONG_TOKENS: Final = Limit("mail-tokens", 30, 900)
"""Tokens from mail that were no good, from one network address."""
CODES: Final = Limit("codes-of-an-account", 10, 3_600)
"""Codes of an app and recovery codes, of one account whose password was right; forgotten at a right one."""

WITHOUT_KEYS: Final = ("/v1/auth/", "/v1/api-keys", "/v1/webhooks", "/v1/me/factors", "/v1/me/passkeys/options")
"""Their answers hold secrets and are never kept for a repeat."""

USER_AGENT_MAX: Final = 200
"""How much of what a program says of itself is kept with its session."""
NO_GOOD: Final = "The access token is malformed, expired, or not ours."
USE_NOTED: Final = timedelta(minutes=1)
"""How exactly it is known when a key was last used; it is not written more often."""

_bearer = OAuth2PasswordBearer(tokenUrl="/v1/auth/tokens", scheme_name="Account", auto_error=False)
_cart = APIKeyHeader(name="Cart-Token", scheme_name="Guest cart", auto_error=False)
_checkout = APIKeyHeader(name="Checkout-Token", scheme_name="Guest checkout", auto_error=False)

Bearer = Annotated[str | None, Depends(_bearer)]
CartToken = Annotated[str | None, Depends(_cart)]
CheckoutToken = Annotated[str | None, Depends(_checkout)]


def claims_of(request: Request, token: str) -> dict[str, Any] | None:
    """The claims of an access token of ours that has not expired, else None."""
    settings: Settings = request.app.state.settings
    ring: KeyRing = request.app.state.key_ring
    return ring.read(token, issuer=OWN_ISSUER, audience=settings.token_audience, now=int(clock.now().timestamp()))


def guest_of(request: Request) -> Actor:
    """The caller by the capability headers alone."""
    cart, checkout = request.headers.get("cart-token"), request.headers.get("checkout-token")
    return Actor(
        cart_token=token_hash(cart) if cart else None,
        checkout_token=token_hash(checkout) if checkout else None,
        address=network_of(request.client.host) if request.client else "",
        user_agent=_shortened(request.headers.get("user-agent", "")),
    )


def _shortened(user_agent: str) -> str:
    return "".join(character for character in user_agent[:USER_AGENT_MAX] if character.isprintable()).strip()


async def identify(request: Request, session: Session, later: BackgroundTasks) -> Actor:
    """The caller, by the request's headers. Raises NotAuthenticated for a token that is no good; none at all is a guest.

    What staff or a key change from here on is written into the audit log as theirs.
    """
    actor = await _identified(request, session, later)
    if actor.api_key_id is not None:
        quotas.recognise(request.scope, "key", str(actor.api_key_id))
    elif actor.account_id is not None:
        quotas.recognise(request.scope, "account", str(actor.account_id))
    if (actor.scopes or actor.withheld or actor.api_key_id) and request.method not in SAFE:
        audit.begin(_act(request, actor))
    return actor


def _act(request: Request, actor: Actor) -> audit.Act:
    route: APIRoute = request.scope["route"]
    named = [(name.removesuffix("_id"), ids.parsed(value)) for name, value in request.path_params.items()]
    subject = next(((name, found) for name, found in named if found is not None), (None, None))
    request_id = str(request.scope.get("request_id", ""))
    return audit.Act(actor.answerable, actor.api_key_id, request_id, request.method, route.path[:200], *subject)


async def _identified(request: Request, session: Session, later: BackgroundTasks) -> Actor:
    guest = guest_of(request)
    authorization = request.headers.get("authorization")
    if authorization is None:
        return guest
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer":
        raise NotAuthenticated(NO_GOOD)
    if token.startswith(service.MARK):
        return await _key(request, session, token, later)
    claims = claims_of(request, token)
    if claims is None:
        found = await _outsider(request, token)
        if found is None:
            raise NotAuthenticated(NO_GOOD)
        # Somebody else's word is no second factor of ours.
        scopes, withheld = demanded(request.app.state.settings, found[1], proven=False)
        return replace(guest, account_id=found[0], scopes=scopes, withheld=withheld)
    return await _member(request, session, guest, claims)


async def _member(request: Request, session: Session, guest: Actor, claims: Mapping[str, Any]) -> Actor:
    """Who holds a token of ours, with what the session and the account are allowed at this moment."""
    try:
        session_id = UUID(claims["sid"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise NotAuthenticated from None
    row = await queries.live_session(session, session_id, clock.now())
    if row is None:
        raise NotAuthenticated("This session has ended.")
    settings: Settings = request.app.state.settings
    may = granted(row.roles, row.scopes, row.defined)
    scopes, withheld = demanded(settings, may, proven=row.method != Method.PASSWORD)
    return replace(guest, account_id=row.id, session_id=session_id, scopes=scopes, withheld=withheld)


def demanded(settings: Settings, scopes: frozenset[str], *, proven: bool) -> tuple[frozenset[str], frozenset[str]]:
    """What somebody may do, and what is withheld until a second factor is proven."""
    return (frozenset(), scopes) if settings.staff_mfa and not proven else (scopes, frozenset())


async def _outsider(request: Request, token: str) -> tuple[UUID, frozenset[str]] | None:
    """Account and scopes of somebody with a token of the issuer beside us; the account is made at first sight.

    The keys may have to be fetched, and an account made, before the request's own session has asked the database for anything: so no
    transaction waits for the issuer, and nobody holds two connections.
    """
    issuer: Issuer | None = request.app.state.issuer
    person = None if issuer is None else await issuer.person(token)
    if person is None:
        return None
    database: Database = request.app.state.database
    async with database.reading() as session:
        row = await queries.outsider(session, person.issuer, person.subject)
    if row is None:
        with audit.unattended():
            await database.run(service.admit, person, logging_in=False)
        async with database.reading() as session:
            row = await queries.outsider(session, person.issuer, person.subject)
    if row is None or not row.active or row.protecting:
        # Who has switched a second factor on wants nobody in without it.
        return None
    return row.id, granted(row.roles, row.scopes, row.defined)


async def _key(request: Request, session: Session, secret: str, later: BackgroundTasks) -> Actor:
    moment = clock.now()
    row = await queries.live_key(session, token_hash(secret), moment)
    if row is None:
        raise NotAuthenticated("This API key is not known, has expired, or its maker is no longer active.")
    key_id, maker_id, scopes, used_at, roles, own, defined, proven = row
    if used_at is None or moment - used_at >= USE_NOTED:
        # In a transaction of its own when the answer is sent: a read has none, and a refused change keeps none.
        later.add_task(_note_use, request.app.state.database, key_id)
    settings: Settings = request.app.state.settings
    may, withheld = demanded(settings, granted(roles, own, defined) & frozenset(scopes), proven=proven)
    address = guest_of(request).address
    return Actor(scopes=may, withheld=withheld, address=address, api_key_id=key_id, maker_id=maker_id)


async def _note_use(database: Database, key_id: UUID) -> None:
    moment = clock.now()
    with audit.unattended():
        await database.run(queries.note_use, key_id, moment, moment - USE_NOTED)


async def _caller(
    request: Request,
    session: RequestSession,
    later: BackgroundTasks,
    _bearer: Bearer,
    _cart: CartToken,
    _checkout: CheckoutToken,
) -> Actor:
    actor = await identify(request, session, later)
    if request.method == "POST" and not request.url.path.startswith(WITHOUT_KEYS):
        claim = idempotency.claim(request, actor.name)
        if claim is not None:
            answer = await claim.begin(session)
            if isinstance(answer, idempotency.Answer):
                raise idempotency.Replayed(answer)
            request.scope["held_key"] = (claim, session)
    return actor


async def signed_in(caller: Annotated[Actor, Depends(_caller)]) -> Actor:
    if caller.account_id is None:
        raise caller.without_account()
    return caller


async def _flow_caller(
    request: Request,
    database: TheDatabase,
    later: BackgroundTasks,
    _bearer: Bearer,
    _cart: CartToken,
    _checkout: CheckoutToken,
) -> Actor:
    async with database.reading() as session:
        return await identify(request, session, later)


async def flow_signed_in(caller: Annotated[Actor, Depends(_flow_caller)]) -> Actor:
    return await signed_in(caller)


async def _still(request: Request, database: TheDatabase) -> Callable[[], Awaitable[bool]]:
    async def lives() -> bool:
        async with database.reading() as session:
            try:
                await identify(request, session, BackgroundTasks())
            except NotAuthenticated:
                return False
        return True

    return lives


StillSignedIn = Annotated[Callable[[], Awaitable[bool]], Depends(_still)]
"""Whether the caller's token is still good, and their session and account: for answers that take long."""
Caller = Annotated[Actor, Depends(_caller)]
"""Anyone, known or not, in the request's session."""
SignedIn = Annotated[Actor, Depends(signed_in)]
"""An account, in the request's session."""
FlowSignedIn = Annotated[Actor, Depends(flow_signed_in)]
"""The same, for a route that starts a flow: identified in a session of its own that is closed again."""
FlowCaller = Annotated[Actor, Depends(_flow_caller)]
"""Anyone, for a route that starts a flow."""


async def _guest(request: Request) -> Actor:
    return guest_of(request)


async def _throttle(request: Request) -> Throttle:
    throttle: Throttle = request.app.state.throttle
    return throttle


async def _open_id(request: Request, provider: str) -> OpenId:
    known: dict[str, OpenId] = request.app.state.open_ids
    if provider not in known:
        raise NotFound
    return known[provider]


Guest = Annotated[Actor, Depends(_guest)]
"""Whoever calls, by network address and capability headers alone: no token is looked at."""
TheThrottle = Annotated[Throttle, Depends(_throttle)]
TheProvider = Annotated[OpenId, Depends(_open_id)]
"""The provider of log-ins that the path names."""


DEMANDED: Final[dict[Callable[..., Any], str]] = {}
"""The scope that each dependency of `having` asks for, for the description of the API."""


def having(scope: str, *, flow: bool = False) -> Callable[..., Awaitable[Actor]]:
    """A dependency: an account with this scope, else 401 or 403. `flow` is for a route that starts one, as FlowCaller is."""

    async def allowed(caller: Annotated[Actor, Depends(_flow_caller if flow else _caller)]) -> Actor:
        caller.must(scope)
        return caller

    DEMANDED[allowed] = scope
    return allowed


async def _staff(caller: Annotated[Actor, Depends(signed_in)]) -> Actor:
    if not caller.scopes:
        raise SecondFactorNeeded if caller.withheld else NotAllowed("This is for staff.")
    return caller


def keys_visible_to(actor: Actor) -> ColumnElement[bool]:
    """One's own keys; everybody's for who may change accounts."""
    return true() if actor.may("accounts:write") else ApiKey.account_id == actor.id


def passkeys_owned_by(actor: Actor) -> ColumnElement[bool]:
    return Passkey.account_id == actor.id


SignedInStaff = Annotated[Actor, Depends(_staff)]
"""An account with some scope. A key is refused, so that no key makes another."""


async def _visible_key(session: RequestSession, caller: SignedInStaff, api_key_id: UUID) -> ApiKey:
    key = await queries.api_key(session, api_key_id, keys_visible_to(caller))
    if key is None:
        raise NotFound
    return key


async def _own_passkey(request: Request, session: RequestSession, caller: SignedIn, passkey_id: UUID) -> Passkey:
    lock = request.method not in SAFE
    passkey = await queries.passkey(session, passkey_id, passkeys_owned_by(caller), lock=lock)
    if passkey is None:
        raise NotFound
    return passkey


OwnPasskey = Annotated[Passkey, Depends(_own_passkey)]
VisibleKey = Annotated[ApiKey, Depends(_visible_key)]
AuditReader = Annotated[Actor, Depends(having("audit:read"))]
AccountsAdmin = Annotated[Actor, Depends(having("accounts:write"))]
