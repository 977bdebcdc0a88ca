"""Jobs: posted, found, changed while they are open, and each its owner's for good."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from doors import SignIn
from make import jobs, tasks
from make.answers import code, made, pointers
from make.jobs import done, listed, offer, read
from merkato.domains.hiring.models import DAYS_MAX, JOBS_OPEN_MAX, PICTURES_MAX
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new

EUR = "EUR"


async def test_a_job_belongs_to_who_posts_it(sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    answer = await anna.post("/v1/jobs", json=jobs.KITCHEN | {"description": "Two windows, too.", "place": "Berlin"})
    assert answer.status_code == 201, answer.text
    job = answer.json()
    assert answer.headers["Location"] == f"/v1/jobs/{job['id']}"
    assert job["owner"] == (await bob.get("/v1/profiles/anna")).json()
    assert set(job["owner"]) == {"handle", "name", "bio", "image", "location", "created_at"}
    assert (job["status"], job["price_unit"], job["kind"], job["offers_total"]) == ("open", "fixed", "spot_clean", 0)
    assert (job["price"], job["wished_on"], job["pictures"]) == (jobs.KITCHEN["price"], [], [])
    assert "." in job["created_at"], "Times are told to the microsecond."
    assert datetime.fromisoformat(job["created_at"]).utcoffset() == timedelta()
    assert await read(bob, job["id"]) == job
    assert await listed(anna, "/v1/jobs") == [job]
    assert await listed(bob, "/v1/jobs") == []
    for word in ("owner", "owner_id", "status", "offers_total", "id"):
        assert pointers(await bob.post("/v1/jobs", json=jobs.KITCHEN | {word: job["id"]})) == {f"/{word}"}
        assert pointers(await anna.patch(f"/v1/jobs/{job['id']}", json={word: "bob"})) == {f"/{word}"}


async def test_a_malformed_job_is_refused_by_field(sign_in: SignIn) -> None:
    anna = await sign_in()
    wrong: dict[str, list[Any]] = {
        "title": [None, "", " ", 5, "x" * 201],
        "description": ["x" * 5_001, 5, "\x00"],
        "kind": [None, "", "unknown", "DROP", 5],
        "price": [None, 5, {}, "60"],
        "price_unit": [None, "day", 5],
        "place": ["", "x" * 201],
        "wished_on": [None, [0], ["tomorrow"], ["2026-05-01T10:00:00Z"], ["2026-05-01"] * (DAYS_MAX + 1)],
        "pictures": [
            None,
            ["http://example.com/a.jpg"],
            ["/media/a.jpg"],
            ["javascript:alert(1)"],
            ["https://example.com/a.jpg"] * (PICTURES_MAX + 1),
        ],
    }
    for field, values in wrong.items():
        for value in values:
            answer = await anna.post("/v1/jobs", json=jobs.KITCHEN | {field: value})
            assert {pointer.split("/")[1] for pointer in pointers(answer)} == {field}, value
    for amount in (-1, 1.5, "60", None, 10**13):
        price = {"amount": amount, "currency": EUR}
        assert pointers(await anna.post("/v1/jobs", json=jobs.KITCHEN | {"price": price})) == {"/price/amount"}
    assert await listed(anna, "/v1/jobs") == []
    free = await jobs.job(anna, price={"amount": 0, "currency": "JPY"}, wished_on=["2026-05-02", "2026-05-01"] * 2)
    assert (free["price"], free["wished_on"]) == ({"amount": 0, "currency": "JPY"}, ["2026-05-01", "2026-05-02"])


async def test_a_job_is_changed_by_its_owner_while_it_is_open(sign_in: SignIn) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    before = await jobs.job(anna, description="Old", place="Berlin")
    path, picture = f"/v1/jobs/{before['id']}", "https://example.com/kitchen.jpg"
    change = {
        "title": "Clean it",
        "description": None,
        "kind": "full_clean",
        "price_unit": "hour",
        "pictures": [picture],
    }
    after = (await anna.patch(path, json=change)).json()
    assert after == before | change | {"updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]
    # A patch of nothing, or of what is there already, changes nothing.
    for same in ({}, {"title": "Clean it", "price": before["price"]}):
        assert (await anna.patch(path, json=same)).json() == after
    for field in ("title", "kind", "price", "price_unit", "pictures", "wished_on"):
        assert pointers(await anna.patch(path, json={field: None})) == {f"/{field}"}
    assert code(await bob.patch(path, json=change)) == (403, "not-allowed")
    assert code(await bob.delete(path)) == (403, "not-allowed")
    for method in (bob.get, bob.delete):
        assert (await method(f"/v1/jobs/{new()}")).status_code == 404
        assert (await method("/v1/jobs/nonsense")).status_code == 422
    # Offers keep the terms on which they were made, and are no change of the job.
    kept = await offer(bob, before["id"], hours=2)
    assert (await read(anna, before["id"]))["updated_at"] == after["updated_at"]
    said = {"price": {"amount": 9900, "currency": "USD"}, "price_unit": "fixed"}
    assert (await anna.patch(path, json=said)).json()["offers"] == [kept]
    assert (await offer(eve, before["id"]))["price"] == said["price"]
    await done(anna, before["id"], kept["id"], "accept")
    assert code(await anna.patch(path, json={"title": "Too late"})) == (409, "job-not-open")
    assert code(await anna.delete(path)) == (409, "job-not-open")


async def test_a_job_goes_while_it_is_open_and_stays_for_those_who_have_offered(sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    job, wanted = await jobs.job(anna), await jobs.job(anna)
    assert (await anna.delete(f"/v1/jobs/{job['id']}")).status_code == 204
    assert (await anna.get(f"/v1/jobs/{job['id']}")).status_code == 404
    pending = await offer(bob, wanted["id"])
    assert (await anna.delete(f"/v1/jobs/{wanted['id']}")).status_code == 204
    kept = await read(bob, wanted["id"])
    assert (kept["status"], kept["offers"][0]["id"]) == ("cancelled", pending["id"])
    assert kept["offers"][0]["status"] == "rejected"
    assert await listed(bob, "/v1/jobs/open") == []
    assert code(await anna.post(f"/v1/jobs/{wanted['id']}/cancel")) == (409, "too-late-to-cancel-job")
    assert code(await anna.delete(f"/v1/jobs/{wanted['id']}")) == (409, "job-not-open")


async def test_open_jobs_are_found(sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    kitchen = await jobs.job(anna, place="Berlin, Kreuzberg 50%")
    garage = await jobs.job(
        anna, title="Swept garage", kind="full_clean", price={"amount": 2500, "currency": EUR}, price_unit="hour"
    )
    office = await jobs.job(
        bob, title="Büro in Köln", description="Staubig.", kind="dust_up", price={"amount": 9000, "currency": "USD"}
    )
    await anna.post(f"/v1/jobs/{(await jobs.job(anna))['id']}/cancel")

    async def found(**query: Any) -> list[str]:
        return [each["id"] for each in await listed(bob, "/v1/jobs/open", **query)]

    k, g, o = kitchen["id"], garage["id"], office["id"]
    assert await found() == [o, g, k]
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({"q": "clean"}, [k]),
        ({"q": "kitch"}, [k]),
        ({"q": "koln buro"}, [o]),
        ({"q": "staub"}, [o]),
        ({"q": "berlin"}, [k]),
        ({"q": "%"}, []),
        ({"q": "k_tchen"}, []),
        ({"kind": "full_clean"}, [g]),
        ({"kind": "unknown"}, []),
        ({"place": "kreuz"}, [k]),
        ({"place": "%"}, [k]),
        ({"place": "_"}, []),
        ({"min_price": 2500}, [g, k]),
        ({"min_price": 2501}, [k]),
        ({"max_price": 2500}, [g]),
        ({"max_price": 10**12, "currency": "USD"}, [o]),
        ({"currency": EUR, "price_unit": "fixed"}, [k]),
        ({"q": "clean", "min_price": 6000, "max_price": 6000, "kind": "spot_clean", "place": "Berlin"}, [k]),
    ]
    for query, result in expected:
        assert await found(**query) == result, query
    # What a change says is found, and what it no longer says is not.
    await anna.patch(f"/v1/jobs/{k}", json={"title": "Bathroom", "place": None})
    assert (await found(q="bath"), await found(q="kitchen"), await found(place="Berlin")) == ([k], [], [])
    for name, value in (("min_price", "-1"), ("limit", "-1"), ("limit", "101"), ("sort", "price"), ("kind", "A B")):
        assert (await bob.get("/v1/jobs/open", params={name: value})).status_code == 422, name


async def test_pages_of_open_jobs_are_stable(sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    posted = [(await jobs.job(anna, title=f"Job {number}"))["id"] for number in range(5)]
    page = (await bob.get("/v1/jobs/open?limit=2")).json()
    seen = [each["id"] for each in page["data"]]
    await jobs.job(anna, title="Newer than the first page")
    while page["next"]:
        page = (await bob.get("/v1/jobs/open", params={"limit": 2, "cursor": page["next"]})).json()
        seen += [each["id"] for each in page["data"]]
    assert seen == posted[::-1]


async def test_an_account_has_so_many_open_jobs(sign_in: SignIn, database: Database) -> None:
    anna = await sign_in()
    first = await jobs.job(anna)
    await jobs.copied(database, first["id"], JOBS_OPEN_MAX - 1)
    assert code(await anna.post("/v1/jobs", json=jobs.KITCHEN)) == (409, "too-many-jobs")
    await done(anna, first["id"], "cancel")
    await jobs.job(anna)


async def test_lists_cost_the_same_however_long(database: Database, sign_in: SignIn) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    wanted, closed = await jobs.job(anna), (await jobs.evaluated(anna, bob))["job"]
    await offer(bob, wanted["id"])
    paths = {
        "/v1/jobs": anna,
        "/v1/jobs/open": bob,
        f"/v1/jobs/{wanted['id']}/offers": anna,
        "/v1/profiles/bob/evaluations": bob,
    }
    told: list[str] = []
    event.listen(database._snapshot.sync_engine, "before_cursor_execute", lambda *said: told.append(str(said[2])))

    async def cost() -> list[tuple[int, int]]:
        found = []
        for path, client in paths.items():
            told.clear()
            found.append((len(await listed(client, path, limit=100)), len(told)))
        return found

    for each in (wanted, closed):
        await jobs.copied(database, each["id"], 9)
    few = await cost()
    for each in (wanted, closed):
        await jobs.copied(database, each["id"], 290)
    await offer(eve, wanted["id"])
    many = await cost()
    assert [rows for rows, _ in few] == [20, 10, 1, 10]
    assert [rows for rows, _ in many] == [100, 100, 2, 100]
    # One statement tells who calls, where that is asked. Then there are the jobs with their owners, and their offers with their authors;
    # the job, and its offers; the profile, and its evaluations.
    assert [number for _, number in few] == [number for _, number in many] == [4, 4, 3, 2]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns"])
async def test_times_are_right_wherever_the_server_stands(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        anna = await sign_in()
        posted = datetime.fromisoformat((await jobs.job(anna))["created_at"])
        assert abs(datetime.now(UTC) - posted) < timedelta(minutes=10)
        bob, until = await sign_in("Bob"), clock.now() + timedelta(minutes=30)
        job = await jobs.job(anna)
        promise = await offer(bob, job["id"], expires_at=until.astimezone().isoformat())
        assert datetime.fromisoformat(promise["expires_at"]) == until
        assert (await done(anna, job["id"], promise["id"], "accept"))["status"] == "accepted"
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_kinds_are_kept_by_staff(client: httpx.AsyncClient, staff: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna = await sign_in()
    assert [each["name"] for each in await listed(anna, "/v1/job-kinds")] == ["dust_up", "full_clean", "spot_clean"]
    garden = await made(staff, "/v1/job-kinds", name="garden", title="Gardening")
    assert garden["active"]
    job = await jobs.job(anna, kind="garden")
    for taken in (
        await staff.post("/v1/job-kinds", json={"name": "dust_up", "title": "Again"}),
        await staff.patch(f"/v1/job-kinds/{garden['id']}", json={"name": "dust_up"}),
    ):
        assert code(taken) == (409, "kind-taken")
    change = {"name": "gardening", "active": False}
    assert (await staff.patch(f"/v1/job-kinds/{garden['id']}", json=change)).json() == garden | change
    assert (await read(anna, job["id"]))["kind"] == "gardening"
    assert pointers(await anna.post("/v1/jobs", json=jobs.KITCHEN | {"kind": "gardening"})) == {"/kind"}
    # A job that has it keeps it, and may be changed otherwise.
    assert (await anna.patch(f"/v1/jobs/{job['id']}", json={"title": "Hedges"})).json()["kind"] == "gardening"
    for wrong in ("", "Garden", "two words", "a__b", "x" * 65, None, 5):
        assert pointers(await staff.post("/v1/job-kinds", json={"name": wrong, "title": "X"})) == {"/name"}
    assert (await staff.patch(f"/v1/job-kinds/{new()}", json={"title": "X"})).status_code == 404


async def test_nobody_waits_for_an_account_that_is_gone(app: FastAPI, sign_in: SignIn) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    wanted, offered, agreed, other = [(await jobs.job(each))["id"] for each in (anna, anna, anna, bob)]
    await offer(bob, offered)
    await done(anna, agreed, (await offer(bob, agreed))["id"], "accept")
    pending, theirs = await offer(anna, other), await offer(eve, other)
    assert (await anna.request("DELETE", "/v1/me")).status_code == 204
    await tasks.settle(app)
    assert (await bob.get(f"/v1/jobs/{wanted}")).status_code == 404
    assert (await read(bob, offered))["status"] == "cancelled"
    # What was agreed stays agreed.
    assert (await read(bob, agreed))["status"] == "assigned"
    left = await read(bob, other)
    assert ([each["id"] for each in left["offers"]], left["offers_total"]) == ([theirs["id"]], 1)
    assert pending["id"] not in str(left)
