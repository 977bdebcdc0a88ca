"""A provider that plays one: for development, the demo and the tests. It keeps what it did in tables of its own."""

import asyncio
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from merkato.domains.payments import queries
from merkato.domains.payments.errors import ProviderUnreachable
from merkato.domains.payments.models import Charge, Outcome, Refunded, ReversalState, SimulatedCharge, Status
from merkato.domains.payments.providers.provider import Ability, Provider
from merkato.kit import clock
from merkato.kit.database import Database, Session

SLOW: Final = 2.0
"""Seconds that the token `slow` takes."""
SETTLES: Final = timedelta(seconds=3)
"""After this the token `pending` turns out to be authorised."""

_TOKENS: Final = {
    "success": Status.AUTHORIZED,
    "slow": Status.AUTHORIZED,
    "lost-answer": Status.AUTHORIZED,
    "pending": Status.PENDING,
    "decline": Status.DECLINED,
    "error": None,
}


class Simulated(Provider):
    """Tokens: `success`, `decline`, `slow`, `error` (never reached), `lost-answer` (done, but not told), `pending`."""

    name: ClassVar[str] = "simulated"
    can = frozenset(Ability) - {Ability.EVENTS}

    def __init__(self, database: Database) -> None:
        self._database = database

    def accepts(self, token: str) -> bool:
        return token in _TOKENS

    async def authorise(self, charge: Charge) -> Outcome:
        status = _TOKENS[charge.token]
        if status is None:
            raise ProviderUnreachable
        if charge.token == "slow":  # noqa: S105 - a word, no secret.
            await asyncio.sleep(SLOW)
        settles_at = clock.now() + SETTLES if status is Status.PENDING else None
        kept = await self._database.run(queries.remember_charge, charge, status, settles_at)
        if charge.token == "lost-answer":  # noqa: S105 - as above.
            raise ProviderUnreachable
        return _outcome(kept)

    async def find(self, charge: Charge) -> Outcome | None:
        kept = await self._database.run(_settled, charge.key)
        return _outcome(kept) if kept else None

    async def capture(self, charge: Charge, amount: int) -> Outcome:
        return _outcome(await self._database.run(queries.capture_charge, charge.key, amount))

    async def void(self, charge: Charge) -> Outcome:
        return _outcome(await self._database.run(queries.void_charge, charge.key))

    async def refund(self, charge: Charge, refund_key: UUID, amount: int) -> Refunded:
        if await self._database.run(queries.refund_charge, charge.key, refund_key, amount):
            return Refunded(ReversalState.SUCCEEDED, reference=f"sim_{refund_key.hex}")
        return Refunded(ReversalState.FAILED, reason="More than was taken cannot be given back.")


async def _settled(session: Session, key: UUID) -> SimulatedCharge | None:
    kept = await queries.charge(session, key)
    if kept is not None and kept.status == Status.PENDING and kept.settles_at and kept.settles_at <= clock.now():
        kept.status = Status.AUTHORIZED.value
    return kept


def _outcome(kept: SimulatedCharge) -> Outcome:
    status = Status(kept.status)
    declined = status is Status.DECLINED
    return Outcome(
        status,
        reference=f"sim_{kept.key.hex}",
        next_action={"type": "wait"} if status is Status.PENDING else None,
        code="card_declined" if declined else None,
        message="The card was declined." if declined else None,
        captured=kept.captured_minor,
    )
