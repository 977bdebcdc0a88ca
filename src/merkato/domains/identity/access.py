"""Who calls, and what they may. Every route learns of its caller here."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, OAuth2PasswordBearer

from merkato.domains.identity import queries
from merkato.domains.identity.models import Actor, granted
from merkato.kit import clock, idempotency
from merkato.kit.database import Session
from merkato.kit.errors import NotAuthenticated
from merkato.kit.http import RequestSession, TheDatabase
from merkato.kit.keys import KeyRing
from merkato.kit.security import token_hash
from merkato.kit.throttle import Limit, Throttle, network_of
from merkato.settings import Settings

FAILURES: Final = Limit("log-ins-of-an-account", 10, 900)
"""Wrong passwords for one account, from wherever they come; forgotten at a right one."""
FAILURES_OF_AN_ADDRESS: Final = Limit("log-ins-of-an-address", 100, 900)
"""Wrong passwords from one network address, for whatever accounts; an office of many people has one address."""
PROBES: Final = Limit("registrations", 20, 3_600)
"""Registrations from one network address that were refused because the e-mail address or handle was taken."""
RESETS: Final = Limit("password-resets", 30, 3_600)
"""Requests for a new password from one network address; an account has a limit of its own for its mail."""
WRONG_TOKENS: Final = Limit("mail-tokens", 30, 900)
"""Tokens from mail that were no good, from one network address."""

WITHOUT_KEYS: Final = ("/v1/auth/", "/v1/api-keys", "/v1/webhooks")
"""Their answers hold secrets and are never kept for a repeat."""

USER_AGENT_MAX: Final = 200
"""How much of what a program says of itself is kept with its session."""

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
    return ring.read(
        token, issuer=settings.token_issuer, audience=settings.token_audience, now=int(clock.now().timestamp())
    )


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


async def identify(request: Request, session: Session) -> Actor:
    """The caller, by the request's headers. Raises NotAuthenticated for a token that is no good; none at all is a guest."""
    guest = guest_of(request)
    authorization = request.headers.get("authorization")
    if authorization is None:
        return guest
    scheme, _, token = authorization.partition(" ")
    claims = claims_of(request, token.strip()) if scheme.lower() == "bearer" else None
    if claims is None:
        raise NotAuthenticated("The access token is malformed, expired, or not ours.")
    try:
        session_id = UUID(claims["sid"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise NotAuthenticated from None
    row = await queries.live_session(session, session_id, clock.now())
    if row is None:
        raise NotAuthenticated("This session has ended.")
    return replace(guest, account_id=row.id, session_id=session_id, scopes=granted(row.roles, row.scopes))


async def _caller(
    request: Request, session: RequestSession, _bearer: Bearer, _cart: CartToken, _checkout: CheckoutToken
) -> Actor:
    actor = await identify(request, session)
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
        raise NotAuthenticated
    return caller


async def _flow_caller(
    request: Request, database: TheDatabase, _bearer: Bearer, _cart: CartToken, _checkout: CheckoutToken
) -> Actor:
    async with database.reading() as session:
        return await identify(request, session)


Caller = Annotated[Actor, Depends(_caller)]
"""Anyone, known or not, in the request's session."""
SignedIn = Annotated[Actor, Depends(signed_in)]
"""An account, in the request's session."""
FlowCaller = Annotated[Actor, Depends(_flow_caller)]
"""Anyone, for a route that starts a flow: identified in a session of its own that is closed again."""


async def _guest(request: Request) -> Actor:
    return guest_of(request)


async def _throttle(request: Request) -> Throttle:
    throttle: Throttle = request.app.state.throttle
    return throttle


Guest = Annotated[Actor, Depends(_guest)]
"""Whoever calls, by network address and capability headers alone: no token is looked at."""
TheThrottle = Annotated[Throttle, Depends(_throttle)]


DEMANDED: Final[dict[Callable[..., Any], str]] = {}
"""The scope that each dependency of `having` asks for, for the description of the API."""


def having(scope: str, *, flow: bool = False) -> Callable[..., Awaitable[Actor]]:
    """A dependency: an account with this scope, else 401 or 403. `flow` is for a route that starts one, as FlowCaller is."""

    async def allowed(caller: Annotated[Actor, Depends(_flow_caller if flow else _caller)]) -> Actor:
        caller.must(scope)
        return caller

    DEMANDED[allowed] = scope
    return allowed


AccountsAdmin = Annotated[Actor, Depends(having("accounts:write"))]
