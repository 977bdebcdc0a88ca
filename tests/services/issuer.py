"""An OpenID provider and issuer of tokens. Authlib's authorization server judges our requests: the client, the redirection, PKCE, each code once.

What it then says can be made wrong: `twist` changes the claims of the next tokens, `forge` how they are signed.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from merkato.kit import clock, ids
from merkato.settings import Settings
from services.companies import PATIENCE
from services.server import Server

Json = dict[str, Any]

CLIENT: Final = "merkato-shop"
SECRET: Final = "a secret: of ours"
AUDIENCE: Final = "orders"
REDIRECT: Final = "https://shop.example/signed-in"
KEYS: Final[dict[str, Any]] = {
    "RS256": [RSAKey.generate_key(2048, {"kid": f"rsa-{number}"}) for number in range(2)],
    "ES256": [ECKey.generate_key("P-256", {"kid": f"ec-{number}"}) for number in range(2)],
}
"""Made once: an RSA key takes a while."""


@dataclass
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """An authorization code under way."""

    redirect_uri: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    scope: str
    subject: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


class Client(ClientMixin):  # type: ignore[misc]
    """The shop, as it is registered."""

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return REDIRECT

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == REDIRECT

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - Authlib's.
        return method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
    """Keeps codes in the provider's memory."""

    TOKEN_ENDPOINT_AUTH_METHODS: Final = ["client_secret_basic", "client_secret_post"]

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        asked = request.payload.data
        challenge = asked["code_challenge"], asked["code_challenge_method"]
        self.server.provider.codes[code] = Code(
            asked["redirect_uri"], asked["nonce"], *challenge, asked["scope"], request.user
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:  # noqa: ARG002 - Authlib's.
        found: Code | None = self.server.provider.codes.get(code)
        return found

    def delete_authorization_code(self, code: Code) -> None:
        codes = self.server.provider.codes
        self.server.provider.codes = {name: each for name, each in codes.items() if each is not code}

    def authenticate_user(self, code: Code) -> str:
        return code.subject


class _Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's, between Starlette's requests and answers."""

    def __init__(self, provider: "Provider") -> None:
        super().__init__()
        self.provider = provider
        self.register_grant(Grant, [CodeChallenge(required=True)])
        self.register_token_generator("default", self._token)

    def _token(self, **_options: Any) -> Json:
        return {"token_type": "Bearer", "access_token": ids.token(), "expires_in": 300}

    def query_client(self, client_id: str) -> Client | None:
        return Client() if client_id == CLIENT else None

    def save_token(self, token: Json, request: OAuth2Request) -> None:
        code: Code = request.authorization_code
        self.provider.access_tokens[token["access_token"]] = code.subject
        half = create_half_hash(token["access_token"], "RS256").decode()
        told = {"aud": CLIENT, "nonce": code.nonce, "at_hash": half}
        token["id_token"] = self.provider.token(code.subject, **told, **self.provider.claims_of(code.subject))

    def send_signal(self, name: str, *args: Any, **options: Any) -> None:
        pass

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        content = json.dumps(body) if isinstance(body, dict) else body
        return Response(content, status, dict(headers))


class _Request(OAuth2Request):  # type: ignore[misc]
    def __init__(self, request: Request, said: Json) -> None:
        # Authlib asks for TLS, and here nothing leaves the machine.
        super().__init__(request.method, f"https://provider.test{request.url.path}", None, request.headers)
        self.payload = BasicOAuth2Payload(said)
        self._said = said

    @property
    def form(self) -> Json:
        return self._said

    @property
    def args(self) -> Json:
        return self._said


@dataclass
class Provider:
    """A `server` at `url`, to be entered; who comes to log in is `person`, of whom it says what `people` has."""

    server: Server = field(init=False)
    """Where it runs."""
    person: str = "anna"
    people: dict[str, Json] = field(default_factory=dict)
    shown: dict[str, list[Any]] = field(default_factory=lambda: {name: keys[:1] for name, keys in KEYS.items()})
    """The keys that its key set holds; the first of each kind signs."""
    algorithm: str = "RS256"
    configuration: Json = field(default_factory=dict)
    """What its discovery document says differently."""
    told_later: bool = False
    """Whether what it knows of people is told at `/userinfo` only."""
    twist: Json = field(default_factory=dict)
    forge: Callable[[Json, Json], str] | None = None
    cache: str = "max-age=600"
    codes: dict[str, Code] = field(default_factory=dict)
    access_tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    def __post_init__(self) -> None:
        self._server = _Server(self)
        self.server = Server(
            Starlette(
                routes=[
                    Route("/.well-known/openid-configuration", self._discovery),
                    Route("/keys", self._keys),
                    Route("/authorize", self._authorize),
                    Route("/token", self._redeem, methods=["POST"]),
                    Route("/userinfo", self._userinfo),
                ]
            )
        )

    def knows(self, person: str, **claims: Any) -> None:
        """From now on this is who comes to log in, and what is said of them."""
        self.person = person
        self.people[person] = claims

    def claims_of(self, person: str) -> Json:
        return {} if self.told_later else self.people.get(person, {})

    def rotate(self) -> None:
        """Sign with other keys, and show no others."""
        self.shown = {name: [key for key in KEYS[name] if key not in keys] for name, keys in self.shown.items()}

    def token(self, subject: str, *, algorithm: str = "", **claims: Any) -> str:
        """A signed token about somebody; a claim that is None is left out."""
        algorithm = algorithm or self.algorithm
        moment = int(clock.now().timestamp())
        said = {"iss": self.url, "sub": subject, "iat": moment, "exp": moment + 300} | claims | self.twist
        said = {name: value for name, value in said.items() if value is not None}
        key = self.shown[algorithm][0]
        header = {"alg": algorithm, "kid": key.kid}
        return self.forge(header, said) if self.forge else jwt.encode(header, said, key, algorithms=[algorithm])

    def order_token(self, subject: str = "anna", **claims: Any) -> str:
        """An access token for the shop, as `accepting` has it."""
        return self.token(subject, **{"aud": AUDIENCE, **claims})

    async def visit(self, authorization_url: str) -> dict[str, str]:
        """What a browser brings back that was sent there and whose owner has logged in."""
        async with httpx.AsyncClient() as browser:
            answer = await browser.get(authorization_url)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        assert back._replace(query="").geturl() == REDIRECT
        return dict(parse_qsl(back.query))

    async def _discovery(self, _request: Request) -> Response:
        document = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize?tenant=1",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
        }
        return JSONResponse(document | self.configuration, headers={"cache-control": self.cache})

    async def _keys(self, _request: Request) -> Response:
        shown = [key.as_dict(private=False) for keys in self.shown.values() for key in keys]
        other = {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}
        return JSONResponse({"keys": [other, *shown]}, headers={"cache-control": self.cache})

    async def _authorize(self, request: Request) -> Response:
        assert request.query_params["tenant"] == "1"
        assert "openid" in request.query_params["scope"].split()
        asked = _Request(request, dict(request.query_params))
        grant = self._server.get_consent_grant(asked, end_user=self.person)
        made: Response = self._server.create_authorization_response(asked, grant_user=self.person, grant=grant)
        return made

    async def _redeem(self, request: Request) -> Response:
        form = {name: str(value) for name, value in parse_qsl((await request.body()).decode())}
        made: Response = self._server.create_token_response(_Request(request, form))
        return made

    async def _userinfo(self, request: Request) -> Response:
        subject = self.access_tokens[request.headers["authorization"].removeprefix("Bearer ")]
        return JSONResponse({"sub": subject} | self.people.get(subject, {}))


def accepting(settings: Settings, provider: Provider) -> Settings:
    """A shop that takes the provider's access tokens."""
    issuer = {"token_issuer": provider.url, "token_jwks_url": f"{provider.url}/keys", "token_audience": AUDIENCE}
    return Settings(_env_file=None, **(settings.model_dump() | issuer | {"issuer_patience": PATIENCE}))
