"""What workers are paid out, who gets mail about the money of jobs, and what reconciliation finds of it."""

import asyncio
import email
import email.policy
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from doors import SignIn
from make import accounts, books, tasks
from make.answers import code, pointers
from make.jobs import agreement, assigned, balance, done, listed, paid, pay
from merkato.domains.reconciliation import flows as reconciliation
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new


@pytest.fixture(autouse=True)
async def _balanced(database: Database) -> AsyncIterator[None]:
    """Whatever happens to a job, the books hold."""
    yield
    await books.balance(database)


async def test_no_more_is_paid_out_than_was_earned(
    sign_in: SignIn, staff: httpx.AsyncClient, database: Database
) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    bobs_id = (await bob.get("/v1/me")).json()["id"]
    said = {"account_id": bobs_id, "amount": {"amount": 1800, "currency": "EUR"}, "reference": "SEPA 42"}

    async def note(key: str | None = None, **changes: Any) -> httpx.Response:
        return await staff.post("/v1/payouts", json=said | changes, headers={"Idempotency-Key": key or str(new())})

    assert code(await note()) == (409, "payout-too-large")
    assert code(await note(account_id=str(new()))) == (409, "payout-too-large")
    assert code(await staff.post("/v1/payouts", json=said)) == (400, "idempotency-key-missing")
    assert pointers(await note(amount={"amount": 0, "currency": "EUR"})) == {"/amount"}
    job_id, _ = await paid(anna, bob)
    await done(anna, job_id, "complete")
    answers = await asyncio.gather(*(note() for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["balance"] == 0
    assert code(await note(amount={"amount": 1, "currency": "USD"})) == (409, "payout-too-large")
    assert await balance(bob) == [("EUR", 0)]
    job_id, _ = await paid(anna, bob)
    await done(anna, job_id, "complete")
    first, second = await note("same"), await note("same")
    assert (first.content, second.headers["Idempotent-Replayed"]) == (second.content, "true")
    assert await balance(bob) == [("EUR", 3600)]
    assert len(await listed(bob, "/v1/me/payouts")) == len(await listed(staff, "/v1/payouts", account=bobs_id)) == 4
    assert await listed(anna, "/v1/me/payouts") == []


async def test_both_sides_get_their_mail(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    for client, name in ((anna, "Anna"), (bob, "Bob")):
        await client.post("/v1/auth/verifications/send")
        token = await accounts.verification_token(app, accounts.email_of(name))
        assert (await client.post("/v1/auth/verifications", json={"token": token})).status_code == 204
    await tasks.settle(app)
    before = {path.name for path in app.state.settings.mail_folder.glob("*.eml")}
    done_job, _ = await paid(anna, bob)
    await done(anna, done_job, "complete")
    left_job, left_offer = await paid(anna, bob)
    await done(bob, left_job, left_offer, "cancel")
    await tasks.settle(app)
    await done(anna, (await paid(anna, bob))[0], "cancel")
    await tasks.settle(app)
    letters = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted(app.state.settings.mail_folder.glob("*.eml"))
        if path.name not in before
    ]
    told = Counter((str(each["to"]), str(each["subject"])) for each in letters)
    title = "“Clean our kitchen”"
    assert told == {
        ("bob@example.com", f"Your offer for {title} was accepted"): 3,
        ("bob@example.com", f"{title} is paid"): 3,
        ("bob@example.com", f"{title} is done"): 1,
        ("bob@example.com", f"{title} was cancelled"): 1,
        ("anna@example.com", f"{title} is open again"): 1,
    }
    texts = " ".join(each.get_body(("plain",)).get_content() for each in letters)  # type: ignore[union-attr]  # Each has one.
    assert "54.00 EUR were added" in texts
    assert "We give back 60.00 EUR" in texts


async def test_reconciliation_finds_nothing_wrong_with_jobs_and_heals_what_is(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    held, ended = (await paid(anna, bob))[0], (await assigned(anna, bob))[0]
    await done(anna, (await paid(anna, bob))[0], "complete")
    assert (await pay(anna, ended, "pending")).status_code == 202
    await done(anna, ended, "cancel")
    # As if nobody had closed it: the provider took the money all the same.
    async with database.transaction() as session:
        forged = "UPDATE payments_attempts SET state = 'authorized' WHERE state = 'canceled'"
        await session.execute(text(forged))
        await session.execute(text("DELETE FROM payments_reversals"))
    with clock.moved(timedelta(minutes=16)):
        await reconciliation.reconcile(database, app.state.payment_providers, app.state.settings)
        async with database.reading() as session:
            found = (await session.execute(text("SELECT kind, healed_at FROM reconciliation_findings"))).all()
    assert [(row[0], row[1] is not None) for row in found] == [("money-without-order", True)]
    assert (await agreement(anna, held))["payment_status"] == "paid"
    assert [each["kind"] for each in await listed(anna, f"/v1/jobs/{ended}/refunds")] == ["void"]
