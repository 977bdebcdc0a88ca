"""An account's life: its sessions, passwords and addresses, and how often somebody may try."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from doors import ClientOf, SignIn
from make import accounts, tasks
from make.accounts import PASSWORD, log_in
from make.answers import code, pointers
from merkato.domains.identity.access import FAILURES_OF_AN_ADDRESS
from merkato.domains.identity.models import Purpose
from merkato.kit import clock, passwords
from merkato.kit.database import Database
from merkato.kit.guessing import guessable
from merkato.settings import Settings
from services.smtp import MailServer, words

ANNA, NEW = "anna@example.com", "new.anna@example.org"
NEXT = "a brand new password"


def form(email: str, password: str) -> dict[str, str]:
    return {"grant_type": "password", "username": email, "password": password}


async def attempt(client: httpx.AsyncClient, email: str = ANNA, password: str = "wrong password") -> httpx.Response:
    return await client.post("/v1/auth/tokens", data=form(email, password))


async def another_device(app: FastAPI, client_of: ClientOf, agent: str, password: str = PASSWORD) -> httpx.AsyncClient:
    client = client_of(app)
    client.headers["User-Agent"] = agent
    client.headers["Authorization"] = f"Bearer {(await log_in(client, ANNA, password))['access_token']}"
    return client


async def test_sessions_are_listed_and_ended_at_once(app: FastAPI, client_of: ClientOf, sign_in: SignIn) -> None:
    anna, bert = await sign_in(), await sign_in("Bert")
    phone = await another_device(app, client_of, "Phone/1.0 " + "x" * 300)
    with clock.moved(timedelta(minutes=5)):
        answer = await phone.post("/v1/auth/tokens", data=form(ANNA, PASSWORD))
        renewed = {"grant_type": "refresh_token", "refresh_token": answer.json()["refresh_token"]}
    with clock.moved(timedelta(minutes=10)):
        assert (await phone.post("/v1/auth/tokens", data=renewed)).status_code == 200
        listed = (await phone.get("/v1/me/sessions")).json()["data"]
    assert [each["current"] for each in listed] == [False, True, False]
    assert listed[1]["user_agent"] == ("Phone/1.0 " + "x" * 300)[:200]
    assert listed[1]["created_at"] == listed[1]["last_used_at"]
    assert listed[0]["created_at"] < listed[0]["last_used_at"]
    assert set(listed[0]) == {"id", "current", "created_at", "last_used_at", "user_agent", "method"}
    page = (await phone.get("/v1/me/sessions?limit=1")).json()
    assert (len(page["data"]), page["next"] is None) == (1, False)
    url = f"/v1/me/sessions/{listed[1]['id']}"
    assert code(await bert.delete(url)) == (404, "not-found")
    assert (await phone.get("/v1/me")).status_code == 200
    assert (await anna.delete(url)).status_code == 204
    assert (await phone.get("/v1/me")).status_code == 401
    assert code(await anna.delete(url)) == (404, "not-found")
    assert len((await anna.get("/v1/me/sessions")).json()["data"]) == 2


async def test_a_new_password_needs_the_present_one_and_ends_other_sessions(
    app: FastAPI, client_of: ClientOf, sign_in: SignIn
) -> None:
    anna = await sign_in()
    phone = await another_device(app, client_of, "Phone/1.0")
    reset = await accounts.reset_token(app, ANNA)
    wrong = await anna.patch("/v1/me", json={"password": NEXT, "current_password": "wrong password"})
    assert code(wrong) == (403, "wrong-password")
    assert wrong.json()["errors"][0]["pointer"] == "/current_password"
    for said, pointer in (
        ({"password": NEXT}, "/current_password"),
        ({"current_password": PASSWORD}, "/password"),
        ({"password": None, "current_password": PASSWORD}, "/password"),
        ({"password": "short", "current_password": PASSWORD}, "/password"),
        ({"password": "Anna1234!", "current_password": PASSWORD}, "/password"),
        ({"password": NEXT, "current_password": "a\x00"}, "/current_password"),
    ):
        assert pointers(await anna.patch("/v1/me", json=said)) == {pointer}, said
    assert (await phone.get("/v1/me")).status_code == 200
    changed = await anna.patch("/v1/me", json={"name": "A.", "password": NEXT, "current_password": PASSWORD})
    assert (changed.status_code, changed.json()["name"]) == (200, "A.")
    assert NEXT not in changed.text
    assert (await anna.get("/v1/me")).status_code == 200
    assert (await phone.get("/v1/me")).status_code == 401
    assert code(await attempt(phone, password=PASSWORD)) == (401, "invalid-grant")
    await log_in(phone, ANNA, NEXT)
    confirm = {"token": reset, "password": "yet another password"}
    assert code(await anna.post("/v1/auth/password-resets/confirm", json=confirm)) == (422, "invalid-token")


async def test_wrong_present_passwords_count_as_failed_log_ins(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna = await sign_in()
    for _ in range(5):
        said = {"password": NEXT, "current_password": "wrong password"}
        assert code(await anna.patch("/v1/me", json=said)) == (403, "wrong-password")
        assert code(await anna.post("/v1/me/email", json={"email": NEW, "password": "wrong"})) == (
            403,
            "wrong-password",
        )
    assert code(await attempt(client, password=PASSWORD)) == (429, "too-many")


@pytest.mark.parametrize(
    "password",
    [
        *("password", "P@ssw0rd2024", "12345678", "87654321", "qwertyuiop", "1qaz2wsx", "aaaaaaaa", "abcabcabc"),
        *("Summer2024!", "iloveyou", "Anna.Smith@example.com", "annasmith1990", "Merkato!!", "19901990"),
    ],
)
def test_guessing_begins_with_these(password: str) -> None:
    assert guessable(password, "anna.smith@example.com", "anna.smith", "Merkato")


@pytest.mark.parametrize("password", [PASSWORD, NEXT, "kV8#pq2LmZ", "elephant88219201", "über sieben brücken"])
def test_others_take_longer(password: str) -> None:
    assert not guessable(password, "anna.smith@example.com", "anna.smith", "", "12345")


async def test_common_passwords_are_refused_wherever_one_is_set(app: FastAPI, client: httpx.AsyncClient) -> None:
    draft = {"email": ANNA, "password": "Merkato2026", "name": "Anna"}
    for weak in ("Merkato2026", "anna@example.com", "Password123!", "zzzzzzzzz"):
        answer = await client.post("/v1/accounts", json=draft | {"password": weak})
        assert code(answer) == (422, "weak-password")
        assert pointers(answer) == {"/password"}
        assert weak not in answer.text
    assert (await client.post("/v1/accounts", json=draft | {"password": PASSWORD})).status_code == 201
    token = await accounts.reset_token(app, ANNA)
    url = "/v1/auth/password-resets/confirm"
    assert code(await client.post(url, json={"token": token, "password": "anna12345"})) == (422, "weak-password")
    assert (await client.post(url, json={"token": token, "password": NEXT})).status_code == 204


async def test_log_ins_are_throttled_by_account_also_for_nobody(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in()
    await sign_in("Bert")
    said = []
    for email in (ANNA, "nobody@example.com"):
        # At once, in several spellings: each counts before it is compared.
        answers = await asyncio.gather(*(attempt(client, email.upper() if n % 2 else email) for n in range(12)))
        assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 2
        last = await attempt(client, email, PASSWORD)
        assert code(last) == (429, "too-many")
        assert 850 < int(last.headers["retry-after"]) <= 900
        said.append({name: value for name, value in last.json().items() if name != "request_id"})
    assert said[0] == said[1]
    # Others log in as ever, and a right password forgets the wrong ones before it.
    for _ in range(2):
        for _ in range(9):
            assert (await attempt(client, "bert@example.com")).status_code == 401
        await log_in(client, "bert@example.com")


async def test_one_address_cannot_try_everything(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in()
    taken = {"email": ANNA, "password": PASSWORD, "name": "Anna"}
    answers = [await client.post("/v1/accounts", json=taken) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [409] * 20 + [429]
    resets = [await client.post("/v1/auth/password-resets", json={"email": f"n{n}@example.com"}) for n in range(31)]
    assert [answer.status_code for answer in resets] == [202] * 30 + [429]
    for n in range(30):
        path = ("verifications", "email-changes/confirm", "email-changes/undo")[n % 3]
        assert (await client.post(f"/v1/auth/{path}", json={"token": "x"})).status_code == 422
    spent = await client.post("/v1/auth/password-resets/confirm", json={"token": "x", "password": NEXT})
    assert code(spent) == (429, "too-many")
    assert int(spent.headers["retry-after"]) > 0


async def test_an_address_that_fails_everywhere_is_kept_out(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await sign_in()
    assert code(await attempt(client, "n1@example.com")) == (401, "invalid-grant")
    for _ in range(FAILURES_OF_AN_ADDRESS.tries - 2):
        await app.state.throttle.spend(FAILURES_OF_AN_ADDRESS, "127.0.0.1")
    assert code(await attempt(client, "n2@example.com")) == (401, "invalid-grant")
    assert code(await attempt(client, password=PASSWORD)) == (429, "too-many")
    elsewhere = httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=("2001:db8::1", 1)), base_url="http://shop.test"
    )
    async with elsewhere:
        await log_in(elsewhere, ANNA)


async def test_an_address_is_changed_by_the_new_one_and_undone_by_the_old(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna, thief = await sign_in(), client
    await client.post("/v1/auth/verifications", json={"token": await accounts.verification_token(app, ANNA)})
    wish = {"email": NEW, "password": PASSWORD}
    for _ in range(2):
        answer = await anna.post("/v1/me/email", json=wish)
        assert (answer.status_code, answer.content) == (202, b"")
    assert pointers(await anna.post("/v1/me/email", json=wish | {"email": "no address"})) == {"/email"}
    token = await accounts.mailed_token(app, NEW, Purpose.CHANGE)
    for path in ("verifications", "email-changes/undo"):
        assert code(await client.post(f"/v1/auth/{path}", json={"token": token})) == (422, "invalid-token")
    with clock.moved(timedelta(hours=1, seconds=1)):
        late = await client.post("/v1/auth/email-changes/confirm", json={"token": token})
        assert code(late) == (422, "invalid-token")
    assert (await anna.get("/v1/me")).json()["email"] == ANNA
    assert (await client.post("/v1/auth/email-changes/confirm", json={"token": token})).status_code == 204
    assert code(await client.post("/v1/auth/email-changes/confirm", json={"token": token})) == (422, "invalid-token")
    me = (await anna.get("/v1/me")).json()
    assert (me["email"], me["email_verified"]) == (NEW, True)
    assert code(await attempt(client, password=PASSWORD)) == (401, "invalid-grant")
    # Whoever has taken the account changes the address once more: its owner's way back stays.
    undo = await accounts.mailed_token(app, ANNA, Purpose.UNDO)
    tokens = await log_in(thief, NEW)
    thief.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    assert (await thief.post("/v1/me/email", json=wish | {"email": "thief@example.net"})).status_code == 202
    again = await accounts.mailed_token(app, "thief@example.net", Purpose.CHANGE)
    assert (await thief.post("/v1/auth/email-changes/confirm", json={"token": again})).status_code == 204
    kept = await accounts.mailed_token(app, NEW, Purpose.UNDO)
    assert (await anna.post("/v1/auth/email-changes/undo", json={"token": undo})).status_code == 204
    assert (await anna.get("/v1/me")).status_code == (await thief.get("/v1/me")).status_code == 401
    for used in (undo, kept):
        assert code(await client.post("/v1/auth/email-changes/undo", json={"token": used})) == (422, "invalid-token")
    for email in (ANNA, NEW, "thief@example.net"):
        assert code(await attempt(client, email, PASSWORD)) == (401, "invalid-grant")
    assert code(await attempt(client, ANNA, passwords.LOCKED)) == (401, "invalid-grant")
    fresh = {"token": await accounts.reset_token(app, ANNA), "password": NEXT}
    assert (await client.post("/v1/auth/password-resets/confirm", json=fresh)).status_code == 204
    await log_in(client, ANNA, NEXT)


async def test_a_change_of_address_tells_nobody_of_other_accounts(
    app: FastAPI, sign_in: SignIn, settings: Settings, database: Database
) -> None:
    anna, bert = await sign_in(), await sign_in("Bert")
    answers = [
        await anna.post("/v1/me/email", json={"email": email, "password": PASSWORD})
        for email in ("bert@example.com", NEW)
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"")] * 2
    # Somebody takes the address between the mail and its token.
    token = await accounts.mailed_token(app, NEW, Purpose.CHANGE)
    await accounts.register_as(app, NEW)
    refused = await anna.post("/v1/auth/email-changes/confirm", json={"token": token})
    assert code(refused) == (409, "email-taken")
    assert (await anna.get("/v1/me")).json()["email"] == ANNA
    # Five mails in an hour, and one that was never verified gets no hold of the account.
    more: list[Any] = [
        await bert.post("/v1/me/email", json={"email": f"b{n}@example.com", "password": PASSWORD}) for n in range(6)
    ]
    assert [answer.status_code for answer in more] == [202] * 5 + [429]
    assert code(more[-1]) == (429, "too-many-mails")
    newest = await accounts.mailed_token(app, "b4@example.com", Purpose.CHANGE)
    assert (await bert.post("/v1/auth/email-changes/confirm", json={"token": newest})).status_code == 204
    async with database.reading() as session:
        told = text("SELECT count(*) FROM identity_challenges WHERE purpose = 'undo'")
        assert await session.scalar(told) == 0


async def test_both_addresses_are_written_to(make_app: Any, client_of: ClientOf, settings: Settings) -> None:
    async with MailServer() as server:
        smtp = Settings(_env_file=None, smtp_url=server.url).smtp_url
        app = make_app(settings.model_copy(update={"smtp_url": smtp, "public_url": "https://shop.example.com"}))
        anna = client_of(app)
        await accounts.sign_in(app, anna)
        await accounts.sign_in(app, client_of(app), "Bert")
        token = await accounts.verification_token(app, ANNA)
        await anna.post("/v1/auth/verifications", json={"token": token})
        for email in ("bert@example.com", NEW):
            await anna.post("/v1/me/email", json={"email": email, "password": PASSWORD})
            await tasks.settle(app)
        letter = words(server.to(NEW)[-1], "plain")
        token = next(line.strip() for line in letter.splitlines() if line.startswith("    "))
        assert f"https://shop.example.com/account/email?token={token}" in letter
        assert (await anna.post("/v1/auth/email-changes/confirm", json={"token": token})).status_code == 204
        await tasks.settle(app)
        warning = words(server.to(ANNA)[-1], "plain")
        assert NEW not in warning
        undo = next(line.strip() for line in warning.splitlines() if line.startswith("    "))
        assert f"https://shop.example.com/account/email-undo?token={undo}" in warning
        # Bert was asked to verify his own, and learns nothing of Anna's wish.
        assert [str(mail["Subject"]) for mail in server.to("bert@example.com")] == [
            "Confirm your e-mail address at Merkato"
        ]
        assert (await anna.post("/v1/auth/email-changes/undo", json={"token": undo})).status_code == 204
