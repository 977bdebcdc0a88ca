"""Accounts, tokens and roles."""

import asyncio
import json
from datetime import timedelta

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey
from sqlalchemy import text

from doors import SignIn
from make.accounts import PASSWORD, log_in
from make.answers import pointers
from merkato.domains.identity.models import Account
from merkato.kit import clock, keys
from merkato.kit.database import Database

ANNA = {"email": "Anna@Example.com", "password": PASSWORD, "name": "Anna Example"}


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/v1/auth/tokens", data={"grant_type": "refresh_token", "refresh_token": token})


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_registering_gives_an_account_with_a_profile(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/accounts", json=ANNA)
    assert answer.status_code == 201
    account = answer.json()
    assert account["profile"]["handle"] == "anna-example"
    assert account["roles"] == ["customer"]
    assert PASSWORD not in answer.text
    assert "argon2" not in answer.text
    tokens = await log_in(client, "anna@example.com")
    me = await client.get("/v1/me", headers=bearing(tokens["access_token"]))
    assert me.json() == account
    public = (await client.get("/v1/profiles/anna-example")).json()
    assert set(public) == {"handle", "name", "bio", "image", "location", "created_at"}


async def test_one_address_one_account_also_when_asked_at_once(client: httpx.AsyncClient) -> None:
    spellings = ["anna@example.com", "ANNA@example.com", "Anna@EXAMPLE.com", "anna@Example.com"]
    answers = await asyncio.gather(*(client.post("/v1/accounts", json=ANNA | {"email": each}) for each in spellings))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"email-taken"}


async def test_handles_are_made_unique_or_refused(client: httpx.AsyncClient) -> None:
    made = [
        await client.post("/v1/accounts", json=ANNA | {"email": f"anna{number}@example.com"}) for number in range(3)
    ]
    assert [answer.json()["profile"]["handle"] for answer in made] == [
        "anna-example",
        "anna-example-2",
        "anna-example-3",
    ]
    wish = ANNA | {"email": "other@example.com", "handle": "anna-example"}
    refused = await client.post("/v1/accounts", json=wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "handle-taken")
    assert (await client.post("/v1/accounts", json=wish | {"handle": "other"})).status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("email", "a\x00@example.com"),
        ("email", "\ud800@example.com"),
        ("email", "x" * 260 + "@example.com"),
        ("email", 7),
        ("password", "short"),
        ("password", "x" * 257),
        ("password", "null\x00null\x00"),
        ("name", ""),
        ("name", "x" * 201),
        ("name", "Anna\x00"),
        ("name", "\ud800"),
        ("name", None),
        ("handle", "Not A Handle"),
        ("roles", ["admin"]),
    ],
)
async def test_bad_registrations_name_the_field(client: httpx.AsyncClient, field: str, value: object) -> None:
    content = json.dumps(ANNA | {field: value})
    answer = await client.post("/v1/accounts", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert f"/{field}" in {error["pointer"] for error in answer.json()["errors"]}
    if isinstance(value, str) and len(value) > 6:
        assert value not in answer.text


async def test_wrong_credentials_are_all_refused_alike(client: httpx.AsyncClient) -> None:
    await client.post("/v1/accounts", json=ANNA)
    bodies = []
    for email, password in (("anna@example.com", "wrong password"), ("nobody@example.com", PASSWORD)):
        form = {"grant_type": "password", "username": email, "password": password}
        answer = await client.post("/v1/auth/tokens", data=form)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        bodies.append({name: value for name, value in answer.json().items() if name != "request_id"})
    assert bodies[0] == bodies[1]
    assert bodies[0]["error"] == "invalid_grant"


@pytest.mark.parametrize("form", [{"grant_type": "password"}, {"grant_type": "magic"}, {"grant_type": "refresh_token"}])
async def test_other_grants_are_no_server_errors(client: httpx.AsyncClient, form: dict[str, str]) -> None:
    assert (await client.post("/v1/auth/tokens", data=form)).status_code == 400


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x.y.z", "Basic YTpi", "Bearer " + "a" * 5000, "bearer null"]
)
async def test_malformed_tokens_are_refused(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/v1/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_tokens_are_ours_for_us_and_for_now(app: FastAPI, sign_in: SignIn) -> None:
    anna = await sign_in()
    token = anna.headers["Authorization"].removeprefix("Bearer ")
    key_set = KeySet.import_key_set((await anna.get("/.well-known/jwks.json")).json())
    decoded = jwt.decode(token, key_set, algorithms=["Ed25519"])
    assert decoded.header["kid"] in {key.kid for key in key_set.keys}
    claims = decoded.claims
    ring = app.state.key_ring
    assert (await anna.get("/v1/me", headers=bearing(ring.sign(claims)))).status_code == 200
    stranger = keys.KeyRing(json.dumps({"keys": [keys.fresh_signing_key()]}))
    forged = [
        ring.sign(claims | {"aud": "somebody-else"}),
        ring.sign(claims | {"iss": "somebody-else"}),
        ring.sign(claims | {"exp": claims["iat"] - 1}),
        ring.sign({name: value for name, value in claims.items() if name != "exp"}),
        ring.sign(claims | {"sid": "not-a-uuid"}),
        stranger.sign(claims),
    ]
    for bad in forged:
        assert (await anna.get("/v1/me", headers=bearing(bad))).status_code == 401
    with clock.moved(timedelta(minutes=16)):
        assert (await anna.get("/v1/me")).status_code == 401


async def test_an_old_signing_key_is_still_accepted() -> None:
    old, new = keys.fresh_signing_key(), keys.fresh_signing_key()
    token = keys.KeyRing(json.dumps({"keys": [old]})).sign({"iss": "m", "aud": "m", "exp": 10})
    both = keys.KeyRing(json.dumps({"keys": [new, old]}))
    assert both.read(token, issuer="m", audience="m", now=5) is not None
    assert len(both.public["keys"]) == 2
    assert all("d" not in key for key in both.public["keys"])
    assert OKPKey.import_key(both.public["keys"][0]).is_private is False


async def test_refresh_tokens_rotate_and_old_ones_end_the_session(client: httpx.AsyncClient) -> None:
    await client.post("/v1/accounts", json=ANNA)
    first = await log_in(client, "anna@example.com")
    second = (await refresh(client, first["refresh_token"])).json()
    third = (await refresh(client, second["refresh_token"])).json()
    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    stolen = await refresh(client, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (401, "invalid_grant")
    assert (await refresh(client, third["refresh_token"])).status_code == 401
    assert (await client.get("/v1/me", headers=bearing(third["access_token"]))).status_code == 401


async def test_two_tabs_may_refresh_at_once_but_not_later(client: httpx.AsyncClient) -> None:
    await client.post("/v1/accounts", json=ANNA)
    first = await log_in(client, "anna@example.com")
    tabs = await asyncio.gather(*(refresh(client, first["refresh_token"]) for _ in range(2)))
    assert [answer.status_code for answer in tabs] == [200, 200]
    siblings = [answer.json()["refresh_token"] for answer in tabs]
    assert siblings[0] != siblings[1]
    with clock.moved(timedelta(seconds=31)):
        assert (await refresh(client, first["refresh_token"])).status_code == 401
        assert (await refresh(client, siblings[0])).status_code == 401


async def test_siblings_live_on_side_by_side(client: httpx.AsyncClient) -> None:
    await client.post("/v1/accounts", json=ANNA)
    first = await log_in(client, "anna@example.com")
    left, right = [(await refresh(client, first["refresh_token"])).json()["refresh_token"] for _ in range(2)]
    with clock.moved(timedelta(hours=1)):
        assert (await refresh(client, left)).status_code == 200
        assert (await refresh(client, right)).status_code == 200


async def test_signing_out_ends_the_session_at_once(client: httpx.AsyncClient) -> None:
    await client.post("/v1/accounts", json=ANNA)
    for which in ("refresh_token", "access_token"):
        tokens = await log_in(client, "anna@example.com")
        assert (await client.post("/v1/auth/revocations", json={"token": tokens[which]})).status_code == 204
        assert (await client.get("/v1/me", headers=bearing(tokens["access_token"]))).status_code == 401
        assert (await refresh(client, tokens["refresh_token"])).status_code == 401
    assert (await client.post("/v1/auth/revocations", json={"token": "unknown"})).status_code == 204


async def test_roles_and_scopes_are_given_and_taken_at_once(sign_in: SignIn) -> None:
    admin, bert = await sign_in("Admin", "admin"), await sign_in("Bert")
    bert_id = (await bert.get("/v1/me")).json()["id"]
    assert (await bert.get("/v1/accounts")).status_code == 403
    url = f"/v1/accounts/{bert_id}"
    assert (await admin.patch(url, json={"roles": ["admin"]})).json()["roles"] == ["admin"]
    assert (await bert.get("/v1/accounts")).status_code == 200
    assert (await admin.patch(url, json={"scopes": ["catalog:write"]})).status_code == 200
    assert (await bert.get("/v1/accounts")).status_code == 403
    assert (await admin.patch(url, json={"scopes": None})).status_code == 200
    assert (await bert.get("/v1/accounts")).status_code == 200
    assert (await admin.patch(url, json={"active": False})).status_code == 200
    assert (await bert.get("/v1/me")).status_code == 401
    wrong: list[dict[str, object]] = [{"scopes": ["everything"]}, {"roles": ["king"]}, {"roles": []}, {"active": None}]
    for said in [*wrong, {"email": "x@y.z"}]:
        assert (await admin.patch(url, json=said)).status_code == 422


async def test_the_last_admin_stays(sign_in: SignIn) -> None:
    admins = [await sign_in("One", "admin"), await sign_in("Two", "admin")]
    ids = [(await admin.get("/v1/me")).json()["id"] for admin in admins]
    answers = await asyncio.gather(
        admins[0].patch(f"/v1/accounts/{ids[1]}", json={"roles": ["customer"]}),
        admins[1].patch(f"/v1/accounts/{ids[0]}", json={"roles": ["customer"]}),
    )
    assert min(answer.status_code for answer in answers) == 200
    left = [admin for admin in admins if (await admin.get("/v1/accounts")).status_code == 200]
    assert len(left) == 1
    assert (await left[0].delete("/v1/me")).json()["code"] == "last-admin"


async def test_a_deleted_account_is_gone(client: httpx.AsyncClient, sign_in: SignIn, database: Database) -> None:
    anna = await sign_in()
    assert (await anna.delete("/v1/me")).status_code == 204
    assert (await anna.get("/v1/me")).status_code == 401
    assert (await client.get("/v1/profiles/anna")).status_code == 404
    async with database.reading() as session:
        row = (await session.execute(text("SELECT * FROM identity_accounts"))).mappings().one()
    assert "anna" not in json.dumps(dict(row), default=str).lower()
    assert (await client.post("/v1/accounts", json=ANNA)).status_code == 201


async def test_passwords_are_argon2id_and_rehashed(client: httpx.AsyncClient, database: Database) -> None:
    await client.post("/v1/accounts", json=ANNA)
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    async with database.transaction() as session:
        stored = await session.scalar(text("SELECT password_hash FROM identity_accounts"))
        assert str(stored).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        await session.execute(text("UPDATE identity_accounts SET password_hash = :weak"), {"weak": weak})
    await log_in(client, "anna@example.com")
    async with database.reading() as session:
        renewed = await session.scalar(text("SELECT password_hash FROM identity_accounts"))
    assert str(renewed).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    await log_in(client, "anna@example.com")


async def test_logs_hold_neither_passwords_nor_tokens(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.post("/v1/accounts", json=ANNA)
    tokens = await log_in(client, "anna@example.com")
    await client.get("/v1/me", headers=bearing(tokens["access_token"]))
    await client.post(
        "/v1/auth/tokens", data={"grant_type": "password", "username": "anna@example.com", "password": "guess-1234"}
    )
    await refresh(client, tokens["refresh_token"])
    written = "".join(capsys.readouterr())
    assert "request" in written
    for secret in (PASSWORD, "guess-1234", *tokens.values(), "anna@example.com"):
        assert str(secret) == "Bearer" or str(secret) == "900" or str(secret) not in written


async def test_the_profile_is_ones_own(sign_in: SignIn, client: httpx.AsyncClient) -> None:
    anna, _bert = await sign_in("Anna"), await sign_in("Bert")
    written = await anna.put("/v1/me/profile", json={"handle": "anna-k", "name": "Anna K", "bio": "Tea."})
    assert (written.status_code, written.json()["bio"]) == (200, "Tea.")
    changed = await anna.patch("/v1/me/profile", json={"location": "Berlin", "bio": None})
    assert (changed.json()["location"], changed.json()["bio"], changed.json()["handle"]) == ("Berlin", None, "anna-k")
    assert (await anna.patch("/v1/me/profile", json={"handle": "bert"})).json()["code"] == "handle-taken"
    assert (await anna.patch("/v1/me/profile", json={"image": "javascript:alert(1)"})).status_code == 422
    assert (await client.get("/v1/profiles/anna-k")).json()["location"] == "Berlin"
    assert (await client.get("/v1/profiles/anna")).status_code == 404


async def test_accounts_do_not_tell_their_hash() -> None:
    assert "password" not in repr(Account(password_hash="$argon2id$secret"))


async def test_an_address_that_grows_when_case_is_put_aside_has_the_same_limit(client: httpx.AsyncClient) -> None:
    domain = ".".join(letter * 60 for letter in "abc") + ".de"
    for letters, status in (("e", 201), ("\u0390", 422)):
        draft = {"email": f"{letters * 32}@{domain}", "password": PASSWORD, "name": "Anna"}
        answer = await client.post("/v1/accounts", json=draft)
        assert answer.status_code == status, answer.text
    assert pointers(answer) == {"/email"}
