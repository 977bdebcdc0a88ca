"""A kitchen that remembers, with the contract of `deploy/mocks/kitchen.yaml`: it takes no key, and makes what it is told again."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


@dataclass
class FakeKitchen:
    """Its schedules by their ids, oldest first."""

    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    added: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is one."""

    @property
    def app(self) -> Starlette:
        one = "/kitchen/schedules/{schedule_id}"
        return Starlette(
            routes=[
                Route("/kitchen/schedules", self._list, methods=["GET"]),
                Route("/kitchen/schedules", self._schedule, methods=["POST"]),
                Route(f"{one}/status", self._status, methods=["GET"]),
                Route(f"{one}/cancel", self._cancel, methods=["POST"]),
            ]
        )

    def add(self, order: list[dict[str, Any]]) -> dict[str, Any]:
        """A schedule, as it is made by a request."""
        schedule_id = str(uuid4())
        # Like many a service, it leaves out the time zone and means UTC.
        scheduled = datetime.now(UTC).replace(tzinfo=None).isoformat()
        self.schedules[schedule_id] = {
            "id": schedule_id,
            "order": order,
            "scheduled": scheduled,
            "status": "pending",
        }
        self.added.set()
        return self.schedules[schedule_id]

    def all_become(self, status: str) -> None:
        for schedule in self.schedules.values():
            schedule["status"] = status

    @property
    def statuses(self) -> list[str]:
        return [schedule["status"] for schedule in self.schedules.values()]

    async def _list(self, request: Request) -> JSONResponse:
        since = datetime.fromisoformat(request.query_params["since"]).replace(tzinfo=None)
        found = [each for each in self.schedules.values() if datetime.fromisoformat(each["scheduled"]) >= since]
        return JSONResponse({"schedules": found})

    async def _schedule(self, request: Request) -> JSONResponse:
        return JSONResponse(self.add((await request.json())["order"]), 201)

    async def _status(self, request: Request) -> JSONResponse:
        schedule = self.schedules.get(request.path_params["schedule_id"])
        return JSONResponse({"status": schedule["status"]}) if schedule else JSONResponse({"detail": "unknown"}, 404)

    async def _cancel(self, request: Request) -> JSONResponse:
        schedule = self.schedules.get(request.path_params["schedule_id"])
        if schedule is None:
            return JSONResponse({"detail": "unknown"}, 404)
        if schedule["status"] == "finished":
            return JSONResponse({"detail": "made already"}, 409)
        schedule["status"] = "cancelled"
        return JSONResponse({"order": schedule["order"]})
