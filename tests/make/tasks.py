"""What the worker would do, done now and in this process: for tests of what domains do when others announce something."""

from fastapi import FastAPI
from sqlalchemy import select, update

from merkato import modules
from merkato.kit import clock, events
from merkato.kit.events import OutboxEvent


async def settle(app: FastAPI) -> int:
    """Let every waiting event have its reactions, and theirs, until none is left; how many events there were."""
    store, done = app.state.store, 0
    while True:
        async with store.database.reading() as session:
            waiting = select(OutboxEvent).where(OutboxEvent.relayed_at.is_(None)).order_by(OutboxEvent.id)
            found = list(await session.scalars(waiting))
        if not found:
            return done
        for event in found:
            for reaction in modules.REACTIONS:
                if reaction.event.name == event.name:
                    await reaction.do(store, events.read(reaction.event, event.id, event.payload))
            async with store.database.transaction() as session:
                relayed = update(OutboxEvent).where(OutboxEvent.id == event.id)
                await session.execute(relayed.values(relayed_at=clock.now()))
            done += 1
