"""One suite for every payment provider: what it says it can, it does, once for each key, whatever becomes of the answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from merkato.domains.payments.errors import NotSupported, ProviderUnreachable
from merkato.domains.payments.models import ReversalState, Status
from merkato.domains.payments.providers.http import BasicService
from merkato.domains.payments.providers.provider import Ability
from merkato.domains.payments.providers.stripe import KEYS_LAST
from merkato.kit import clock
from merkato.kit.ids import new
from merkato.sandbox.stripe import Memory
from services import companies
from services.companies import Company
from services.server import HANG, LOST, NONSENSE, RESET, Fault, says

PAID = {"payment_id": str(new()), "id": "pi_1", "status": "paid", "refund_id": str(new())}
LIES = (
    RESET,
    LOST,
    NONSENSE,
    says(500, PAID),
    says(404, PAID),
    says(503, b"<html>").after_doing,
    says(302, PAID, location="/payments"),
    says(200, b"<html>paid</html>").after_doing,
    says(201, b"[" * 100_000),
    says(201, PAID | {"more": "x" * 300_000}).after_doing,
    says(201, {"payment_id": 7, "id": 7, "status": "paid"}).after_doing,
    says(201, {"payment_id": str(new()), "id": "pi_1", "status": "succeeded", "amount_received": "all"}),
    says(201, ["paid"]),
    says(401, {"error": {"message": "who are you?"}}),
    says(429, {"error": {"message": "later"}}),
)


@pytest.fixture(params=["simulated", "basic", "extended", "stripe"])
async def company(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Company]:
    async with AsyncExitStack() as stack:
        if request.param == "simulated":
            yield await companies.simulated(stack, database_url)
        elif request.param == "stripe":
            yield await companies.stripe(stack)
        else:
            yield await companies.http(stack, extended=request.param == "extended")


async def test_a_provider_keeps_its_word(company: Company) -> None:
    await authorises(company)
    if Ability.CAPTURE in company.provider.can:
        await captures(company)
    if Ability.VOID in company.provider.can:
        await voids(company)
    if Ability.REFUND in company.provider.can:
        await refunds(company)
    if company.server is not None:
        await survives(company)
    await refuses_what_it_cannot(company)


async def authorises(company: Company) -> None:
    provider, charge = company.provider, company.charge()
    outcomes = [
        await provider.authorise(charge),
        *await asyncio.gather(*(provider.authorise(charge) for _ in range(4))),
    ]
    assert {outcome.status for outcome in outcomes} == {company.reserved}
    assert len({outcome.reference for outcome in outcomes}) == company.charged(charge) == 1
    known = replace(charge, reference=outcomes[0].reference)
    assert (await provider.authorise(known)).status is company.reserved

    declined = company.charge("decline")
    for _ in range(2):
        outcome = await provider.authorise(declined)
        assert outcome.status is Status.DECLINED
        assert outcome.code
        assert outcome.message

    pending = company.charge("pending")
    outcome = await provider.authorise(pending)
    assert (outcome.status, bool(outcome.next_action)) == (Status.PENDING, True)
    pending = replace(pending, reference=outcome.reference)
    look = provider.find if Ability.LOOK_UP in provider.can else provider.authorise
    again = await look(pending)
    assert again is not None
    assert again.status is Status.PENDING
    company.settle()
    for charge in (pending, replace(pending, reference=None)):
        settled = await look(charge)
        assert settled is not None
        assert (settled.status, settled.reference) == (company.reserved, outcome.reference)
    assert company.charged(pending) == 1
    if Ability.LOOK_UP in provider.can:
        assert await provider.find(company.charge()) is None


async def captures(company: Company) -> None:
    provider = company.provider
    for amount in (1200, 500):
        charge = await company.authorised()
        for asked in (amount, amount, 1200):
            outcome = await provider.capture(charge, asked)
            assert (outcome.status, outcome.captured) == (Status.CAPTURED, amount)
        assert outcome.fee is None or 0 < outcome.fee < amount
        if Ability.VOID in provider.can:
            late = await provider.void(charge)
            assert (late.status, late.captured) == (Status.CAPTURED, amount)


async def voids(company: Company) -> None:
    provider = company.provider
    for charge in (await company.authorised(), replace(await company.authorised(), reference=None), company.charge()):
        for _ in range(2):
            assert (await provider.void(charge)).status is Status.VOIDED
        assert (await provider.capture(charge, 1200)).status is Status.VOIDED
        assert (await provider.authorise(charge)).status in {Status.VOIDED, Status.DECLINED}
    assert (await provider.void(company.charge("pending"))).status is Status.VOIDED


async def refunds(company: Company) -> None:
    provider, charge, first = company.provider, await company.authorised(), new()
    await provider.capture(charge, 1000)
    done = [await provider.refund(charge, key, amount) for key, amount in ((first, 600), (new(), 500), (new(), 300))]
    failed = done[1]
    assert [each.state for each in done] == [ReversalState.SUCCEEDED, ReversalState.FAILED, ReversalState.SUCCEEDED]
    assert failed.reason
    again = await asyncio.gather(*(provider.refund(charge, first, 600) for _ in range(3)))
    assert {each.state for each in again} == {ReversalState.SUCCEEDED}
    assert len({each.reference for each in [*again, done[0]]}) == 1
    rest = [await provider.refund(charge, new(), 100) for _ in range(2)]
    assert [each.state for each in rest] == [ReversalState.SUCCEEDED, ReversalState.FAILED]


async def survives(company: Company) -> None:
    """Whatever goes wrong at whichever request, it is not known what happened, and asking again settles it."""
    provider, server = company.provider, company.server
    assert server is not None
    # A provider may need two requests for one question; the lie is told at the first or at the second.
    places: list[tuple[Fault | None, ...]] = [(lie,) for lie in LIES]
    if company.provider.name == "stripe":
        places += [(None, lie) for lie in LIES]
    for faults in (*places, (HANG,), (HANG.after_doing,)):
        charge = company.charge()
        server.next(*faults)
        provider.patience = companies.IMPATIENCE if HANG in faults or HANG.after_doing in faults else companies.PATIENCE
        with pytest.raises(ProviderUnreachable):
            await provider.authorise(charge)
        server.behave()
        provider.patience = companies.PATIENCE
        found = await provider.authorise(charge)
        assert (found.status, company.charged(charge)) == (company.reserved, 1), faults
    await server.cut()
    with pytest.raises(ProviderUnreachable):
        await provider.authorise(company.charge())
    await server.back()
    if Ability.REFUND not in provider.can:
        return
    charge, refund = await company.authorised(), new()
    server.next(LOST)
    with pytest.raises(ProviderUnreachable):
        await provider.capture(charge, 1200)
    assert (await provider.capture(charge, 1200)).captured == 1200
    server.next(*[None] * (2 if provider.name == "stripe" else 0), LOST)
    with pytest.raises(ProviderUnreachable):
        await provider.refund(charge, refund, 1000)
    assert (await provider.refund(charge, refund, 1000)).state is ReversalState.SUCCEEDED
    assert (await provider.refund(charge, new(), 201)).state is ReversalState.FAILED
    assert (await provider.refund(charge, new(), 200)).state is ReversalState.SUCCEEDED


async def refuses_what_it_cannot(company: Company) -> None:
    provider, charge = company.provider, company.charge()
    asked: dict[Ability, Any] = {
        Ability.LOOK_UP: lambda: provider.find(charge),
        Ability.CAPTURE: lambda: provider.capture(charge, 1),
        Ability.VOID: lambda: provider.void(charge),
        Ability.REFUND: lambda: provider.refund(charge, new(), 1),
    }
    for ability in asked.keys() - provider.can:
        with pytest.raises(NotSupported):
            await asked[ability]()
    assert Ability.EVENTS not in provider.can
    with pytest.raises(NotSupported):
        provider.read({}, b"{}")


async def test_a_clear_refusal_is_a_declined_payment() -> None:
    async with AsyncExitStack() as stack:
        for company in (await companies.http(stack, extended=True), await companies.stripe(stack)):
            assert company.server is not None
            for status in (400, 402):
                refusal = {"error": {"type": "card_error", "message": "No\0.", "code": "no"}, "message": "No\0."}
                company.server.next(says(status, refusal))
                outcome = await company.provider.authorise(company.charge())
                assert (outcome.status, outcome.message) == (Status.DECLINED, "No."), status
        too_much = says(201, {"payment_id": str(new()), "status": "paid", "captured": 1201})
        extended = await companies.http(stack, extended=True)
        assert extended.server is not None
        extended.server.next(too_much)
        with pytest.raises(ProviderUnreachable):
            await extended.provider.authorise(extended.charge())
        replay = await companies.http(stack, extended=False)
        assert replay.server is not None
        replay.server.next(says(200, {"payment_id": str(new()), "status": "paid"}))
        assert (await replay.provider.authorise(replay.charge())).captured == 1200
        replay.server.next(says(201, {"payment_id": str(new())}))
        assert (await replay.provider.authorise(replay.charge())).status is Status.PENDING
        assert BasicService.can == frozenset()


async def test_stripe_is_spoken_to_as_it_documents() -> None:
    async with AsyncExitStack() as stack:
        memory = Memory()
        company = await companies.stripe(stack, memory)
        provider = company.provider
        for currency, amount, theirs in (("ISK", 1200, 120_000), ("MGA", 1200, 12), ("KWD", 1230, 1230), ("JPY", 1, 1)):
            charge = await company.authorised(currency=currency, amount=amount)
            (intent,) = (each for each in memory.intents.values() if each["id"] == charge.reference)
            assert (intent["amount"], intent["currency"]) == (theirs, currency.lower())
            captured = await provider.capture(charge, amount)
            assert (captured.captured, (await provider.refund(charge, new(), amount)).state) == (amount, "succeeded")
        charge, refund = await company.authorised(), new()
        await provider.capture(charge, 1200)
        given = []
        for _ in range(2):
            given.append(await provider.refund(charge, refund, 600))
            memory.answers.clear()
        assert given[0] == given[1]
        assert memory.effects.count(f"refund {charge.reference} 600") == 1

        odd = await provider.authorise(company.charge(currency="MGA", amount=1250))
        assert odd.status is Status.DECLINED

        unknown = await provider.authorise(company.charge(token="pm_card_unknown"))
        assert (unknown.status, unknown.code) == (Status.DECLINED, "resource_missing")
        refused = company.charge("pending")
        outcome = await provider.authorise(refused)
        assert outcome.next_action is not None
        assert outcome.next_action["url"].endswith(f"/challenge/{outcome.reference}")
        memory.answer_challenge(memory.intents[outcome.reference or ""], well=False)
        found = await provider.find(refused)
        assert found is not None
        assert found.status is Status.DECLINED

        # After a day Stripe has forgotten its keys; what it has done is found by what we wrote on it.
        charge = await company.authorised()
        memory.answers.clear()
        with clock.moved(KEYS_LAST + timedelta(minutes=1)):
            found = await provider.find(replace(charge, reference=None))
        assert found is not None
        assert (found.status, found.reference, company.charged(charge)) == (Status.AUTHORIZED, charge.reference, 1)
        assert [provider.accepts(token) for token in ("pm_card_visa", "tok_1", "pm_../x", "pm_é")] == [True] + [
            False
        ] * 3
