"""A provider of log-ins by OpenID Connect: the authorization code flow with PKCE and a nonce. Nothing that it says is taken unchecked."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import structlog
from pydantic import BaseModel, Field

from merkato.domains.identity.errors import InvalidGrant, ProviderUnavailable
from merkato.domains.identity.providers.key_set import Keys, meant_for, timely
from merkato.domains.identity.schemas import OutsidePerson, person_of
from merkato.kit import clock
from merkato.kit.asking import NoAnswer, ask
from merkato.kit.remembered import PAUSE, Remembered, freshness
from merkato.settings.openid import OpenIdProvider

_log = structlog.get_logger("merkato.openid")

_Endpoint = Annotated[str, Field(pattern=r"^https?://[^\s#]+$", max_length=2_000)]
_Said = Annotated[str, Field(max_length=16_384)]


class _Discovered(BaseModel):
    """What is used of the document of OpenID Connect Discovery."""

    issuer: str
    authorization_endpoint: _Endpoint
    token_endpoint: _Endpoint
    jwks_uri: _Endpoint
    userinfo_endpoint: _Endpoint | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False

    @property
    def endpoints(self) -> tuple[str, ...]:
        named = (self.authorization_endpoint, self.token_endpoint, self.jwks_uri, self.userinfo_endpoint)
        return tuple(each for each in named if each is not None)


class _Granted(BaseModel):
    id_token: _Said
    access_token: _Said | None = None


class _Refusal(BaseModel):
    error: Annotated[str, Field(max_length=100)]


class _UserInfo(BaseModel):
    model_config = {"extra": "allow"}
    sub: str


class OpenId:
    """One provider, with what it was registered for. Raises ProviderUnavailable wherever it is asked and cannot be believed."""

    def __init__(self, name: str, registered: OpenIdProvider, *, leeway: int, patience: float) -> None:
        self.name = name
        self.title = registered.title or name.replace("-", " ").capitalize()
        self.redirect_uris = registered.redirect_uris
        self._registered = registered
        self._leeway = leeway
        self.patience = patience
        self._discovered = Remembered(f"configuration of {name}", self._discover)
        self._keys: dict[str, Keys] = {}

    async def close(self) -> None:
        await self._discovered.close()
        for each in self._keys.values():
            await each.close()

    async def authorization_url(self, redirect_uri: str, *, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser to log in."""
        known = await self._configuration()
        url = urlsplit(known.authorization_endpoint)
        asked = {
            "response_type": "code",
            "client_id": self._registered.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._registered.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": _hashed(verifier, 32),
            "code_challenge_method": "S256",
        }
        return url._replace(query=urlencode([*parse_qsl(url.query), *asked.items()])).geturl()

    async def person(
        self, code: str, redirect_uri: str, *, nonce: str, verifier: str, issuer: str | None
    ) -> OutsidePerson:
        """Who has logged in. `issuer` is what came back beside the code. Raises InvalidGrant for what is not of this log-in."""
        known = await self._configuration()
        if issuer is None and known.authorization_response_iss_parameter_supported:
            raise InvalidGrant
        if issuer is not None and issuer != self._registered.issuer:
            raise InvalidGrant
        granted = await self._exchange(known, code, redirect_uri, verifier)
        claims = await self._believed(known, granted)
        if claims.get("nonce") != nonce:
            # A code from another browser's log-in, which somebody has put into this one.
            raise InvalidGrant
        person = person_of(await self._with_address(known, granted, claims))
        if person is None:
            raise self._unavailable("the ID token names nobody")
        return person

    async def _configuration(self) -> _Discovered:
        try:
            return await self._discovered.present()
        except NoAnswer:
            raise ProviderUnavailable(retry_after=PAUSE) from None

    async def _discover(self) -> tuple[_Discovered, int]:
        issuer = self._registered.issuer
        answer = await ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration", patience=self.patience)
        if answer.status != 200:
            raise NoAnswer(str(answer.status))
        known = answer.read(_Discovered)
        if known.issuer != issuer:
            raise NoAnswer("it calls itself another issuer")
        if issuer.startswith("https:") and not all(each.startswith("https:") for each in known.endpoints):
            raise NoAnswer("it names an endpoint without TLS")
        return known, freshness(answer.headers)

    async def _exchange(self, known: _Discovered, code: str, redirect_uri: str, verifier: str) -> _Granted:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers, more = self._proof(known)
        try:
            answer = await ask(
                "POST",
                known.token_endpoint,
                patience=self.patience,
                headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json", **headers},
                content=urlencode(form | more),
            )
            if answer.status == 200:
                return answer.read(_Granted)
            error = answer.read(_Refusal).error
        except NoAnswer as failure:
            raise self._unavailable(str(failure)) from None
        if error == "invalid_grant":
            raise InvalidGrant
        raise self._unavailable(error if error.isascii() and error.isprintable() else "a refusal")

    def _proof(self, known: _Discovered) -> tuple[dict[str, str], dict[str, str]]:
        """By which headers and form fields we show that it is us (RFC 6749, section 2.3.1)."""
        client, secret = self._registered.client_id, self._registered.client_secret
        if secret is None:
            return {}, {"client_id": client}
        if "client_secret_basic" in known.token_endpoint_auth_methods_supported:
            pair = f"{quote(client, safe='')}:{quote(secret.get_secret_value(), safe='')}"
            return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, {}
        return {}, {"client_id": client, "client_secret": secret.get_secret_value()}

    async def _believed(self, known: _Discovered, granted: _Granted) -> dict[str, Any]:
        """The claims of the ID token (OpenID Connect Core, section 3.1.3.7), but for the nonce."""
        keys = self._keys.setdefault(known.jwks_uri, Keys(self.name, known.jwks_uri, patience=self.patience))
        try:
            claims = await keys.claims(granted.id_token)
        except NoAnswer:
            raise ProviderUnavailable(retry_after=PAUSE) from None
        client = self._registered.client_id
        if claims is None:
            raise self._unavailable("no key of its own has signed the ID token")
        if claims.get("iss") != self._registered.issuer:
            raise self._unavailable("the ID token is another issuer's")
        if not meant_for(claims, client) or not _presented_by(claims, client):
            raise self._unavailable("the ID token is for somebody else")
        if claims.get("iat") is None or not timely(claims, clock.now().timestamp(), self._leeway):
            raise self._unavailable("the ID token is not valid now")
        if "at_hash" in claims and not _fits(claims["at_hash"], granted.access_token):
            raise self._unavailable("the access token is not that of the ID token")
        return claims

    async def _with_address(
        self, known: _Discovered, granted: _Granted, claims: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Some providers tell the address only when they are asked for it."""
        wanted = "email" in self._registered.scopes and "email" not in claims
        if not wanted or known.userinfo_endpoint is None or granted.access_token is None:
            return claims
        try:
            answer = await ask(
                "GET",
                known.userinfo_endpoint,
                patience=self.patience,
                headers={"authorization": f"Bearer {granted.access_token}", "accept": "application/json"},
            )
            told = answer.read(_UserInfo) if answer.status == 200 else None
        except NoAnswer as failure:
            raise self._unavailable(str(failure)) from None
        if told is None or told.sub != claims.get("sub"):
            raise self._unavailable("it tells nothing, or of somebody else")
        return {**told.model_dump(), **claims}

    def _unavailable(self, cause: str) -> ProviderUnavailable:
        _log.warning("openid", provider=self.name, cause=cause)
        return ProviderUnavailable(retry_after=PAUSE)


def _presented_by(claims: Mapping[str, Any], client: str) -> bool:
    """A token for several must say that it was issued to us."""
    several = isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1
    return claims.get("azp") == client if several else claims.get("azp", client) == client


def _fits(at_hash: object, access_token: str | None) -> bool:
    if access_token is None or not isinstance(at_hash, str):
        return False
    return hmac.compare_digest(_hashed(access_token, 16).encode(), at_hash.encode("utf-8", "replace"))


def _hashed(text: str, size: int) -> str:
    """The first bytes of a SHA-256, as the specifications write them; both of our algorithms go with it."""
    return (
        base64.urlsafe_b64encode(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:size]).decode().rstrip("=")
    )
