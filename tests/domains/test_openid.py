"""Logging in at an OpenID provider: a real one on this machine, that keeps to the specification until it is told to lie."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from sqlalchemy import func, select, text

from doors import SignIn
from make import accounts, factors, products
from make.accounts import PASSWORD, log_in
from merkato.domains.identity import schedules
from merkato.domains.identity.models import Account, Authorization, EndedIdentity, OutsideIdentity, Purpose
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.remembered import PAUSE
from merkato.kit.rows import Row
from merkato.settings import Settings
from services.companies import IMPATIENCE, PATIENCE
from services.issuer import CLIENT, KEYS, REDIRECT, SECRET, Json, Provider
from services.server import HANG, RESET, says

VERIFIED: Json = {"email": "anna@example.com", "email_verified": True, "name": "Anna Example"}


@pytest.fixture
async def settings(settings: Settings, provider: Provider) -> Settings:
    registered = {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [REDIRECT]}
    changes = {"oidc_providers": {"example": registered}, "issuer_patience": PATIENCE}
    return Settings(_env_file=None, **(settings.model_dump() | changes))


@dataclass
class Front:
    """The pages of the shop in a browser."""

    client: httpx.AsyncClient
    provider: Provider

    async def begin(self) -> dict[str, str]:
        answer = await self.client.post("/v1/auth/providers/example/authorizations", json={"redirect_uri": REDIRECT})
        assert answer.status_code == 201, answer.text
        begun: dict[str, str] = answer.json()
        return begun

    async def back(self) -> dict[str, str]:
        """Begin, log in there, and come back: what ends the log-in."""
        begun = await self.begin()
        came = await self.provider.visit(begun["authorization_url"])
        assert came["state"] == begun["state"]
        return {"code": came["code"], "state": came["state"], "secret": begun["secret"]}

    async def end(self, said: dict[str, str], **headers: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", **said}
        return await self.client.post("/v1/auth/tokens", data=form, headers=headers)

    async def log_in(self, **headers: str) -> Json:
        answer = await self.end(await self.back(), **headers)
        assert answer.status_code == 200, answer.text
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return {"bearer": bearer, **(await self.client.get("/v1/me", headers=bearer)).json()}


@pytest.fixture
async def front(client: httpx.AsyncClient, provider: Provider) -> Front:
    provider.knows("anna", **VERIFIED)
    return Front(client, provider)


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def count(database: Database, kind: type[Row]) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(kind)) or 0


async def test_logging_in_elsewhere_makes_an_account_and_finds_it_again(front: Front) -> None:
    assert (await front.client.get("/v1/auth/providers")).json() == {
        "data": [{"name": "example", "title": "Example"}],
        "next": None,
    }
    first = await front.log_in()
    assert (first["name"], first["email"], first["email_verified"]) == ("Anna Example", "anna@example.com", True)
    assert (await front.log_in())["id"] == first["id"]
    sessions = (await front.client.get("/v1/me/sessions", headers=first["bearer"])).json()["data"]
    assert [each["current"] for each in sessions] == [False, True]
    (listed,) = (await front.client.get("/v1/me/identities", headers=first["bearer"])).json()["data"]
    assert (listed["issuer"], listed["subject"], listed["email"]) == (front.provider.url, "anna", "anna@example.com")
    assert listed["last_used_at"] is not None


async def test_what_is_asked_of_the_provider_is_known_to_one_browser_alone(front: Front, database: Database) -> None:
    begun = await front.begin()
    asked = parse_qs(urlsplit(begun["authorization_url"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert (asked["client_id"], asked["redirect_uri"], asked["response_type"]) == ([CLIENT], [REDIRECT], ["code"])
    assert asked["scope"] == ["openid email profile"]
    assert begun["secret"] not in begun["authorization_url"]
    other = parse_qs(urlsplit((await front.begin())["authorization_url"]).query)
    assert all(other[name] != asked[name] for name in ("state", "nonce", "code_challenge"))
    async with database.reading() as session:
        row = (await session.execute(text("SELECT * FROM identity_authorizations LIMIT 1"))).one()
    assert not {begun["state"], begun["secret"], asked["nonce"][0]} & {str(each) for each in row}


async def test_a_log_in_ends_once_in_the_browser_that_began_it_and_in_time(front: Front) -> None:
    said = await front.back()
    other = await front.begin()
    wrong = {
        "the secret of another": {**said, "secret": other["secret"]},
        "the state of another": {**said, "state": other["state"]},
        "a code of nobody": {**said, "code": "nobody's"},
    }
    for what, each in list(wrong.items())[:2]:
        assert problem(await front.end(each)) == (401, "invalid-grant"), what
    assert (await front.end(said)).status_code == 200
    assert problem(await front.end(said)) == (401, "invalid-grant"), "a second time"
    assert problem(await front.end({**await front.back(), "code": "nobody's"})) == (401, "invalid-grant")
    late = await front.back()
    with clock.moved(timedelta(minutes=10, seconds=1)):
        assert problem(await front.end(late)) == (401, "invalid-grant")
    part = {name: value for name, value in said.items() if name != "secret"}
    assert problem(await front.end(part)) == (400, "unsupported-grant")


async def test_a_code_of_another_log_in_is_refused(front: Front) -> None:
    victim, thief = await front.back(), await front.back()
    # PKCE: the provider notices; a provider that does not is caught by the nonce.
    assert problem(await front.end({**thief, "code": victim["code"]})) == (401, "invalid-grant")
    front.provider.twist = {"nonce": "of another"}
    assert problem(await front.end(await front.back())) == (401, "invalid-grant")


async def test_ends_at_once_are_one_log_in(front: Front, database: Database) -> None:
    said = await front.back()
    answers = await asyncio.gather(*(front.end(said) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, *[401] * 5]
    front.provider.knows("ben", email="ben@example.com", email_verified=True)
    each = [await front.back() for _ in range(4)]
    assert {answer.status_code for answer in await asyncio.gather(*map(front.end, each))} == {200}
    assert (await count(database, Account), await count(database, OutsideIdentity)) == (2, 2)


async def test_only_registered_addresses_are_gone_back_to(front: Front) -> None:
    path = "/v1/auth/providers/example/authorizations"
    for uri in (REDIRECT + "/", REDIRECT + "?x=1", "https://evil.example/", "javascript:alert(1)", "x" * 2_001, ""):
        answer = await front.client.post(path, json={"redirect_uri": uri})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/redirect_uri"), uri
    unknown = await front.client.post("/v1/auth/providers/nobody/authorizations", json={"redirect_uri": REDIRECT})
    assert unknown.status_code == 404


LIES: dict[str, Json] = {
    "another issuer": {"iss": "https://elsewhere.example"},
    "for another client": {"aud": "another"},
    "for several, and issued to another": {"aud": [CLIENT, "another"], "azp": "another"},
    "for several, and issued to nobody": {"aud": [CLIENT, "another"]},
    "over": {"exp": 1},
    "without an end": {"exp": None},
    "without a beginning": {"iat": None},
    "from the future": {"iat": 99_999_999_999},
    "of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "about nobody": {"sub": None},
    "about an endless name": {"sub": "x" * 300},
}


async def test_an_id_token_that_cannot_be_believed_signs_nobody_in(front: Front, database: Database) -> None:
    for what, front.provider.twist in LIES.items():
        assert problem(await front.end(await front.back())) == (503, "provider-unavailable"), what
    front.provider.twist = {}
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIn0."
    for what, forge in {
        "unsigned": lambda _header, _claims: unsigned,
        "signed by another": by_another,
        "no token": lambda _header, _claims: "no token",
    }.items():
        front.provider.forge = forge
        with clock.moved(timedelta(seconds=PAUSE)):
            assert problem(await front.end(await front.back())) == (503, "provider-unavailable"), what
    front.provider.forge = None
    assert await count(database, Account) == 0
    front.provider.twist = {"aud": [CLIENT, "another"], "azp": CLIENT, "at_hash": None}
    assert (await front.log_in())["email"] == "anna@example.com"


def by_another(header: Json, claims: Json) -> str:
    return jwt.encode(header, claims, KEYS["RS256"][1], algorithms=["RS256"])


TROUBLE: dict[str, Any] = {
    "resets": RESET,
    "hangs": HANG,
    "500": says(500, {"error": "server_error"}),
    "does not know us": says(401, {"error": "invalid_client"}),
    "nonsense": says(200, b"<html>"),
    "no ID token": says(200, {"access_token": "x"}),
    "endless": says(200, b" " * 300_000),
    "elsewhere": says(302, location="https://elsewhere.example/token"),
}


async def test_a_provider_in_trouble_is_503_and_the_next_log_in_works(app: FastAPI, front: Front) -> None:
    for what, fault in TROUBLE.items():
        said = await front.back()
        front.provider.server.next(fault)
        app.state.open_ids["example"].patience = IMPATIENCE if fault is HANG else PATIENCE
        answer = await front.end(said)
        assert problem(answer) == (503, "provider-unavailable"), what
        assert answer.headers["retry-after"]
        assert SECRET not in answer.text
        # The code may be good still. The log-in is over all the same.
        assert problem(await front.end(said)) == (401, "invalid-grant"), what
    assert (await front.log_in())["name"] == "Anna Example"


async def test_a_provider_that_is_away_or_is_not_who_it_should_be_begins_nothing(front: Front) -> None:
    path, body = "/v1/auth/providers/example/authorizations", {"redirect_uri": REDIRECT}
    await front.provider.server.cut()
    for _ in range(2):
        assert problem(await front.client.post(path, json=body)) == (503, "provider-unavailable")
    await front.provider.server.back()
    wrong: list[Json] = [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ]
    for number, front.provider.configuration in enumerate(wrong, start=1):
        with clock.moved(timedelta(seconds=number * PAUSE)):
            assert problem(await front.client.post(path, json=body)) == (503, "provider-unavailable")
    front.provider.configuration = {}
    with clock.moved(timedelta(seconds=4 * PAUSE)):
        assert (await front.client.post(path, json=body)).status_code == 201


async def test_an_answer_of_another_issuer_is_a_mix_up(front: Front) -> None:
    front.provider.configuration = {"authorization_response_iss_parameter_supported": True}
    assert problem(await front.end(await front.back())) == (401, "invalid-grant")
    assert problem(await front.end(await front.back() | {"iss": "https://evil.example"})) == (401, "invalid-grant")
    assert (await front.end(await front.back() | {"iss": front.provider.url})).status_code == 200


async def test_every_usual_kind_of_provider(front: Front) -> None:
    front.provider.configuration = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    front.provider.algorithm = "ES256"
    front.provider.told_later = True
    assert (await front.log_in())["email"] == "anna@example.com"
    front.provider.rotate()
    with clock.moved(timedelta(seconds=PAUSE)):
        assert (await front.log_in())["name"] == "Anna Example"
    front.provider.people["anna"] = {"sub": "ben"}
    assert problem(await front.end(await front.back())) == (503, "provider-unavailable"), "it tells of somebody else"


async def test_a_guests_cart_comes_along(front: Front, database: Database) -> None:
    line = {"variant_id": str((await products.product(database))["variant_id"]), "quantity": 2}
    cart = (await front.client.post("/v1/cart/lines", json=line)).json()
    me = await front.log_in(**{"Cart-Token": cart["token"]})
    assert [
        each["quantity"] for each in (await front.client.get("/v1/cart", headers=me["bearer"])).json()["lines"]
    ] == [2]


async def verified(app: FastAPI, client: httpx.AsyncClient, name: str = "Anna", *roles: str) -> str:
    email = await accounts.register(app, name, roles)
    await client.post("/v1/auth/verifications", json={"token": await accounts.verification_token(app, email)})
    return email


async def test_an_address_that_both_have_verified_is_the_same_person(app: FastAPI, front: Front) -> None:
    own = await log_in(front.client, await verified(app, front.client))
    bearer = {"Authorization": f"Bearer {own['access_token']}"}
    assert (await front.log_in())["id"] == (await front.client.get("/v1/me", headers=bearer)).json()["id"]


async def test_an_account_that_was_never_verified_or_is_of_staff_is_not_handed_over(app: FastAPI, front: Front) -> None:
    squatter = await accounts.register(app, "Anna")
    assert problem(await front.end(await front.back())) == (409, "not-linked")
    # Its owner shows whose address it is by a reset, which throws out whoever registered it.
    reset = {"token": await accounts.reset_token(app, squatter), "password": "another long password"}
    await front.client.post("/v1/auth/password-resets/confirm", json=reset)
    assert (await front.log_in())["email"] == squatter
    front.provider.knows("boss", email=await verified(app, front.client, "Boss", "admin"), email_verified=True)
    assert problem(await front.end(await front.back())) == (409, "not-linked")


async def test_identities_are_linked_with_the_password_and_removed_but_for_the_last_way_in(
    app: FastAPI, front: Front, sign_in: SignIn
) -> None:
    boss = await sign_in("Boss", "admin")
    front.provider.knows("boss", email="private@example.com", email_verified=True)
    said = await front.back()
    path = "/v1/me/identities"
    assert (await front.client.post(path, json=said)).status_code == 401
    missing = await boss.post(path, json=said)
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "/password")
    assert problem(await boss.post(path, json=said | {"password": "wrong"})) == (403, "wrong-password")
    assert problem(await boss.post(path, json=said | {"password": PASSWORD})) == (409, "address-not-verified")
    token = await accounts.mailed_token(app, "boss@example.com", Purpose.VERIFY)
    await boss.post("/v1/auth/verifications", json={"token": token})
    linked = await boss.post(path, json=await front.back() | {"password": PASSWORD})
    assert (linked.status_code, linked.json()["subject"]) == (201, "boss")
    again = await boss.post(path, json=await front.back() | {"password": PASSWORD})
    assert (again.status_code, again.json()) == (201, linked.json())
    assert (await front.log_in())["roles"] == ["admin"]
    assert (await boss.delete(f"{path}/{linked.json()['id']}")).status_code == 204
    front.provider.knows("anna", **VERIFIED)
    anna = await front.log_in()
    assert problem(await boss.post(path, json=await front.back() | {"password": PASSWORD})) == (409, "identity-taken")
    (own,) = (await front.client.get(path, headers=anna["bearer"])).json()["data"]
    assert (await boss.delete(f"{path}/{own['id']}")).status_code == 404
    last = await front.client.delete(f"{path}/{own['id']}", headers=anna["bearer"])
    assert problem(last) == (409, "last-way-in")
    front.provider.knows("anna-at-work")
    second = await front.client.post(path, json=await front.back(), headers=anna["bearer"])
    assert second.status_code == 201, "no password, none is asked for"
    assert (await front.client.delete(f"{path}/{own['id']}", headers=anna["bearer"])).status_code == 204


async def test_a_locked_account_is_not_opened_and_a_deleted_one_begins_anew(front: Front, sign_in: SignIn) -> None:
    first = await front.log_in()
    admin = await sign_in("Boss", "admin")
    await admin.patch(f"/v1/accounts/{first['id']}", json={"active": False})
    assert problem(await front.end(await front.back())) == (401, "invalid-grant")
    await admin.patch(f"/v1/accounts/{first['id']}", json={"active": True})
    for _ in range(2):
        me = await front.log_in()
        assert (await front.client.delete("/v1/me", headers=me["bearer"])).status_code == 204
    assert (await front.log_in())["id"] != first["id"]


async def test_undoing_a_change_of_address_takes_every_identity_away(
    app: FastAPI, front: Front, database: Database
) -> None:
    tokens = await log_in(front.client, await verified(app, front.client))
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    linked = await front.back() | {"password": PASSWORD}
    assert (await front.client.post("/v1/me/identities", json=linked, headers=bearer)).status_code == 201
    wish = {"email": "thief@example.com", "password": PASSWORD}
    await front.client.post("/v1/me/email", json=wish, headers=bearer)
    change = {"token": await accounts.mailed_token(app, "thief@example.com", Purpose.CHANGE)}
    await front.client.post("/v1/auth/email-changes/confirm", json=change)
    undo = {"token": await accounts.mailed_token(app, "anna@example.com", Purpose.UNDO)}
    assert (await front.client.post("/v1/auth/email-changes/undo", json=undo)).status_code == 204
    assert await count(database, OutsideIdentity) == 0


async def test_what_is_over_is_forgotten(app: FastAPI, front: Front, database: Database) -> None:
    me = await front.log_in()
    await front.client.delete("/v1/me", headers=me["bearer"])
    assert await count(database, OutsideIdentity) == 0
    for days, left in ((29, 1), (31, 0)):
        with clock.moved(timedelta(days=days)):
            await schedules.forget(app.state.store)
        assert await count(database, EndedIdentity) == left
    assert await count(database, Authorization) == 0


async def test_beginning_is_throttled(front: Front) -> None:
    path, body = "/v1/auth/providers/example/authorizations", {"redirect_uri": REDIRECT}
    answers = [await front.client.post(path, json=body) for _ in range(61)]
    assert [answer.status_code for answer in answers].count(201) == 60
    assert problem(answers[-1]) == (429, "too-many")


async def test_a_second_factor_is_asked_for_after_a_log_in_elsewhere(
    app: FastAPI, front: Front, sign_in: SignIn
) -> None:
    anna = await sign_in()
    token = await accounts.verification_token(app, "anna@example.com")
    await anna.post("/v1/auth/verifications", json={"token": token})
    secret, _ = await factors.switch_on(anna)
    asked = await front.end(await front.back())
    assert problem(asked) == (401, "mfa-required")
    answer = await factors.answer_by_code(front.client, asked.json()["mfa_token"], factors.code_of(secret))
    assert answer.status_code == 200, answer.text
