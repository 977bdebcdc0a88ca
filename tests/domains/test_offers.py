"""Offers on jobs: made once, seen by two, decided by the owner, cancelled by the author."""

from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from doors import ClientOf, SignIn
from make import accounts, jobs
from make.answers import code, made, pointers
from make.jobs import done, listed, offer, read
from merkato.domains.hiring.models import MESSAGES_MAX, OFFERS_MAX
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new


async def statuses(owner: httpx.AsyncClient, job_id: str) -> dict[str, str]:
    """Of each offer's author, by handle."""
    return {each["author"]["handle"]: each["status"] for each in await listed(owner, f"/v1/jobs/{job_id}/offers")}


async def test_an_offer_is_made_once_and_not_on_ones_own_job(sign_in: SignIn) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    job = await jobs.job(anna)
    path = f"/v1/jobs/{job['id']}/offers"
    assert code(await anna.post(path, json={})) == (409, "own-job")
    answer = await bob.post(path, json={"message": "On Friday?", "price": {"amount": 5000, "currency": "EUR"}})
    first = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{path}/{first['id']}")
    assert (first["status"], first["message"], first["author"]["handle"]) == ("pending", "On Friday?", "bob")
    assert first["price"] == first["amount"] == {"amount": 5000, "currency": "EUR"}
    assert code(await bob.post(path, json={})) == (409, "already-offered")
    second = await offer(eve, job["id"])
    assert second["price"] == job["price"]
    for nowhere in (new(), "nonsense"):
        assert (await bob.post(f"/v1/jobs/{nowhere}/offers", json={})).status_code in {404, 422}
    # The owner sees all of them, their authors their own, and others none.
    assert [each["id"] for each in (await read(anna, job["id"]))["offers"]] == [second["id"], first["id"]]
    assert [each["id"] for each in (await read(bob, job["id"]))["offers"]] == [first["id"]]
    assert [each["id"] for each in (await listed(eve, "/v1/jobs/open"))[0]["offers"]] == [second["id"]]
    assert [each["id"] for each in await listed(anna, path)] == [second["id"], first["id"]]
    for somebody in (bob, eve):
        assert code(await somebody.get(path)) == (403, "not-allowed")
    assert (await bob.get(f"{path}/{first['id']}")).json() == (await anna.get(f"{path}/{first['id']}")).json() == first
    assert code(await eve.get(f"{path}/{first['id']}")) == (403, "not-allowed")
    other = await jobs.job(anna)
    for nowhere in (f"{path}/{new()}", f"/v1/jobs/{other['id']}/offers/{first['id']}"):
        assert (await anna.get(nowhere)).status_code == 404


async def test_a_malformed_offer_is_refused_by_field(sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    job = await jobs.job(anna, price_unit="hour")
    path = f"/v1/jobs/{job['id']}/offers"
    now = clock.now()
    wrong: dict[str, list[Any]] = {
        "message": ["", "x" * 2_001, 5],
        "hours": [0, -1, 0.1, 1_000.25, "2", True, 10**400],
        "price/amount": [{"amount": -1, "currency": "EUR"}],
        "price/currency": [{"amount": 1, "currency": "USD"}, {"amount": 1, "currency": "XXX"}],
        "expires_at": ["never", now.isoformat(), (now + timedelta(days=367)).isoformat(), "9999-12-31T23:59:59-23:00"],
        "author": ["bob"],
    }
    for pointer, values in wrong.items():
        for value in values:
            said = {"hours": 1} | {pointer.split("/")[0]: value}
            assert pointers(await bob.post(path, json=said)) == {f"/{pointer}"}, value
    # By the hour, an offer says how many.
    assert pointers(await bob.post(path, json={})) == {"/hours"}
    assert (await read(bob, job["id"]))["offers_total"] == 0


async def test_what_an_agreement_comes_to(sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    expected = [
        (2500, 2.5, 6250),
        (1, 0.25, 0),
        (2, 0.25, 1),
        (3333, 0.75, 2500),
        (10**12, 1000, 10**15),
        (999, 3, 2997),
    ]
    for price, hours, amount in expected:
        job = await jobs.job(anna, price={"amount": price, "currency": "EUR"}, price_unit="hour")
        said = await offer(bob, job["id"], hours=hours)
        assert (said["hours"], said["amount"]["amount"], said["price_unit"]) == (hours, amount, "hour")
    # For a fixed price the hours are an estimate.
    job = await jobs.job(anna)
    assert (await offer(bob, job["id"], hours=8))["amount"] == job["price"]


async def test_accepting_one_rejects_the_others_until_it_is_cancelled(sign_in: SignIn) -> None:
    anna, bob, eve, dan = [await sign_in(name) for name in ("Anna", "Bob", "Eve", "Dan")]
    job = await jobs.job(anna)
    bobs, eves, dans = [await offer(each, job["id"]) for each in (bob, eve, dan)]
    path = f"/v1/jobs/{job['id']}/offers"
    for somebody in (bob, eve):
        for verb in ("accept", "reject"):
            assert code(await somebody.post(f"{path}/{bobs['id']}/{verb}")) == (403, "not-allowed")
    assert (await done(anna, job["id"], dans["id"], "reject"))["status"] == "rejected"
    assert code(await anna.post(f"{path}/{dans['id']}/accept")) == (409, "offer-not-pending")
    assert (await done(anna, job["id"], bobs["id"], "accept"))["status"] == "accepted"
    assert await statuses(anna, job["id"]) == {"bob": "accepted", "eve": "rejected", "dan": "rejected"}
    assert (await read(eve, job["id"]))["status"] == "assigned"
    for each, verb in ((eves, "accept"), (bobs, "accept"), (bobs, "reject")):
        assert code(await anna.post(f"{path}/{each['id']}/{verb}")) == (409, "offer-not-pending")
    assert code(await bob.delete(f"{path}/{bobs['id']}")) == (409, "offer-not-pending")
    late = await sign_in("Late")
    assert code(await late.post(path, json={})) == (409, "job-not-open")
    # Only its author cancels it. Those whom the acceptance had rejected are asked again, those rejected by hand are not.
    assert code(await anna.post(f"{path}/{bobs['id']}/cancel")) == (403, "not-allowed")
    assert code(await eve.post(f"{path}/{eves['id']}/cancel")) == (409, "offer-not-accepted")
    assert (await done(bob, job["id"], bobs["id"], "cancel"))["status"] == "cancelled"
    assert await statuses(anna, job["id"]) == {"bob": "cancelled", "eve": "pending", "dan": "rejected"}
    assert (await read(eve, job["id"]))["status"] == "open"
    assert code(await bob.post(f"{path}/{bobs['id']}/cancel")) == (409, "offer-not-accepted")
    assert code(await bob.post(path, json={})) == (409, "already-offered")
    assert (await done(anna, job["id"], eves["id"], "accept"))["status"] == "accepted"
    # What is done is not cancelled any more.
    assert (await jobs.pay(anna, job["id"])).status_code == 200
    assert (await done(anna, job["id"], "complete"))["status"] == "done"
    assert code(await eve.post(f"{path}/{eves['id']}/cancel")) == (409, "offer-not-accepted")
    for verb, refusal in (("complete", "job-not-assigned"), ("cancel", "too-late-to-cancel-job")):
        assert code(await anna.post(f"/v1/jobs/{job['id']}/{verb}")) == (409, refusal)


async def test_a_pending_offer_is_taken_back_and_made_anew(sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    job = await jobs.job(anna)
    first = await offer(bob, job["id"])
    path = f"/v1/jobs/{job['id']}/offers/{first['id']}"
    await made(bob, f"{path}/messages", text="Hello")
    assert code(await anna.delete(path)) == (403, "not-allowed")
    assert (await bob.delete(path)).status_code == 204
    assert (await bob.delete(path)).status_code == 404
    assert (await read(anna, job["id"]))["offers_total"] == 0
    again = await offer(bob, job["id"], price={"amount": 1, "currency": "EUR"})
    assert [each["id"] for each in (await read(anna, job["id"]))["offers"]] == [again["id"]]


async def test_an_offer_that_has_expired_is_not_accepted(sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    job = await jobs.job(anna)
    short = await offer(bob, job["id"], expires_at=(clock.now() + timedelta(minutes=5)).isoformat())
    accept = f"/v1/jobs/{job['id']}/offers/{short['id']}/accept"
    with clock.moved(timedelta(minutes=6)):
        assert code(await anna.post(accept)) == (409, "offer-expired")
        assert (await read(anna, job["id"]))["status"] == "open"
    assert (await anna.post(accept)).status_code == 200


async def test_cancelling_a_job_ends_its_offers(sign_in: SignIn) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    job = await jobs.job(anna)
    assert code(await anna.post(f"/v1/jobs/{job['id']}/complete")) == (409, "job-not-assigned")
    bobs, _ = await offer(bob, job["id"]), await offer(eve, job["id"])
    await done(anna, job["id"], bobs["id"], "accept")
    assert code(await bob.post(f"/v1/jobs/{job['id']}/cancel")) == (403, "not-allowed")
    assert (await done(anna, job["id"], "cancel"))["status"] == "cancelled"
    assert await statuses(anna, job["id"]) == {"bob": "cancelled", "eve": "rejected"}
    assert code(await bob.post(f"/v1/jobs/{job['id']}/offers/{bobs['id']}/cancel")) == (409, "offer-not-accepted")


async def test_messages_are_between_the_two_sides(sign_in: SignIn, database: Database) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    job = await jobs.job(anna)
    bobs, eves = await offer(bob, job["id"]), await offer(eve, job["id"])
    path = f"/v1/jobs/{job['id']}/offers/{bobs['id']}/messages"
    assert await listed(anna, path) == []
    said = [await made(who, path, text=words) for who, words in ((anna, "Is there a lift?"), (bob, "No, stairs."))]
    assert [(each["author"]["handle"], each["text"]) for each in said] == [
        ("anna", "Is there a lift?"),
        ("bob", "No, stairs."),
    ]
    assert await listed(anna, path) == await listed(bob, path) == said[::-1]
    page = (await bob.get(f"{path}?limit=1")).json()
    assert (await bob.get(f"{path}?limit=1&cursor={page['next']}")).json()["data"] == said[:1]
    assert code(await eve.get(path)) == (403, "not-allowed")
    assert code(await eve.post(path, json={"text": "Hello"})) == (403, "not-allowed")
    for wrong in ("", " ", "x" * 2_001, None, 5):
        assert pointers(await bob.post(path, json={"text": wrong})) == {"/text"}
    async with database.transaction() as session:
        more = "INSERT INTO hiring_messages SELECT gen_random_uuid(), :offer, :author, 'x', now() FROM generate_series(1, :n)"
        author = "SELECT author_id FROM hiring_offers WHERE id = :offer"
        author_id = await session.scalar(text(author), {"offer": bobs["id"]})
        await session.execute(text(more), {"offer": bobs["id"], "author": author_id, "n": MESSAGES_MAX - 2})
    assert code(await bob.post(path, json={"text": "One more"})) == (409, "too-many-messages")
    # Who was rejected has nothing more to say here, but what was said stays.
    await done(anna, job["id"], eves["id"], "reject")
    ended = f"/v1/jobs/{job['id']}/offers/{eves['id']}/messages"
    assert code(await eve.post(ended, json={"text": "Why?"})) == (409, "offer-ended")
    assert await listed(eve, ended) == []


async def test_a_job_takes_so_many_offers(
    app: FastAPI, client_of: ClientOf, sign_in: SignIn, database: Database
) -> None:
    anna, crowd = await sign_in(), [client_of(app) for _ in range(22)]
    await accounts.sign_in_all(app, crowd)
    job = await jobs.job(anna)
    for each in crowd[:21]:
        await offer(each, job["id"])
    # All of them are told of one job, the newest of each in a list of jobs, and others see their own.
    assert len((await read(anna, job["id"]))["offers"]) == 21
    assert [len(each["offers"]) for each in await listed(anna, "/v1/jobs")] == [20]
    assert len((await listed(crowd[0], "/v1/jobs/open"))[0]["offers"]) == 1
    async with database.transaction() as session:
        await session.execute(text("UPDATE hiring_jobs SET offers_total = :most"), {"most": OFFERS_MAX})
    assert code(await crowd[21].post(f"/v1/jobs/{job['id']}/offers", json={})) == (409, "too-many-offers")
