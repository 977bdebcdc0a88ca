"""From the outbox to the queue: each event becomes one task for each reaction, at least once."""

from collections.abc import Mapping, Sequence
from typing import Final

from merkato.kit import events
from merkato.kit.database import Database, Session
from merkato.kit.tasks.queue import Queue, reaction_to

BATCH: Final = 100


async def relay(database: Database, queue: Queue, reactions: Mapping[str, Sequence[str]]) -> int:
    """Turn every waiting event into its tasks; how many events there were. `reactions` names those to each name of an event.

    Tasks are committed before their events are marked: what dies in between leaves events that are relayed once more.
    """
    relayed = 0
    while True:
        found = await database.run(_batch, queue, reactions)
        relayed += found
        if found < BATCH:
            return relayed


async def _batch(session: Session, queue: Queue, reactions: Mapping[str, Sequence[str]]) -> int:
    # Locked, and passed over by other relays, which take the events behind.
    waiting = await events.waiting(session, BATCH)
    await queue.add(
        [
            reaction_to(event.id, event.name, event.payload, name=name, traceparent=event.traceparent)
            for event in waiting
            for name in reactions.get(event.name, ())
        ]
    )
    await events.mark_relayed(session, [event.id for event in waiting])
    return len(waiting)
