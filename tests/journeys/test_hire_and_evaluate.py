"""Somebody is hired and evaluated: as a story, with everybody at once, and in whatever order."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from doors import ClientOf, SignIn
from make import accounts, books, jobs
from make.answers import code
from make.jobs import GOOD, done, listed, offer, read
from merkato.app import create_app
from merkato.kit import clock
from merkato.settings import Settings

T = TypeVar("T")
Json = dict[str, Any]


async def test_hire_and_evaluate(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    job = await jobs.job(anna, price={"amount": 2500, "currency": "EUR"}, price_unit="hour", place="Berlin")
    (seen,) = await listed(bob, "/v1/jobs/open", place="berlin", max_price=2500)
    assert (seen["id"], seen["owner"]["handle"]) == (job["id"], "anna")
    bobs = await offer(bob, job["id"], hours=2.5, message="On Friday.")
    eves = await offer(eve, job["id"], hours=3, price={"amount": 2000, "currency": "EUR"})
    messages = f"/v1/jobs/{job['id']}/offers/{bobs['id']}/messages"
    assert (await anna.post(messages, json={"text": "Friday is fine."})).status_code == 201
    assert [each["text"] for each in await listed(bob, messages)] == ["Friday is fine."]

    # Bob is accepted and falls ill; Eve's offer stands again, and she comes.
    await done(anna, job["id"], bobs["id"], "accept")
    await done(bob, job["id"], bobs["id"], "cancel")
    accepted = await done(anna, job["id"], eves["id"], "accept")
    assert accepted["amount"] == {"amount": 6000, "currency": "EUR"}
    assert await listed(bob, "/v1/jobs/open") == []
    assert (await jobs.pay(anna, job["id"])).status_code == 200
    await done(anna, job["id"], "complete")
    evaluation = f"/v1/jobs/{job['id']}/evaluation"
    assert (await anna.post(evaluation, json=GOOD)).status_code == 201
    assert (await eve.put(f"{evaluation}/reply", json={"text": "Gladly again."})).status_code == 200
    (told,) = await listed(client, "/v1/profiles/eve/evaluations")
    assert (told["overall"], told["reply"], told["author"]["handle"]) == (5, "Gladly again.", "anna")
    assert (await client.get("/v1/profiles/eve/evaluations/stats")).json()["overall"]["stars"]["5"] == 1
    assert (await client.get("/v1/profiles/bob/evaluations/stats")).json()["count"] == 0
    assert (await read(anna, job["id"]))["status"] == "closed"


async def test_fifty_offers_and_ten_acceptances_at_once(app: FastAPI, client_of: ClientOf, sign_in: SignIn) -> None:
    anna, crowd = await sign_in(), [client_of(app) for _ in range(60)]
    await accounts.sign_in_all(app, crowd)
    job_id = (await jobs.job(anna))["id"]
    path = f"/v1/jobs/{job_id}/offers"
    # Ten of them offer twice at the same time.
    answers = await asyncio.gather(*(each.post(path, json={}) for each in [*crowd[:50], *crowd[:10]]))
    assert Counter(answer.status_code for answer in answers) == {201: 50, 409: 10}
    assert {code(answer) for answer in answers if answer.status_code == 409} == {(409, "already-offered")}
    job = await read(anna, job_id)
    assert job["offers_total"] == len(job["offers"]) == 50
    # Ten are accepted while ten more are made: nothing is left pending.
    chosen = [each["id"] for each in job["offers"][:10]]
    decided = await asyncio.gather(
        *(
            request
            for offer_id, late in zip(chosen, crowd[50:], strict=True)
            for request in (late.post(path, json={}), anna.post(f"{path}/{offer_id}/accept"))
        )
    )
    late, accepted = decided[0::2], decided[1::2]
    assert Counter(answer.status_code for answer in accepted) == {200: 1, 409: 9}
    assert {code(answer) for answer in accepted if answer.status_code == 409} == {(409, "offer-not-pending")}
    assert {code(answer) for answer in late if answer.status_code != 201} <= {(409, "job-not-open")}
    made = 50 + sum(answer.status_code == 201 for answer in late)
    job = await read(anna, job_id)
    assert Counter(each["status"] for each in job["offers"]) == {"accepted": 1, "rejected": made - 1}
    assert (job["offers_total"], job["status"]) == (made, "assigned")


async def test_what_happens_at_once_happens_one_after_the_other(sign_in: SignIn) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    job_id = (await jobs.job(anna))["id"]
    bobs, eves = [f"/v1/jobs/{job_id}/offers/{(await offer(each, job_id))['id']}" for each in (bob, eve)]
    assert (await anna.post(f"{bobs}/accept")).status_code == 200
    # The accepted one cancels while another is accepted, twice each: whoever is first, there is one accepted offer at most.
    answers = await asyncio.gather(
        bob.post(f"{bobs}/cancel"), anna.post(f"{eves}/accept"), bob.post(f"{bobs}/cancel"), anna.post(f"{eves}/accept")
    )
    cancelled, accepted = [[answer.status_code for answer in answers[first::2]] for first in (0, 1)]
    assert sorted(cancelled) == [200, 409]
    assert sorted(accepted) in ([200, 409], [409, 409])
    job = await read(anna, job_id)
    assert job["status"] == ("assigned" if 200 in accepted else "open")
    wanted = {"bob": "cancelled", "eve": "accepted" if 200 in accepted else "pending"}
    assert {each["author"]["handle"]: each["status"] for each in job["offers"]} == wanted
    if 200 not in accepted:
        assert (await anna.post(f"{eves}/accept")).status_code == 200
    # Five evaluations at once, while she would cancel: one of all these happens.
    evaluation = f"/v1/jobs/{job_id}/evaluation"
    races = await asyncio.gather(*(anna.post(evaluation, json=GOOD) for _ in range(5)), eve.post(f"{eves}/cancel"))
    assert Counter(answer.status_code for answer in races)[409] == 5
    evaluated = (await anna.get(evaluation)).status_code == 200
    stats = (await anna.get("/v1/profiles/eve/evaluations/stats")).json()
    assert (stats["count"], (await read(anna, job_id))["status"]) == ((1, "closed") if evaluated else (0, "open"))


async def test_the_sums_are_right_however_many_evaluate_at_once(
    app: FastAPI, client_of: ClientOf, sign_in: SignIn
) -> None:
    bob, owners = await sign_in("Bob"), [client_of(app) for _ in range(12)]
    await accounts.sign_in_all(app, owners)

    async def evaluate(owner: httpx.AsyncClient, stars: int) -> Json:
        return await jobs.evaluated(owner, bob, overall=stars, efficiency=stars)

    await asyncio.gather(*(evaluate(owner, number % 6) for number, owner in enumerate(owners)))
    stats = (await bob.get("/v1/profiles/bob/evaluations/stats")).json()
    assert stats["overall"] == {"average": 2.5, "stars": {str(star): 2 for star in range(6)}}
    assert (stats["count"], stats["efficiency"], stats["completeness"]) == (12, 2.5, None)


@dataclass
class Market:
    """The application, with a loop of its own: the machine is not asynchronous."""

    runner: asyncio.Runner
    app: FastAPI
    owner: httpx.AsyncClient
    workers: Sequence[httpx.AsyncClient]
    evaluated: Counter[int] = field(default_factory=Counter)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def ask(self, client: httpx.AsyncClient, verb: str, path: str, body: Json | None = None) -> httpx.Response:
        """No answer is a fault of the server's."""
        answer = self.do(client.request(verb, path, json=body))
        assert answer.status_code in {200, 201, 204, 409}, answer.text
        return answer


class Hiring(RuleBasedStateMachine):
    """One job and three who would do it, beside a model of what must be true."""

    market: Market

    @initialize(worker=some.integers(0, 2))
    def post(self, worker: int) -> None:
        self.path = f"/v1/jobs/{self.market.do(jobs.job(self.market.owner))['id']}"
        self.job = "open"
        self.offers: dict[int, str] = {}
        self.ids: dict[int, str] = {}
        self.by_hand: set[int] = set()
        self.held = False
        self.offer(worker)
        self.offer((worker + 1) % 3)

    def ask(self, client: httpx.AsyncClient, verb: str, path: str = "", body: Json | None = None) -> httpx.Response:
        return self.market.ask(client, verb, self.path + path, body)

    def decide(self, worker: int, verb: str) -> bool:
        """Whether it was done."""
        author = self.market.workers[worker] if verb in {"cancel", "rescind"} else self.market.owner
        if worker not in self.ids:
            return False
        path = f"/offers/{self.ids[worker]}"
        answer = self.ask(author, "DELETE", path) if verb == "rescind" else self.ask(author, "POST", f"{path}/{verb}")
        return answer.status_code != 409

    def expect(self, done: bool, allowed: bool) -> bool:  # noqa: FBT001 - a comparison.
        assert done == allowed
        return done

    @rule(worker=some.integers(0, 2))
    def offer(self, worker: int) -> None:
        answer = self.ask(self.market.workers[worker], "POST", "/offers", {})
        if self.expect(answer.status_code == 201, self.job == "open" and worker not in self.offers):
            self.offers[worker], self.ids[worker] = "pending", answer.json()["id"]

    @rule(worker=some.integers(0, 2))
    def rescind(self, worker: int) -> None:
        if self.expect(self.decide(worker, "rescind"), self.offers.get(worker) == "pending"):
            del self.offers[worker], self.ids[worker]

    @rule(worker=some.integers(0, 2))
    def reject(self, worker: int) -> None:
        if self.expect(self.decide(worker, "reject"), self.offers.get(worker) == "pending"):
            self.offers[worker] = "rejected"
            self.by_hand.add(worker)

    @rule(worker=some.integers(0, 2))
    def accept(self, worker: int) -> None:
        if self.expect(self.decide(worker, "accept"), self.offers.get(worker) == "pending"):
            for other, status in self.offers.items():
                self.offers[other] = "rejected" if status == "pending" else status
            self.offers[worker], self.job = "accepted", "assigned"

    @rule(worker=some.integers(0, 2))
    def cancel_offer(self, worker: int) -> None:
        allowed = self.offers.get(worker) == "accepted" and self.job == "assigned"
        if self.expect(self.decide(worker, "cancel"), allowed):
            self.reopen(worker)

    @rule(token=some.sampled_from(["success", "success", "lost-answer", "decline"]))
    def pay(self, token: str) -> None:
        answer = self.market.do(jobs.pay(self.market.owner, self.path.rpartition("/")[2], token))
        allowed = self.job == "assigned" and not self.held
        assert answer.status_code == (409 if not allowed else 402 if token == "decline" else 200), answer.text
        self.held = self.held or answer.status_code == 200

    @rule()
    def complete(self) -> None:
        if self.expect(self.ask(self.market.owner, "POST", "/complete").status_code == 200, self.held):
            self.job, self.held = ("done" if self.job == "assigned" else self.job), False

    @rule(days=some.integers(1, 8))
    def time_passes(self, days: int) -> None:
        """What was not paid within two days lapses; what is held for seven goes to the worker."""
        with clock.moved(timedelta(days=days, minutes=1)):
            self.market.do(jobs.sweep(self.market.app))
        if self.held and days >= 7:
            self.job, self.held = ("done" if self.job == "assigned" else self.job), False
        elif not self.held and days >= 2 and self.job == "assigned":
            (worker,) = [worker for worker, status in self.offers.items() if status == "accepted"]
            self.reopen(worker)

    def reopen(self, worker: int) -> None:
        for other, status in self.offers.items():
            self.offers[other] = "pending" if status == "rejected" and other not in self.by_hand else status
        self.offers[worker], self.job, self.held = "cancelled", "open", False

    @rule(enough=some.integers(0, 3))
    def cancel_job(self, enough: int) -> None:
        if enough:
            # Rarely, for it ends everything.
            return
        answer = self.ask(self.market.owner, "POST", "/cancel")
        if self.expect(answer.status_code == 200, self.job in {"open", "assigned"} or self.held):
            self.held = False
            if self.job == "closed":
                return
            end = {"pending": "rejected", "accepted": "cancelled"}
            self.offers = {worker: end.get(status, status) for worker, status in self.offers.items()}
            self.job = "cancelled"

    @rule(stars=some.integers(0, 5))
    def evaluate(self, stars: int) -> None:
        answer = self.ask(self.market.owner, "POST", "/evaluation", {"overall": stars})
        if self.expect(answer.status_code == 201, self.job in {"assigned", "done"}):
            (worker,) = [worker for worker, status in self.offers.items() if status == "accepted"]
            self.offers[worker], self.job = "completed", "closed"
            self.market.evaluated[worker] += 1

    @rule()
    def change(self) -> None:
        answer = self.ask(self.market.owner, "PATCH", "", {"title": "Another title"})
        self.expect(answer.status_code == 200, self.job == "open")

    @invariant()
    def all_is_as_the_model_says(self) -> None:
        told = self.ask(self.market.owner, "GET").json()
        assert told["status"] == self.job
        assert told["offers_total"] == len(self.offers)
        found = {each["id"]: each["status"] for each in told["offers"]}
        assert found == {self.ids[worker]: status for worker, status in self.offers.items()}
        if self.job != "open":
            assert "pending" not in found.values()
        assert self.market.do(books.held(self.market.app.state.database, self.path.rpartition("/")[2])) == (
            6000 if self.held else 0
        )

    def teardown(self) -> None:
        self.market.do(books.balance(self.market.app.state.database))
        for worker, client in enumerate(self.market.workers):
            handle = self.market.ask(client, "GET", "/v1/me").json()["profile"]["handle"]
            stats = self.market.ask(client, "GET", f"/v1/profiles/{handle}/evaluations/stats").json()
            assert stats["count"] == sum(stats["overall"]["stars"].values()) == self.market.evaluated[worker]


def test_hiring_is_as_it_is_meant_in_whatever_order(database_url: str, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:

        async def opened() -> Market:
            app = create_app(Settings(_env_file=None, database_url=None, home=tmp_path), database_url)
            transport = httpx.ASGITransport(app)
            people = [httpx.AsyncClient(transport=transport, base_url="http://shop.test") for _ in range(4)]
            await accounts.sign_in_all(app, people[:3], "Worker")
            await accounts.sign_in_all(app, people[3:], "Owner")
            return Market(runner, app, people[3], people[:3])

        market = runner.run(opened())
        machine = type("HiringOnThisMarket", (Hiring,), {"market": market})
        checked = settings(
            max_examples=14,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(machine, settings=checked)
        assert market.evaluated, "Somebody was evaluated."
        runner.run(market.app.state.database.close())
