"""Evaluations: by the owner, of the accepted offer, once; and what they come to."""

from typing import Any

import httpx
from sqlalchemy import text

from doors import SignIn
from make import jobs
from make.answers import code, made, pointers
from make.jobs import GOOD, done, evaluated, listed, offer, read
from merkato.kit.database import Database
from merkato.kit.ids import new

NOBODY_YET = {
    "count": 0,
    "no_shows": 0,
    "overall": {"average": None, "stars": {"0": 0, "1": 0, "2": 0, "3": 0, "4": 0, "5": 0}},
    "professionalism": None,
    "completeness": None,
    "efficiency": None,
}


async def stats(client: httpx.AsyncClient, handle: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/profiles/{handle}/evaluations/stats")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_owner_evaluates_the_accepted_offer_once(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    job = await jobs.job(anna)
    path = f"/v1/jobs/{job['id']}/evaluation"
    bobs, eves = await offer(bob, job["id"]), await offer(eve, job["id"])
    assert code(await anna.post(path, json=GOOD)) == (409, "job-not-assigned")
    assert (await anna.get(path)).status_code == 404
    await done(anna, job["id"], bobs["id"], "accept")
    for somebody in (bob, eve):
        assert code(await somebody.post(path, json=GOOD)) == (403, "not-allowed")
    answer = await anna.post(path, json=GOOD | {"professionalism": 4})
    written = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, path)
    assert (written["author"]["handle"], written["worker"]["handle"]) == ("anna", "bob")
    assert (written["overall"], written["professionalism"], written["efficiency"]) == (5, 4, None)
    assert (written["job"], written["no_show"]) == ({"id": job["id"], "title": job["title"]}, False)
    assert code(await anna.post(path, json=GOOD)) == (409, "already-evaluated")
    closed = await read(anna, job["id"])
    assert closed["status"] == "closed"
    assert {each["id"]: each["status"] for each in closed["offers"]} == {
        bobs["id"]: "completed",
        eves["id"]: "rejected",
    }
    late = await sign_in("Late")
    assert code(await late.post(f"/v1/jobs/{job['id']}/offers", json={})) == (409, "job-not-open")
    assert code(await bob.post(f"/v1/jobs/{job['id']}/offers/{bobs['id']}/cancel")) == (409, "offer-not-accepted")
    assert (await late.get(path)).json() == written
    assert await listed(client, "/v1/profiles/bob/evaluations") == [written]
    # Also what was said to be done can be evaluated, and what was cancelled cannot.
    second = await jobs.job(anna)
    await done(anna, second["id"], (await offer(bob, second["id"]))["id"], "accept")
    assert (await jobs.pay(anna, second["id"])).status_code == 200
    await done(anna, second["id"], "complete")
    await made(anna, f"/v1/jobs/{second['id']}/evaluation", overall=0)
    third = await jobs.job(anna)
    await done(anna, third["id"], (await offer(bob, third["id"]))["id"], "accept")
    await done(anna, third["id"], "cancel")
    assert code(await anna.post(f"/v1/jobs/{third['id']}/evaluation", json=GOOD)) == (409, "job-not-assigned")
    for nowhere, status in ((new(), 404), ("nonsense", 422)):
        assert (await anna.post(f"/v1/jobs/{nowhere}/evaluation", json=GOOD)).status_code == status


async def test_a_malformed_evaluation_is_refused_by_field(sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    job = await jobs.job(anna)
    await done(anna, job["id"], (await offer(bob, job["id"]))["id"], "accept")
    path = f"/v1/jobs/{job['id']}/evaluation"
    assert pointers(await anna.post(path, json={})) == {"/overall"}
    for field in ("overall", "professionalism", "completeness", "efficiency"):
        for wrong in (-1, 6, 4.5, "5", True, 10**30):
            assert pointers(await anna.post(path, json=GOOD | {field: wrong})) == {f"/{field}"}, wrong
    for field, value in (("headline", ""), ("comment", "x" * 5_001), ("no_show", "no"), ("worker", "bob")):
        assert pointers(await anna.post(path, json=GOOD | {field: value})) == {f"/{field}"}
    assert (await read(anna, job["id"]))["status"] == "assigned"


async def test_who_was_evaluated_replies(sign_in: SignIn) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    written = await evaluated(anna, bob)
    path = f"/v1/jobs/{written['job']['id']}/evaluation/reply"
    for somebody in (anna, eve):
        assert code(await somebody.put(path, json={"text": "No"})) == (403, "not-allowed")
    for words in ("Thank you.", "Thank you very much."):
        replied = (await bob.put(path, json={"text": words})).json()
        assert replied == written | {"reply": words, "replied_at": replied["replied_at"]}
        assert replied["replied_at"] is not None
    assert pointers(await bob.put(path, json={"text": ""})) == {"/text"}
    job = await jobs.job(anna)
    assert (await bob.put(f"/v1/jobs/{job['id']}/evaluation/reply", json={"text": "?"})).status_code == 404


async def test_statistics_count_averages_stars_and_no_shows(
    client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    anna, bob, _ = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    assert await stats(client, "bob") == await stats(client, "eve") == NOBODY_YET
    assert await listed(client, "/v1/profiles/bob/evaluations") == []
    ratings: list[dict[str, Any]] = [
        {"overall": 5, "professionalism": 5, "efficiency": 4},
        {"overall": 4, "professionalism": 4},
        {"overall": 4, "professionalism": 4, "efficiency": 0},
        {"overall": 0, "no_show": True},
    ]
    for said in ratings:
        await evaluated(anna, bob, **said)
    assert await stats(client, "bob") == {
        "count": 4,
        "no_shows": 1,
        "overall": {"average": 3.25, "stars": {"0": 1, "1": 0, "2": 0, "3": 0, "4": 2, "5": 1}},
        "professionalism": 4.33,
        "completeness": None,
        "efficiency": 2.0,
    }
    assert await stats(client, "eve") == await stats(client, "anna") == NOBODY_YET
    page = (await client.get("/v1/profiles/bob/evaluations?limit=3")).json()
    rest = (await client.get("/v1/profiles/bob/evaluations", params={"limit": 3, "cursor": page["next"]})).json()
    assert [each["overall"] for each in page["data"] + rest["data"]] == [0, 4, 4, 5]
    for path in ("", "/stats"):
        assert (await client.get(f"/v1/profiles/nobody/evaluations{path}")).status_code == 404
    # The sums are what the evaluations say.
    async with database.reading() as session:
        counted = "SELECT count(*), sum(overall), count(*) FILTER (WHERE no_show) FROM hiring_evaluations"
        assert tuple((await session.execute(text(counted))).one()) == (4, 13, 1)
