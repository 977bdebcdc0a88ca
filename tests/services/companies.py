"""The companies behind the payment providers, each on a server of its own: what the conformance suite and the flows are tried with."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from merkato.domains.payments.models import Charge, Status
from merkato.domains.payments.providers.http import BasicService, ExtendedService
from merkato.domains.payments.providers.provider import Ability, Provider
from merkato.domains.payments.providers.simulated import Simulated
from merkato.domains.payments.providers.stripe import LABEL, Stripe
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new
from merkato.sandbox.stripe import Memory, create
from services.payments import PaymentService
from services.server import Server

PATIENCE, IMPATIENCE = 10.0, 0.3
"""Seconds: enough for a server in this process however busy the machine is, and where silence is what is tried."""


@dataclass
class Company:
    """A provider, with what a test needs of the company behind it."""

    provider: Provider
    token: Callable[[str], str]
    """What to send for `success`, `decline` or `pending`."""
    settle: Callable[[], object]
    """What was pending turns out well."""
    charged: Callable[[Charge], int]
    """How often the company has reserved or taken this money."""
    server: Server | None = None

    @property
    def reserved(self) -> Status:
        return Status.AUTHORIZED if Ability.CAPTURE in self.provider.can else Status.CAPTURED

    def charge(self, word: str = "success", **changes: Any) -> Charge:
        return replace(Charge(new(), self.token(word), 1200, "EUR", clock.now()), **changes)

    async def authorised(self, **changes: Any) -> Charge:
        """A charge whose money is reserved, or taken where nothing can be reserved."""
        charge = self.charge(**changes)
        outcome = await self.provider.authorise(charge)
        assert outcome.status is self.reserved
        return replace(charge, reference=outcome.reference)


async def simulated(stack: AsyncExitStack, database_url: str) -> Company:
    database = Database(database_url)
    stack.push_async_callback(database.close)

    def settle() -> None:
        stack.enter_context(clock.moved(timedelta(seconds=5)))

    # Its key is the primary key of its table.
    return Company(Simulated(database), str, settle, lambda _: 1)


async def http(stack: AsyncExitStack, *, extended: bool) -> Company:
    service = PaymentService(extended=extended)
    server = await stack.enter_async_context(Server(service.app))

    def token(word: str) -> str:
        if not extended:
            service.answers.append({"success": "paid", "decline": "invalid", "pending": "pending"}[word])
        return word

    def charged(charge: Charge) -> int:
        return service.effects["charge", str(charge.key)]

    kind = ExtendedService if extended else BasicService
    return Company(kind(server.url, patience=PATIENCE), token, service.settle, charged, server)


async def stripe(stack: AsyncExitStack, memory: Memory | None = None) -> Company:
    memory = memory or Memory()
    server = await stack.enter_async_context(Server(create(memory)))
    tokens = {
        "success": "pm_card_visa",
        "decline": "pm_card_chargeDeclined",
        "pending": "pm_card_authenticationRequired",
    }

    def settle() -> None:
        for intent in memory.intents.values():
            if intent["status"] == "requires_action":
                memory.answer_challenge(intent, well=True)

    def charged(charge: Charge) -> int:
        ours = [each["id"] for each in memory.intents.values() if each["metadata"][LABEL] == str(charge.key)]
        return sum(effect in {f"authorise {each}" for each in ours} for effect in memory.effects)

    provider = Stripe("sk_test_1", url=server.url, back_to="https://shop.test/", patience=PATIENCE)
    return Company(provider, tokens.__getitem__, settle, charged, server)
