"""The worker: events have their reactions at least once, whatever goes wrong on the way, and what cannot be done is listed."""

from fastapi import FastAPI

from make import worker
from make.worker import Rung, asked, effects, until, working
from merkato.kit.database import Database


async def test_each_event_has_each_of_its_reactions(app: FastAPI, database: Database) -> None:
    await worker.prepare(database)
    before = [Rung() for _ in range(3)]
    await worker.ring(database, *before)
    async with working(app.state.store):
        await until(database, "SELECT count(*) FROM effects", 6)
        await worker.ring(database, Rung(how="fail once"))
        await until(database, "SELECT count(*) FROM effects", 8)
    assert await asked(database, "SELECT count(*) FROM outbox_events WHERE relayed_at IS NULL") == 0
    assert await effects(database) == 8
