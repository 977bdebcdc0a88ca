"""Whether the process lives, and whether it can work: for load balancers, containers and people."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import Request, Response

from merkato.kit import database as databases
from merkato.kit.fields import View
from merkato.kit.http import router

LIMIT = 1.5
"""Seconds after which a database that has not answered counts as away."""
ABANDONED = 8.0
"""Seconds after which the question itself is given up, so that the next one goes over a fresh connection."""

routes = router("Service")


class Liveness(View):
    """The process answers."""

    status: Literal["live"] = "live"


class Readiness(View):
    """Whether requests can be served, and what stands in the way. `worker` informs only: it may run beside the server."""

    status: Literal["ready", "unavailable"]
    database: Literal["up", "down"]
    migrations: Literal["current", "behind", "unknown"]
    worker: Literal["running", "waiting", "off"]


class Watch:
    """Looks at the database, once at a time however many ask: questions must not pile up before one that hangs."""

    def __init__(self, behind: Callable[[], Awaitable[bool]]) -> None:
        """`behind` asks the database whether it lacks migrations, and raises when it cannot be asked."""
        self._behind = behind
        self._looking: asyncio.Task[bool | None] | None = None

    async def look(self) -> bool | None:
        """Whether migrations are lacking; None when the database does not answer in time."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._ask())
        # Whoever asks after this look has ended begins another; this caller's answer stays the one it waited for.
        looking = self._looking
        done, _ = await asyncio.wait({looking}, timeout=LIMIT)
        return looking.result() if done else None

    async def _ask(self) -> bool | None:
        for again in (True, False):
            try:
                async with asyncio.timeout(ABANDONED):
                    return await self._behind()
            except Exception as error:  # noqa: BLE001 - whatever it is, the database cannot be used.
                # The first connection from the pool may be one that a restart of the database has cut.
                if not (again and databases.lost(error)):
                    return None
        return None


@routes.get("/health/live", response_model=Liveness)
async def live() -> Liveness:
    """Whether the process answers: always 200. Restart it when it does not."""
    return Liveness()


@routes.get(
    "/health/ready",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "Not now: the database is away, or lacks migrations"}},
)
async def ready(request: Request, response: Response) -> Readiness:
    """Whether requests can be served now. Send none while it answers 503; it recovers by itself."""
    state = request.app.state
    behind = await state.watch.look()
    if behind is not False:
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    response.headers["Cache-Control"] = "no-store"
    return Readiness(
        status="ready" if behind is False else "unavailable",
        database="down" if behind is None else "up",
        migrations="unknown" if behind is None else "behind" if behind else "current",
        worker=state.worker,
    )
