"""What the worker would do, done now and in this process: for tests of what domains do when others announce something."""

import json

from fastapi import FastAPI
from sqlalchemy import select, text, update

from merkato import modules
from merkato.kit import clock, events, ids
from merkato.kit.database import Database
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


async def dead(database: Database, name: str = "notifications.confirm") -> str:
    """A task that has failed for good, as a worker leaves it; its id."""
    return await _task(database, name, "failed")


async def waiting(database: Database, name: str) -> str:
    """A task that is due; its id."""
    return await _task(database, name, "todo")


async def _task(database: Database, name: str, status: str) -> str:
    task_id, order_id = str(ids.new()), str(ids.new())
    event = {"event_id": str(ids.new()), "event": "order.placed", "payload": {"order_id": order_id}}
    statement = (
        "INSERT INTO public_tasks.procrastinate_jobs (queue_name, task_name, status, args)"
        f" VALUES ('default', :name, '{status}', CAST(:args AS jsonb))"
    )
    async with database.transaction() as session:
        await session.execute(text(statement), {"name": name, "args": json.dumps({"task_id": task_id, **event})})
    return task_id
