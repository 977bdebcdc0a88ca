"""What a token from a mail proves: whose an address is, and who may set a new password."""

import asyncio
from datetime import timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from doors import ClientOf, SignIn
from make import accounts, tasks
from make.accounts import PASSWORD, log_in
from make.answers import code
from merkato.kit import clock
from merkato.kit.database import Database

ANNA = "anna@example.com"
NEW = "a brand new password"
REFUSED = (422, "invalid-token")


async def events(database: Database, name: str) -> int:
    async with database.reading() as session:
        found = text("SELECT count(*) FROM outbox_events WHERE name = :name").bindparams(name=name)
        return int(await session.scalar(found) or 0)


async def present(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/v1/auth/verifications", json={"token": token})


async def set_password(client: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    return await client.post("/v1/auth/password-resets/confirm", json={"token": token, "password": password})


async def test_an_address_is_verified_once_by_the_newest_token(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna = await sign_in()
    first = await accounts.verification_token(app, ANNA)
    assert (await anna.post("/v1/auth/verifications/send")).status_code == 204
    newest = await accounts.verification_token(app, ANNA)
    reset = await accounts.reset_token(app, ANNA)
    # An older one, one for another purpose, one that was changed, and what is no token at all.
    for wrong in (
        first,
        reset,
        newest[:-2] + ("AA" if newest[-2:] != "AA" else "BB"),
        newest + "AA",
        "?",
        "é",
        newest[:20],
    ):
        assert code(await present(client, wrong)) == REFUSED, wrong
    assert not (await anna.get("/v1/me")).json()["email_verified"]
    with clock.moved(timedelta(days=3, minutes=1)):
        assert code(await present(client, newest)) == REFUSED
    assert (await present(client, newest)).status_code == 204
    assert (await anna.get("/v1/me")).json()["email_verified"]
    assert code(await present(client, newest)) == REFUSED
    assert await events(database, "account.email_verified") == 1
    # What is verified gets no further mail.
    assert (await anna.post("/v1/auth/verifications/send")).status_code == 204
    assert await events(database, "account.verification_requested") == 2


async def test_five_verification_mails_in_an_hour(sign_in: SignIn, database: Database) -> None:
    anna = await sign_in()
    answers = [await anna.post("/v1/auth/verifications/send") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [204] * 4 + [429]
    assert code(answers[-1]) == (429, "too-many-mails")
    assert 3500 < int(answers[-1].headers["retry-after"]) <= 3600
    with clock.moved(timedelta(hours=1)):
        anna.headers["Authorization"] = f"Bearer {(await log_in(anna, ANNA))['access_token']}"
        assert (await anna.post("/v1/auth/verifications/send")).status_code == 204
    assert await events(database, "account.verification_requested") == 6


async def test_a_forgotten_password_is_replaced_once_and_ends_every_session(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna = await sign_in()
    verification = await accounts.verification_token(app, ANNA)
    first, newest = await accounts.reset_token(app, ANNA), await accounts.reset_token(app, ANNA)
    assert code(await set_password(client, first)) == REFUSED
    assert code(await set_password(client, verification)) == REFUSED
    assert (await set_password(client, newest, "short")).json()["errors"][0]["pointer"] == "/password"
    with clock.moved(timedelta(hours=1, seconds=1)):
        assert code(await set_password(client, newest)) == REFUSED
    assert (await anna.get("/v1/me")).status_code == 200
    assert (await set_password(client, newest)).status_code == 204
    assert (await anna.get("/v1/me")).status_code == 401
    assert code(await set_password(client, newest, "yet another password")) == REFUSED
    old = {"grant_type": "password", "username": ANNA, "password": PASSWORD}
    assert code(await client.post("/v1/auth/tokens", data=old)) == (401, "invalid-grant")
    anna.headers["Authorization"] = f"Bearer {(await log_in(client, ANNA, NEW))['access_token']}"
    assert (await anna.get("/v1/me")).json()["email_verified"]
    assert await events(database, "account.email_verified") == 1


async def test_nobody_learns_who_has_an_account(
    app: FastAPI, client: httpx.AsyncClient, client_of: ClientOf, sign_in: SignIn, database: Database
) -> None:
    await sign_in()
    answers = [
        await client_of(app).post("/v1/auth/password-resets", json={"email": email})
        for email in (ANNA, "nobody@example.com")
    ]
    ours = {"x-request-id", "ratelimit"}
    said = [(a.status_code, a.content, {name: a.headers[name] for name in set(a.headers) - ours}) for a in answers]
    assert said[0] == said[1]
    assert said[0][0] == 202
    assert (await client.post("/v1/auth/password-resets", json={"email": "no address"})).status_code == 422
    assert await events(database, "account.password_reset_requested") == 2
    async with database.reading() as session:
        left = list(await session.scalars(text("SELECT email_key FROM identity_challenges WHERE purpose = 'reset'")))
        told = str(list(await session.scalars(text("SELECT payload FROM outbox_events"))))
    assert left == [ANNA, "nobody@example.com"]
    assert "example.com" not in told


async def test_a_deleted_account_leaves_no_token_behind(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna = await sign_in()
    tokens = await accounts.verification_token(app, ANNA), await accounts.reset_token(app, ANNA)
    assert (await anna.delete("/v1/me")).status_code == 204
    assert code(await present(client, tokens[0])) == code(await set_password(client, tokens[1])) == REFUSED
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM identity_challenges")) == 0


async def test_a_flood_of_resets_leaves_one_row_for_an_address_and_an_end(
    app: FastAPI, client: httpx.AsyncClient, database: Database
) -> None:
    async def ask(email: str) -> int:
        answer = await client.post("/v1/auth/password-resets", json={"email": email})
        return answer.status_code

    async def waiting() -> int:
        async with database.reading() as session:
            return await session.scalar(text("SELECT count(*) FROM identity_challenges")) or 0

    same = ["nobody@example.com", "Nobody@Example.com"] * 4
    assert await asyncio.gather(*map(ask, same)) == [202] * 8
    assert (await waiting(), await events(database, "account.password_reset_requested")) == (1, 1)
    # The worker finds out that nobody has this address.
    await tasks.settle(app)
    assert await waiting() == 0
    flood = text(
        "INSERT INTO identity_challenges (id, purpose, email_key, created_at, expires_at) "
        "SELECT gen_random_uuid(), 'reset', number || '@example.com', now(), now() FROM generate_series(2, 10000) number"
    )
    async with database.transaction() as session:
        await session.execute(flood)
    assert [await ask(f"{name}@example.com") for name in ("anna", "bert")] == [202, 503]
    assert await waiting() == 10_000
