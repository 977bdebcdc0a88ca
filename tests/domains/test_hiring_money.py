"""The money of jobs: taken once, held, and divided once, whatever is lost, repeated, late or done at the same time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from doors import SignIn
from make import books, jobs
from make.answers import code, made, pointers
from make.jobs import GOOD, agreement, assigned, balance, done, listed, offer, paid, pay, read, sweep
from make.providers import Unreachable
from merkato.domains.hiring import reactions
from merkato.domains.hiring.flows import paying
from merkato.domains.hiring.schemas import JobPayment
from merkato.domains.identity.models import Actor
from merkato.domains.payments import flows as payment_flows
from merkato.domains.payments.events import PaymentReported
from merkato.domains.payments.models import Charge, Outcome
from merkato.domains.payments.providers.simulated import Simulated
from merkato.domains.payments.schemas import PaymentDraft
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.idempotency import Claim
from merkato.kit.ids import new

CARD = PaymentDraft(provider="simulated", token="success")
LONG = 40 * 86_400


@pytest.fixture(autouse=True)
async def _balanced(database: Database) -> AsyncIterator[None]:
    """Whatever happens to a job, the books hold."""
    yield
    await books.balance(database)


@pytest.fixture
def patient(app: FastAPI) -> None:
    """Access tokens that outlive every deadline."""
    app.state.settings = app.state.settings.model_copy(update={"access_token_lifetime": LONG})


def _with(app: FastAPI, **changes: object) -> None:
    app.state.settings = app.state.settings.model_copy(update=changes)


class Greedy(Simulated):
    """A provider that takes less than it was asked for, and says so."""

    async def capture(self, charge: Charge, amount: int) -> Outcome:
        return await super().capture(charge, amount - 1)


async def charges(database: Database) -> list[tuple[str, int, int]]:
    """What the provider remembers."""
    found = "SELECT status, captured_minor, refunded_minor FROM payments_simulated_charges ORDER BY created_at, key"
    async with database.reading() as session:
        return [(row[0], row[1], row[2]) for row in await session.execute(text(found))]


async def announced(database: Database) -> list[str]:
    """What was announced about money and its jobs."""
    found = "SELECT name FROM outbox_events WHERE name IN ('job.paid', 'job.completed', 'job.released', 'job.cancelled', 'offer.lapsed') ORDER BY id"
    async with database.reading() as session:
        return list(await session.scalars(text(found)))


async def test_a_job_is_paid_held_and_released_less_the_fee(sign_in: SignIn, database: Database) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    job_id, offer_id = await assigned(anna, bob, price={"amount": 6005, "currency": "EUR"})
    terms = await agreement(bob, job_id)
    assert (terms["offer_id"], terms["amount"], terms["fee"]) == (offer_id, 6005, 601)
    assert (terms["payment_status"], terms["paid_at"], terms["cancel_by"]) == ("unpaid", None, None)
    assert (await read(eve, job_id))["agreement"] is None
    assert code(await anna.post(f"/v1/jobs/{job_id}/complete")) == (409, "not-paid")
    declined = await pay(anna, job_id, "decline", key="first")
    assert code(declined) == (402, "payment-declined")
    assert (await pay(anna, job_id, "decline", key="first")).content == declined.content
    answer = await pay(anna, job_id, "lost-answer", key="second")
    assert (answer.status_code, answer.json()["agreement"]["payment_status"]) == (200, "paid")
    again = await pay(anna, job_id, "lost-answer", key="second")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (answer.content, "true")
    assert code(await pay(anna, job_id, key="third")) == (409, "already-paid")
    assert await books.held(database, job_id) == 6005
    assert await balance(bob) == []
    completed = await done(anna, job_id, "complete")
    assert (completed["status"], completed["agreement"]["payment_status"]) == ("done", "released")
    assert (completed["agreement"]["earned"], completed["agreement"]["returned"]) == (5404, 0)
    assert (await books.held(database, job_id), await balance(bob)) == (0, [("EUR", 5404)])
    (earning,) = await listed(bob, "/v1/me/earnings")
    assert (earning["job"]["id"], earning["amount"], earning["fee"]) == (job_id, 5404, 601)
    assert await listed(anna, "/v1/me/earnings") == []
    assert code(await anna.post(f"/v1/jobs/{job_id}/complete")) == (409, "job-not-assigned")
    assert code(await anna.post(f"/v1/jobs/{job_id}/cancel")) == (409, "too-late-to-cancel-job")
    assert code(await pay(anna, job_id)) == (409, "already-paid")
    # Evaluating moves nothing.
    await made(anna, f"/v1/jobs/{job_id}/evaluation", **GOOD)
    assert await balance(bob) == [("EUR", 5404)]
    assert await announced(database) == ["job.paid", "job.completed", "job.released"]


async def test_a_payment_is_asked_for_well(app: FastAPI, sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    job_id, offer_id = await assigned(anna, bob)
    url, good = f"/v1/jobs/{job_id}/pay", {"payment": {"provider": "simulated", "token": "success"}}
    assert code(await anna.post(url, json=good)) == (400, "idempotency-key-missing")
    bad: list[tuple[dict[str, Any], str]] = [
        ({}, "/payment"),
        ({"payment": None}, "/payment"),
        ({"payment": {"provider": "nobody", "token": "success"}}, "/payment/provider"),
        ({"payment": {"provider": "simulated", "token": "no-such"}}, "/payment/token"),
        (good | {"amount": 1}, "/amount"),
    ]
    for body, pointer in bad:
        assert pointers(await anna.post(url, json=body, headers={"Idempotency-Key": str(new())})) == {pointer}
    assert code(await pay(bob, job_id)) == (403, "not-allowed")
    assert (await pay(anna, str(new()))).status_code == 404
    assert code(await pay(anna, (await jobs.job(anna))["id"])) == (409, "job-not-assigned")
    # The terms were frozen by the acceptance, whatever the settings say afterwards.
    _with(app, platform_fee="0.5", hiring_payments=False)
    assert (await agreement(anna, job_id))["fee"] == 600
    assert code(await pay(anna, job_id)) == (409, "not-paid-here")
    free, _ = await assigned(anna, bob, price={"amount": 0, "currency": "EUR"})
    _with(app, hiring_payments=True)
    assert code(await pay(anna, free)) == (409, "not-paid-here")
    assert (await done(anna, free, "complete"))["agreement"]["payment_status"] == "outside"
    await done(bob, job_id, offer_id, "cancel")
    assert code(await pay(anna, job_id)) == (409, "job-not-assigned")
    assert await listed(anna, f"/v1/jobs/{job_id}/payments") == []


async def test_who_only_brings_people_together_moves_no_money(app: FastAPI, sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    _with(app, hiring_payments=False)
    job_id, _ = await assigned(anna, bob)
    assert (await agreement(anna, job_id))["payment_status"] == "outside"
    assert code(await pay(anna, job_id)) == (409, "not-paid-here")
    with clock.moved(timedelta(days=30)):
        await sweep(app)
    assert (await done(anna, job_id, "complete"))["status"] == "done"
    assert await balance(bob) == []
    job_id, _ = await assigned(anna, bob)
    assert (await done(anna, job_id, "cancel"))["agreement"]["payment_status"] == "cancelled"


async def test_ten_payers_at_once_charge_once(sign_in: SignIn, database: Database) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    for key in (None, "same"):
        job_id, _ = await assigned(anna, bob)
        answers = await asyncio.gather(*(pay(anna, job_id, key=key) for _ in range(10)))
        taken = [answer for answer in answers if answer.status_code == 200]
        assert len({answer.content for answer in taken}) == 1
        refused = {code(answer) for answer in answers if answer.status_code != 200}
        assert refused <= {(409, "already-paid"), (409, "payment-under-way"), (409, "still-running")}
        assert len(await listed(anna, f"/v1/jobs/{job_id}/payments")) == 1
    assert await charges(database) == [("captured", 6000, 0)] * 2


@pytest.mark.parametrize("rival", ["complete", "cancel", "author"])
async def test_paying_and_ending_at_once_have_one_outcome(rival: str, sign_in: SignIn, database: Database) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    for _ in range(3):
        job_id, offer_id = await assigned(anna, bob)
        path = f"/v1/jobs/{job_id}/" + (f"offers/{offer_id}/cancel" if rival == "author" else rival)
        payment, ended = await asyncio.gather(pay(anna, job_id), (bob if rival == "author" else anna).post(path))
        job = await read(anna, job_id)
        held = await books.held(database, job_id)
        if rival == "complete":
            assert payment.status_code == 200, payment.text
            assert (job["status"], held) == (("done", 0) if ended.status_code == 200 else ("assigned", 6000))
            continue
        assert ended.status_code == 200, ended.text
        assert (job["status"], held) == ("open" if rival == "author" else "cancelled", 0)
        assert payment.status_code in {200, 409}, payment.text
        attempts = await listed(anna, f"/v1/jobs/{job_id}/payments")
        returned = sum(
            each["amount"] for each in await listed(anna, f"/v1/jobs/{job_id}/refunds") if each["kind"] == "refund"
        )
        assert sum(each["captured"] for each in attempts) == returned
        assert all(each["state"] not in {"pending", "authorized"} for each in attempts), attempts


async def test_completing_and_cancelling_at_once_have_one_outcome(sign_in: SignIn, database: Database) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    for _ in range(3):
        job_id, offer_id = await paid(anna, bob)
        answers = await asyncio.gather(
            anna.post(f"/v1/jobs/{job_id}/complete"),
            anna.post(f"/v1/jobs/{job_id}/cancel"),
            bob.post(f"/v1/jobs/{job_id}/offers/{offer_id}/cancel"),
        )
        # Once its author has left, the job is open, and its owner may still cancel it.
        assert [answer.status_code for answer in answers].count(200) in {1, 2}, [answer.text for answer in answers]
        terms = await agreement(anna, job_id)
        if answers[0].status_code == 200:
            assert (terms["payment_status"], terms["earned"], terms["returned"]) == ("released", 5400, 0)
            assert {answer.status_code for answer in answers[1:]} == {409}
        else:
            assert (terms["payment_status"], terms["earned"], terms["returned"]) == ("cancelled", 0, 6000)
        assert await books.held(database, job_id) == 0


@pytest.mark.usefixtures("patient")
async def test_cancelling_late_leaves_the_worker_a_part(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    _with(app, hiring_late_share="0.25")
    anna, bob = await sign_in(), await sign_in("Bob")
    today = clock.now().date()
    days = [(today + timedelta(days=each)).isoformat() for each in (-1, 3, 5)]
    early, late, left = [await paid(anna, bob, wished_on=days) for _ in range(3)]
    terms = await agreement(anna, early[0])
    assert (terms["cancel_by"][:10], terms["late_amount"]) == ((today + timedelta(days=2)).isoformat(), 1500)
    assert (await done(anna, early[0], "cancel"))["agreement"]["returned"] == 6000
    with clock.moved(timedelta(days=2, minutes=1)):
        cancelled = await done(anna, late[0], "cancel")
        # Who does not come gets nothing, however late.
        await done(bob, *left, "cancel")
    terms = cancelled["agreement"]
    assert (cancelled["status"], terms["returned"], terms["earned"]) == ("cancelled", 4500, 1350)
    assert (await agreement(anna, left[0]))["returned"] == 6000
    assert await balance(bob) == [("EUR", 1350)]
    assert sorted(await charges(database)) == [
        ("captured", 6000, 4500),
        ("captured", 6000, 6000),
        ("captured", 6000, 6000),
    ]
    (refund,) = await listed(anna, f"/v1/jobs/{late[0]}/refunds")
    assert (refund["amount"], refund["state"]) == (4500, "succeeded")
    assert (await announced(database)).count("job.released") == 1


async def test_what_nobody_pays_for_lapses_and_the_others_stand_again(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    anna, bob, eve = await sign_in(), await sign_in("Bob"), await sign_in("Eve")
    job_id = (await jobs.job(anna))["id"]
    bobs, eves = (await offer(bob, job_id))["id"], (await offer(eve, job_id))["id"]
    await done(anna, job_id, bobs, "accept")
    with clock.moved(timedelta(hours=47)):
        await sweep(app)
    assert (await read(anna, job_id))["status"] == "assigned"
    with clock.moved(timedelta(hours=49)):
        await asyncio.gather(sweep(app), sweep(app))
        await sweep(app)
    job = await read(anna, job_id)
    assert job["status"] == "open"
    assert {each["id"]: each["status"] for each in job["offers"]} == {bobs: "cancelled", eves: "pending"}
    await done(anna, job_id, eves, "accept")
    assert (await pay(anna, job_id)).status_code == 200
    assert (await agreement(eve, job_id))["payment_status"] == "paid"
    assert (await agreement(bob, job_id))["payment_status"] == "cancelled"
    assert await announced(database) == ["offer.lapsed", "job.paid"]


async def test_what_is_held_long_enough_goes_to_the_worker(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    job_id, _ = await paid(anna, bob)
    evaluated, _ = await paid(anna, bob)
    await made(anna, f"/v1/jobs/{evaluated}/evaluation", **GOOD)
    assert await books.held(database, evaluated) == 6000
    with clock.moved(timedelta(days=6)):
        await sweep(app)
    assert await balance(bob) == []
    with clock.moved(timedelta(days=7, minutes=1)):
        await asyncio.gather(sweep(app), sweep(app))
    assert [(await read(anna, each))["status"] for each in (job_id, evaluated)] == ["done", "closed"]
    assert await balance(bob) == [("EUR", 10_800)]


async def test_an_evaluation_leaves_the_money_where_it_is(sign_in: SignIn, database: Database) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    unpaid, _ = await assigned(anna, bob)
    came, missed = [(await paid(anna, bob))[0] for _ in range(2)]
    for job_id in (unpaid, came, missed):
        await made(anna, f"/v1/jobs/{job_id}/evaluation", **GOOD)
    assert (await agreement(anna, unpaid))["payment_status"] == "outside"
    assert code(await pay(anna, unpaid)) == (409, "job-not-assigned")
    assert (await done(anna, came, "complete"))["status"] == "closed"
    assert (await done(anna, missed, "cancel"))["status"] == "closed"
    assert (await agreement(anna, missed))["returned"] == 6000
    assert await balance(bob) == [("EUR", 5400)]
    for job_id, refusal in ((came, "job-not-assigned"), (missed, "job-not-assigned")):
        assert code(await anna.post(f"/v1/jobs/{job_id}/complete")) == (409, refusal)
        assert code(await anna.post(f"/v1/jobs/{job_id}/cancel")) == (409, "too-late-to-cancel-job")
    assert await books.held(database, missed) == 0


async def test_late_money_of_an_ended_agreement_goes_back(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    provider = Unreachable(database)
    app.state.payment_providers = {"simulated": provider}
    job_id, offer_id = await assigned(anna, bob)
    waiting = await pay(anna, job_id, key="mine")
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "2")
    assert waiting.json()["agreement"]["payment_status"] == "pending"
    assert code(await pay(anna, job_id)) == (409, "payment-under-way")
    assert code(await anna.post(f"/v1/jobs/{job_id}/complete")) == (409, "payment-under-way")
    assert code(await anna.post(f"/v1/jobs/{job_id}/evaluation", json=GOOD)) == (409, "payment-under-way")
    await done(bob, job_id, offer_id, "cancel")
    provider.back = True
    with clock.moved(timedelta(minutes=5)):
        await sweep(app)
        await sweep(app)
    assert code(await pay(anna, job_id, key="mine")) == (409, "job-not-assigned")
    assert await charges(database) == [("captured", 6000, 6000)]
    assert (await agreement(anna, job_id))["paid_at"] is None
    assert await announced(database) == []


async def test_a_payment_whose_process_died_is_finished(
    app: FastAPI, sign_in: SignIn, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    me = Actor(account_id=UUID((await anna.get("/v1/me")).json()["id"]))

    async def dies(*_: object, **__: object) -> None:
        raise ConnectionAbortedError

    for step in ("carry_on", "capture"):
        job_id, _ = await assigned(anna, bob)
        claim = Claim(new().bytes, b"request", new(), app.state.secret)
        with monkeypatch.context() as broken, pytest.raises(ConnectionAbortedError):
            broken.setattr(paying if step == "carry_on" else payment_flows, step, dies)
            await paying.pay(
                database,
                app.state.payment_providers,
                me,
                UUID(job_id),
                JobPayment(payment=CARD),
                claim=claim,
                settings=app.state.settings,
            )
        assert (await agreement(anna, job_id))["payment_status"] == "pending"
        with clock.moved(timedelta(minutes=2)):
            await sweep(app)
        assert (await agreement(anna, job_id))["payment_status"] == "paid"
        assert await books.held(database, job_id) == 6000
    assert await charges(database) == [("captured", 6000, 0)] * 2


async def test_a_provider_that_takes_another_amount_has_not_paid(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    job_id, _ = await assigned(anna, bob)
    app.state.payment_providers = {"simulated": Greedy(database)}
    assert code(await pay(anna, job_id)) == (402, "payment-declined")
    assert await charges(database) == [("captured", 5999, 5999)]
    app.state.payment_providers = {"simulated": Simulated(database)}
    assert (await pay(anna, job_id)).status_code == 200
    assert await books.held(database, job_id) == 6000


async def test_what_a_provider_tells_by_itself_is_followed(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    job_id, _ = await assigned(anna, bob)
    assert (await pay(anna, job_id, "pending")).status_code == 202
    (attempt,) = await listed(anna, f"/v1/jobs/{job_id}/payments")
    agreed = UUID((await agreement(anna, job_id))["offer_id"])
    with clock.moved(timedelta(seconds=4)):
        await reactions.hear(app.state.store, PaymentReported(attempt_id=UUID(attempt["id"]), payable_id=agreed))
    assert (await agreement(anna, job_id))["payment_status"] == "paid"
    assert await charges(database) == [("captured", 6000, 0)]
