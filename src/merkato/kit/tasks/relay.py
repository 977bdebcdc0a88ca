"""From the outbox to the queue: each event becomes one task for each reaction, at least once."""

from collections.abc import Mapping, Sequence
from typing import Final

from merkato.kit import events
from merkato.kit.database import Database
from merkato.kit.tasks.queue import Queue, reaction_to

BATCH: Final = 100


async def relay(database: Database, queue: Queue, reactions: Mapping[str, Sequence[str]]) -> int:
    """Turn every waiting event into its tasks; how many events there were. `reactions` names those to each name of an event.

    Tasks are committed before their events are marked: what dies in between leaves events that are relayed once more.
    """
    relayed = 0
    while True:
        async with database.transaction() as session:
            # Locked and skipped by other relays, which take the ones behind.
            waiting = await events.waiting(session, BATCH)
            await queue.add(
                [
                    reaction_to(event.id, event.name, event.payload, name=name)
                    for event in waiting
                    for name in reactions.get(event.name, ())
                ]
            )
            await events.mark_relayed(session, [event.id for event in waiting])
        relayed += len(waiting)
        if len(waiting) < BATCH:
            return relayed
