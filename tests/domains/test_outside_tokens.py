"""Access tokens of an issuer beside our own: checked with the keys that it shows, and each of its people has one account."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode as padded
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from sqlalchemy import func, select

from doors import ClientOf, SignIn
from merkato.domains.identity.models import Account, OutsideIdentity
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.remembered import KEPT, PAUSE
from merkato.settings import Settings
from services.companies import IMPATIENCE, PATIENCE
from services.issuer import KEYS, Json, Provider, accepting
from services.server import HANG, RESET, says

VERIFIED: Json = {"email": "anna@example.com", "email_verified": True, "name": "Anna Example"}


@pytest.fixture
async def settings(settings: Settings, provider: Provider) -> Settings:
    return accepting(settings, provider)


async def ask(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})


async def count(database: Database, kind: type[Account | OutsideIdentity]) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(kind)) or 0


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_a_token_of_the_issuer_is_an_account(
    provider: Provider, client: httpx.AsyncClient, algorithm: str
) -> None:
    first = await ask(client, provider.order_token(algorithm=algorithm, **VERIFIED))
    assert first.status_code == 200, first.text
    assert first.json()["name"] == "Anna Example"
    assert (first.json()["email"], first.json()["email_verified"]) == ("anna@example.com", True)
    assert (first.json()["roles"], first.json()["scopes"]) == (["customer"], None)
    again = await ask(client, provider.order_token(aud=["others", "orders"], scope="accounts:write", roles=["admin"]))
    assert again.json() == first.json()
    assert (await ask(client, provider.order_token("ben"))).json()["id"] != first.json()["id"]


async def test_our_own_tokens_stay_good(sign_in: SignIn, provider: Provider) -> None:
    assert (await (await sign_in()).get("/v1/me")).status_code == 200
    assert provider.server.seen == []


async def test_an_account_of_a_token_may_do_what_customers_may(provider: Provider, client: httpx.AsyncClient) -> None:
    client.headers["Authorization"] = f"Bearer {provider.order_token()}"
    assert (await client.get("/v1/orders")).json() == {"data": [], "next": None}
    assert (await client.put("/v1/me/profile", json={"handle": "anna", "name": "Anna"})).status_code == 200
    assert (await client.get("/v1/me/sessions")).json()["data"] == []
    assert (await client.get("/v1/accounts")).status_code == 403
    assert (await client.post("/v1/auth/revocations", json={"token": provider.order_token()})).status_code == 204
    listed = (await client.get("/v1/me/identities")).json()["data"]
    assert [(each["issuer"], each["subject"]) for each in listed] == [(provider.url, "anna")]
    last = await client.delete(f"/v1/me/identities/{listed[0]['id']}")
    assert (last.status_code, last.json()["code"]) == (409, "last-way-in")


async def test_first_requests_at_once_make_one_account(
    provider: Provider, client: httpx.AsyncClient, database: Database
) -> None:
    answers = await asyncio.gather(*(ask(client, provider.order_token(**VERIFIED)) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (await count(database, Account), await count(database, OutsideIdentity)) == (1, 1)


WRONG: dict[str, Json] = {
    "another audience": {"aud": "another"},
    "no audience": {"aud": None},
    "audiences of others": {"aud": ["a", "b"]},
    "over": {"exp": 1},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "tomorrow"},
    "an end that never comes": {"exp": float("inf")},
    "true is no time": {"exp": True},
    "not yet": {"nbf": 99_999_999_999},
    "from the future": {"iat": 99_999_999_999},
    "nobody": {"sub": None},
    "an empty name": {"sub": ""},
    "an endless name": {"sub": "x" * 256},
    "a name with a line break": {"sub": "anna\nben"},
    "a name that is a number": {"sub": 7},
}


async def test_a_token_that_is_not_for_us_or_not_for_now_is_401(provider: Provider, client: httpx.AsyncClient) -> None:
    for what, claims in WRONG.items():
        answer = await ask(client, provider.order_token(**claims))
        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated"), what
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_clocks_may_differ_a_little(provider: Provider, client: httpx.AsyncClient) -> None:
    now = int(clock.now().timestamp())
    assert (await ask(client, provider.order_token(exp=now - 20, iat=now - 300))).status_code == 200
    assert (await ask(client, provider.order_token(nbf=now + 20, iat=now + 20))).status_code == 200
    assert (await ask(client, provider.order_token(exp=now - 40))).status_code == 401
    assert (await ask(client, provider.order_token(nbf=now + 60))).status_code == 401


def urlsafe_b64encode(content: bytes) -> bytes:
    return padded(content).rstrip(b"=")


def signed_by_hand(header: Json, claims: Json, secret: bytes | None) -> str:
    """As no library would: with any bytes as the secret of HS256, or with no signature."""
    parts = [urlsafe_b64encode(json.dumps(each).encode()) for each in (header, claims)]
    signature = b"" if secret is None else urlsafe_b64encode(hmac.digest(secret, b".".join(parts), "sha256"))
    return b".".join([*parts, signature]).decode()


def forgeries() -> dict[str, Callable[[Json, Json], str]]:
    right, other = KEYS["RS256"]
    public, mine = right.as_pem(private=False), KEYS["RS256"][1]

    def altered(header: Json, claims: Json) -> str:
        head, _, signature = jwt.encode(header, claims, right, algorithms=["RS256"]).split(".")
        return ".".join([head, signed_by_hand(header, {**claims, "sub": "boss"}, None).split(".")[1], signature])

    return {
        "unsigned": lambda header, claims: signed_by_hand({**header, "alg": "none"}, claims, None),
        "the public key as a secret": lambda header, claims: signed_by_hand({**header, "alg": "HS256"}, claims, public),
        "a secret of the key set": lambda header, claims: signed_by_hand(
            {**header, "alg": "HS256", "kid": "shared"}, claims, b"secret"
        ),
        "another key of that name": lambda header, claims: jwt.encode(header, claims, other, algorithms=["RS256"]),
        "another algorithm": lambda header, claims: jwt.encode(
            {**header, "alg": "PS256"}, claims, right, algorithms=["PS256"]
        ),
        "a key of its own": lambda header, claims: jwt.encode(
            {**header, "jwk": mine.as_dict(private=False)}, claims, mine, algorithms=["RS256"]
        ),
        "altered": altered,
    }


async def test_a_forged_token_is_401(provider: Provider, client: httpx.AsyncClient, database: Database) -> None:
    for what, provider.forge in forgeries().items():
        assert (await ask(client, provider.order_token())).status_code == 401, what
    provider.forge = None
    assert await count(database, Account) == 0
    assert (await ask(client, provider.order_token())).status_code == 200


async def test_garbage_is_401_and_costs_the_issuer_nothing(client: httpx.AsyncClient, provider: Provider) -> None:
    for garbage in ("", "x", "a.b.c", "e30.e30.", "a.b.c.d", "x" * 20_000, "ew.ew.ew", "_.W10.W10", "[" * 9_000):
        assert (await ask(client, garbage)).status_code == 401, garbage[:20]
    assert provider.server.seen == []


async def test_another_issuer_is_401_and_is_not_asked(provider: Provider, client: httpx.AsyncClient) -> None:
    assert (await ask(client, provider.order_token(iss="https://elsewhere.example"))).status_code == 401
    assert (await ask(client, provider.order_token(iss="merkato"))).status_code == 401
    assert provider.server.seen == []


async def test_keys_are_fetched_once_and_again_when_a_new_one_signs(
    provider: Provider, client: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(*(ask(client, provider.order_token(str(number))) for number in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(provider.server.seen) == 1
    old = provider.order_token()
    provider.rotate()
    with clock.moved(timedelta(seconds=PAUSE)):
        assert (await ask(client, provider.order_token())).status_code == 200
        assert (await ask(client, old)).status_code == 401
    assert len(provider.server.seen) == 2


async def test_a_flood_of_unknown_keys_does_not_hammer_the_issuer(
    provider: Provider, client: httpx.AsyncClient
) -> None:
    assert (await ask(client, provider.order_token())).status_code == 200
    provider.forge = lambda header, claims: jwt.encode(
        {**header, "kid": claims["sub"]}, claims, KEYS["RS256"][0], algorithms=["RS256"]
    )
    with clock.moved(timedelta(seconds=PAUSE)):
        answers = await asyncio.gather(*(ask(client, provider.order_token(f"nobody-{number}")) for number in range(30)))
    assert {answer.status_code for answer in answers} == {401}
    assert len(provider.server.seen) == 2


async def test_a_key_set_of_one_needs_no_names(provider: Provider, client: httpx.AsyncClient) -> None:
    def nameless(header: Json, claims: Json) -> str:
        return jwt.encode({"alg": header["alg"]}, claims, provider.shown["RS256"][0], algorithms=["RS256"])

    provider.forge = nameless
    assert (await ask(client, provider.order_token())).status_code == 200
    provider.shown["RS256"] = [*KEYS["RS256"]]
    with clock.moved(timedelta(hours=2)):
        assert (await ask(client, provider.order_token())).status_code == 200, "renewed beside"
        async with asyncio.timeout(30):
            while (await ask(client, provider.order_token())).status_code != 401:
                pass


async def test_old_keys_stay_good_for_a_day_while_the_issuer_is_away(
    provider: Provider, client: httpx.AsyncClient
) -> None:
    assert (await ask(client, provider.order_token())).status_code == 200
    await provider.server.cut()
    for later in (timedelta(hours=2), timedelta(seconds=KEPT - 60)):
        with clock.moved(later):
            assert (await ask(client, provider.order_token())).status_code == 200
    with clock.moved(timedelta(seconds=KEPT + 60)):
        gone = await ask(client, provider.order_token())
        assert (gone.status_code, gone.json()["code"]) == (503, "issuer-unavailable")
        assert gone.headers["retry-after"] == str(PAUSE)
    await provider.server.back()
    with clock.moved(timedelta(seconds=KEPT + 60 + PAUSE)):
        assert (await ask(client, provider.order_token())).status_code == 200


FAULTS = {
    "resets": RESET,
    "hangs": HANG,
    "500": says(500),
    "elsewhere": says(302, location="https://elsewhere.example/keys"),
    "nonsense": says(200, b"<html>"),
    "no keys": says(200, {"keys": []}),
    "keys that are none": says(
        200, {"keys": [{"kty": "RSA", "n": 7}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}
    ),
    "too short a key": says(200, {"keys": [{"kty": "RSA", "kid": "rsa-0", "n": "u" * 171, "e": "AQAB"}]}),
    "endless": says(200, b" " * 300_000),
}


async def test_without_keys_it_is_503_and_the_issuer_is_asked_in_a_while(
    app: FastAPI, provider: Provider, client: httpx.AsyncClient
) -> None:
    for number, (what, fault) in enumerate(FAULTS.items()):
        provider.server.next(fault)
        app.state.issuer.keys.patience = IMPATIENCE if fault is HANG else PATIENCE
        with clock.moved(timedelta(seconds=number * PAUSE)):
            for _ in range(3):
                answer = await ask(client, provider.order_token())
                assert (answer.status_code, answer.json()["code"]) == (503, "issuer-unavailable"), what
        assert len(provider.server.seen) == number + 1, what
    assert (await ask(client, "a.b.c")).status_code == 401, "what is no token needs no keys"
    with clock.moved(timedelta(seconds=len(FAULTS) * PAUSE)):
        assert (await ask(client, provider.order_token())).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"token_issuer": "https://a.example"}, {"token_jwks_url": "https://a.example/keys"}],
    ids=["no keys", "no name"],
)
def test_an_issuer_needs_its_name_and_its_keys(changes: Json) -> None:
    with pytest.raises(ValueError, match="go together"):
        Settings(_env_file=None, **changes)


def test_an_issuer_is_not_called_as_ours_is() -> None:
    with pytest.raises(ValueError, match="must not be merkato"):
        Settings(_env_file=None, token_issuer="merkato", token_jwks_url="https://a.example/keys")


async def test_without_a_setting_there_is_no_issuer(
    make_app: Callable[[Settings], FastAPI], client_of: ClientOf, settings: Settings, provider: Provider
) -> None:
    plain = settings.model_copy(update={"token_issuer": None, "token_jwks_url": None})
    headers = {"Authorization": f"Bearer {provider.order_token()}"}
    assert (await client_of(make_app(plain)).get("/v1/me", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("{", "must be JSON"),
        ('{"a": {"client_id": "x", "redirect_uris": ["https://a.example"]}}', "Field required"),
        ('{"a": {"issuer": "https://a.example", "client_id": "x", "redirect_uris": []}}', "at least 1"),
        (
            '{"a": {"issuer": "https://a.example", "client_id": "x", "redirect_uris": ["https://b.example"], "scopes": ["email"]}}',
            "must hold openid",
        ),
    ],
)
def test_a_provider_is_registered_in_full(said: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MERKATO_OIDC_PROVIDERS", said)
    with pytest.raises(ValueError, match=wrong):
        Settings(_env_file=None)
