"""Everybody who calls beside the five that a row names: guests, staff and keys of one scope, and credentials that are no good."""

import base64
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import httpx
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from house.access.matrix import CALLERS, People
from make import accounts, orders
from make.answers import made
from merkato.domains.identity import access
from merkato.domains.identity.models import SCOPES
from merkato.kit import clock, ids, keys

Client = httpx.AsyncClient
DAY: Final = timedelta(days=1)
LOOKS_AT_TOKENS: Final = frozenset({access._caller, access._flow_caller})

BLIND: Final = {
    "POST /v1/auth/tokens": "the credentials are in the form; a client whose token has expired must get in",
    "POST /v1/auth/revocations": "whoever signs out may hold a token that has expired meanwhile",
    "POST /v1/auth/verifications": "the token of the mail says who it is",
    "POST /v1/auth/password-resets": "whoever has forgotten the password has no token",
    "POST /v1/auth/password-resets/confirm": "the token of the mail says who it is",
    "POST /v1/auth/passkeys/options": "whoever signs in has no token yet",
    "GET /v1/auth/providers": "the same for everybody",
    "POST /v1/auth/providers/{provider}/authorizations": "whoever signs in has no token yet",
    "POST /v1/auth/email-changes/confirm": "the token of the mail says who it is",
    "POST /v1/auth/email-changes/undo": "the token of the mail says who it is",
    "POST /v1/payments/webhooks/{provider}": "the provider's signature over the body says who it is",
    "GET /v1/categories": "the same for everybody",
    "GET /v1/categories/{category}": "the same for everybody",
    "GET /v1/products": "the same for everybody",
    "GET /v1/products/suggestions": "the same for everybody",
    "GET /v1/products/{product_id}/reviews": "the same for everybody",
    "GET /v1/products/{product_id}/reviews/stats": "the same for everybody",
    "GET /v1/profiles/{handle}": "the same for everybody",
    "GET /v1/profiles/{handle}/evaluations": "the same for everybody",
    "GET /v1/profiles/{handle}/evaluations/stats": "the same for everybody",
}
"""Operations under /v1 that look at no token, and why. Every other one answers 401 to a credential that is no good."""


def name_of(route: APIRoute) -> str:
    """As rows name it; no route of ours has two methods besides HEAD."""
    (method,) = (route.methods or set()) - {"HEAD"}
    return f"{method} {route.path}"


def routes_of(app: FastAPI) -> dict[str, APIRoute]:
    """Every operation, page and file that the application answers by a route."""
    return {name_of(route): route for route in app.router.routes if isinstance(route, APIRoute)}


def dependencies(dependant: Dependant) -> set[Any]:
    """Everything that is asked before the route."""
    found = {each.call for each in dependant.dependencies}
    return found.union(*(dependencies(each) for each in dependant.dependencies))


def demanded_by(route: APIRoute) -> str | None:
    """The scope that a route's dependencies ask for."""
    scopes = {access.DEMANDED[call] for call in dependencies(route.dependant) if call in access.DEMANDED}
    assert len(scopes) < 2, f"{route.path} demands two scopes."
    return next(iter(scopes), None)


@dataclass
class Callers:
    """All of them, on one application."""

    app: FastAPI
    stack: AsyncExitStack
    people: People = field(init=False)
    guest: Client = field(init=False)
    worthless: dict[str, str] = field(default_factory=dict)
    """Credentials that are no good, as the Authorization header has them, by what is wrong."""
    _of_scopes: dict[tuple[str, ...], dict[str, Client]] = field(default_factory=dict)

    async def arrive(self) -> None:
        """Let them come, each with an account that nobody had before."""
        clients = {caller: await self.client() for caller in CALLERS}
        for caller in CALLERS[1:]:
            roles = [caller] if caller in {"staff", "admin"} else []
            await accounts.sign_in(self.app, clients[caller], _new(caller), roles)
        self.people = People(app=self.app, **clients)
        self.guest = await self.buyer()
        self.worthless = await self._worthless()

    async def client(self, authorization: str | None = None) -> Client:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = Client(transport=transport, base_url="http://shop.test")
        if authorization is not None:
            client.headers["Authorization"] = authorization
        return await self.stack.enter_async_context(client)

    async def buyer(self) -> Client:
        """A guest who has a cart and a checkout."""
        client = await self.client()
        variant_id = (await orders.product(self.app.state.database, stock=5))["variant_id"]
        await orders.cart(client, (variant_id, 1))
        await orders.checkout(client)
        return client

    async def playing(self, demanded: str | None, scopes: Sequence[str]) -> dict[str, Client]:
        """Everybody who plays a row: `narrowed` and `key` have one of the scopes and nothing else, the deprived all but these."""
        wanted = (demanded,) if demanded else tuple(scopes)
        if wanted not in self._of_scopes:
            self._of_scopes[wanted] = await self._of(wanted)
        named = {caller: getattr(self.people, caller) for caller in CALLERS}
        return named | {"guest": self.guest} | self._of_scopes[wanted]

    async def _of(self, wanted: tuple[str, ...]) -> dict[str, Client]:
        only, rest = list(wanted[:1]), sorted(SCOPES.keys() - set(wanted)) if wanted else []
        return {
            "narrowed": await self._admin(only),
            "deprived": await self._admin(rest),
            "key": await self._key(only or ["catalog:write"]),
            "deprived_key": await self._key(rest or ["catalog:write"]),
        }

    async def _admin(self, scopes: list[str]) -> Client:
        client = await self.client()
        await accounts.sign_in(self.app, client, _new("narrowed"), ["admin"])
        account_id = (await client.get("/v1/me")).json()["id"]
        answer = await self.people.admin.patch(f"/v1/accounts/{account_id}", json={"scopes": scopes})
        assert answer.status_code == 200, answer.text
        return client

    async def _key(self, scopes: list[str]) -> Client:
        return await self.client(
            _bearer((await made(self.people.admin, "/v1/api-keys", name="K", scopes=scopes))["secret"])
        )

    async def _worthless(self) -> dict[str, str]:
        ring, people = self.app.state.key_ring, self.people
        token = people.owner.headers["Authorization"].removeprefix("Bearer ")
        claims = _claims(token)
        alien = keys.KeyRing(json.dumps({"keys": [keys.fresh_signing_key()]}))
        return {
            "nonsense": "Bearer nonsense",
            "another scheme": "Basic YW5uYTpzZWNyZXQ=",
            "an unknown key": _bearer("mk_" + ids.token()),
            "a revoked key": await self._revoked_key(),
            "an expired key": await self._expired_key(),
            "a key of somebody locked": await self._key_of_somebody_locked(),
            "an expired token": _bearer(ring.sign(claims | {"exp": claims["iat"] - 1})),
            "another issuer": _bearer(alien.sign(claims | {"iss": "https://issuer.test"})),
            "another issuer under our name": _bearer(alien.sign(claims)),
            "another audience": _bearer(ring.sign(claims | {"aud": "somebody-else"})),
            "a changed token": _bearer(_changed(token)),
            "an unsigned token": _bearer(_unsigned(token)),
            "an ended session": await self._ended("/v1/auth/revocations"),
            "a deleted account": await self._ended("/v1/me"),
            "a locked account": await self._locked(),
        }

    async def _revoked_key(self) -> str:
        made_up = await made(self.people.staff, "/v1/api-keys", name="K", scopes=["catalog:write"])
        assert (await self.people.staff.delete(f"/v1/api-keys/{made_up['id']}")).status_code == 204
        return _bearer(made_up["secret"])

    async def _expired_key(self) -> str:
        with clock.moved(-2 * DAY):
            end = (clock.now() + DAY).isoformat()
            key = await made(self.people.staff, "/v1/api-keys", name="K", scopes=["catalog:write"], expires_at=end)
        return _bearer(key["secret"])

    async def _key_of_somebody_locked(self) -> str:
        client = await self._signed_in("staff")
        key = await made(client, "/v1/api-keys", name="K", scopes=["catalog:write"])
        await self._lock(client)
        return _bearer(key["secret"])

    async def _ended(self, path: str) -> str:
        client = await self._signed_in()
        header = client.headers["Authorization"]
        said = {"token": header.removeprefix("Bearer ")}
        answer = await (client.delete(path) if path == "/v1/me" else client.post(path, json=said))
        assert answer.status_code == 204, answer.text
        return header

    async def _locked(self) -> str:
        client = await self._signed_in()
        await self._lock(client)
        return client.headers["Authorization"]

    async def _lock(self, client: Client) -> None:
        account_id = (await client.get("/v1/me")).json()["id"]
        answer = await self.people.admin.patch(f"/v1/accounts/{account_id}", json={"active": False})
        assert answer.status_code == 200, answer.text

    async def _signed_in(self, *roles: str) -> Client:
        client = await self.client()
        await accounts.sign_in(self.app, client, _new("somebody"), roles)
        return client


def _new(caller: str) -> str:
    return f"{caller}{ids.new().hex}"


def _bearer(token: str) -> str:
    return f"Bearer {token}"


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(_decoded(token.split(".")[1]))
    return claims


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(claims: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _changed(token: str) -> str:
    """The signature of one token under the claims of another."""
    head, _, signature = token.split(".")
    return f"{head}.{_encoded(_claims(token) | {'sid': str(ids.new())})}.{signature}"


def _unsigned(token: str) -> str:
    return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{token.split('.')[1]}."
