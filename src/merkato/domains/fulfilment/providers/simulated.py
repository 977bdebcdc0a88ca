"""A kitchen that plays one: for development, the demo and the tests. It keeps what it was told in a table of its own."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from merkato.domains.fulfilment import queries
from merkato.domains.fulfilment.errors import KitchenTrouble
from merkato.domains.fulfilment.models import Item, KitchenStatus, Scheduled, SimulatedSchedule, merged
from merkato.domains.fulfilment.providers.kitchen import Kitchen
from merkato.kit import clock
from merkato.kit.database import Database, Session

BEGINS: Final = timedelta(seconds=2)
FINISHES: Final = timedelta(seconds=5)
"""After it was scheduled."""


class Simulated(Kitchen):
    """It begins after two seconds and is finished after five."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def schedule(self, items: Sequence[Item]) -> UUID:
        return await self._database.run(_schedule, items)

    async def status(self, schedule_id: UUID) -> KitchenStatus:
        async with self._database.reading() as session:
            kept = await queries.simulated_schedule(session, schedule_id)
        if kept is None:
            raise KitchenTrouble("The kitchen does not know this ticket.", nothing_done=True)
        return _status(kept)

    async def cancel(self, schedule_id: UUID) -> None:
        await self._database.run(_cancel, schedule_id)

    async def since(self, moment: datetime) -> list[Scheduled]:
        async with self._database.reading() as session:
            kept = await queries.simulated_schedules(session, moment)
        return [
            Scheduled(each.id, merged(Item(**item) for item in each.items), each.scheduled_at, _status(each))
            for each in kept
        ]


async def _schedule(session: Session, items: Sequence[Item]) -> UUID:
    kept = SimulatedSchedule(items=[asdict(item) for item in items])
    session.add(kept)
    await session.flush()
    return kept.id


async def _cancel(session: Session, schedule_id: UUID) -> None:
    kept = await queries.simulated_schedule(session, schedule_id, lock=True)
    if kept is not None and _status(kept) is KitchenStatus.FINISHED:
        raise KitchenTrouble("It is made already.", nothing_done=True)
    if kept is not None:
        kept.cancelled_at = kept.cancelled_at or clock.now()


def _status(kept: SimulatedSchedule) -> KitchenStatus:
    if kept.cancelled_at is not None:
        return KitchenStatus.CANCELLED
    age = clock.now() - kept.scheduled_at
    if age >= FINISHES:
        return KitchenStatus.FINISHED
    return KitchenStatus.PROGRESS if age >= BEGINS else KitchenStatus.PENDING
