"""The Idempotency-Key: one effect, one answer, however often and however close together it is asked."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from doors import SignIn
from merkato.kit import clock, idempotency
from merkato.kit.database import Database
from merkato.kit.idempotency import LEASE, Answer, Claim, Start, StillRunning
from merkato.kit.ids import new
from merkato.kit.security import Secret

BERLIN = {"name": "Anna Example", "line1": "Torstrasse 1", "city": "Berlin", "postal_code": "10119", "country": "DE"}
URL = "/v1/me/addresses"


def claim(word: str = "once", body: str = "body") -> Claim:
    secret = Secret("a" * 40)
    return Claim(secret.sign("s", word.encode()), secret.sign("r", body.encode()), new(), secret)


async def test_twenty_at_once_have_one_effect(sign_in: SignIn) -> None:
    anna = await sign_in()
    headers = {"Idempotency-Key": "one of twenty"}
    answers = await asyncio.gather(*(anna.post(URL, json=BERLIN, headers=headers) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert len((await anna.get(URL)).json()["data"]) == 1


async def test_a_refusal_leaves_no_key(sign_in: SignIn) -> None:
    anna = await sign_in()
    headers = {"Idempotency-Key": "try again"}
    assert (await anna.post(URL, json=BERLIN | {"postal_code": "1"}, headers=headers)).status_code == 422
    assert (await anna.post(URL, json=BERLIN, headers=headers)).status_code == 201


async def test_keys_belong_to_their_caller(sign_in: SignIn) -> None:
    anna, bert = await sign_in("Anna"), await sign_in("Bert")
    headers = {"Idempotency-Key": "the same word"}
    first = await anna.post(URL, json=BERLIN, headers=headers)
    second = await bert.post(URL, json=BERLIN, headers=headers)
    assert first.json()["id"] != second.json()["id"]
    assert "Idempotent-Replayed" not in second.headers


async def test_a_malformed_key_is_named(sign_in: SignIn) -> None:
    anna = await sign_in()
    for key in ("", "x" * 256, "tab\there"):
        answer = await anna.post(URL, json=BERLIN, headers={"Idempotency-Key": key})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["in"] == "header"


async def test_answers_are_sealed(database: Database, sign_in: SignIn) -> None:
    anna = await sign_in()
    await anna.post(URL, json=BERLIN, headers={"Idempotency-Key": "secret"})
    async with database.reading() as session:
        row = (await session.execute(text("SELECT * FROM idempotency_keys"))).mappings().one()
    kept = b"".join(value for value in row.values() if isinstance(value, bytes))
    assert b"Torstrasse" not in kept
    assert b"secret" not in kept


async def test_signing_in_ignores_keys(database: Database, sign_in: SignIn) -> None:
    anna = await sign_in()
    form = {"grant_type": "password", "username": "anna@example.com", "password": "correct horse battery staple"}
    headers = {"Idempotency-Key": "log in"}
    first, second = [await anna.post("/v1/auth/tokens", data=form, headers=headers) for _ in range(2)]
    assert first.json()["refresh_token"] != second.json()["refresh_token"]
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM idempotency_keys")) == 0


async def test_a_lease_keeps_others_out_until_it_ends(database: Database) -> None:
    first, second = claim(), claim()
    assert await database.run(first.begin, lease=LEASE) is Start.FRESH
    assert await database.run(first.begin, lease=LEASE) is Start.RESUMED
    with pytest.raises(StillRunning) as refused:
        await database.run(second.begin, lease=LEASE)
    assert refused.value.headers["Retry-After"]
    with clock.moved(LEASE + timedelta(seconds=1)):
        assert await database.run(second.begin, lease=LEASE) is Start.RESUMED
        await database.run(first.keep, Answer(201, {}, b"too late"))
        await database.run(second.keep, Answer(201, {}, b"in time"))
        answer = await database.run(claim().begin)
    assert isinstance(answer, Answer)
    assert (answer.body, answer.repeated) == (b"in time", True)


async def test_old_keys_are_forgotten(database: Database) -> None:
    assert await database.run(claim().begin) is Start.FRESH
    with clock.moved(timedelta(hours=25)):
        assert await database.run(claim(body="another").begin) is Start.FRESH
    with clock.moved(timedelta(hours=60)):
        await database.run(idempotency.delete_expired)
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM idempotency_keys")) == 0


async def test_resting_keeps_the_key_and_releasing_gives_it_up(database: Database) -> None:
    rested = claim("rested")
    await database.run(rested.begin, lease=LEASE)
    await database.run(rested.rest)
    assert await database.run(claim("rested").begin, lease=LEASE) is Start.RESUMED
    released = claim("released")
    await database.run(released.begin, lease=LEASE)
    await database.run(released.release)
    assert await database.run(claim("released", body="another").begin, lease=LEASE) is Start.FRESH
