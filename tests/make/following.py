"""Somebody who follows a stream of events, through the whole ASGI stack, and may be slow or go away."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx
from fastapi import FastAPI
from starlette.types import Message

STREAM = "/v1/feed/jobs/stream"
PATIENCE = 30


def read(block: str) -> dict[str, Any] | None:
    """The event that one block of a stream holds; None for a comment and the like."""
    said = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
    if "data" not in said:
        return None
    event: dict[str, Any] = json.loads(said["data"])
    assert (said["id"], said["event"]) == (event["id"], event["type"])
    return event


class Following:
    """What one follower receives."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.problem = b""
        self.began, self.over, self.gone, self.takes = (asyncio.Event() for _ in range(4))
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._text = ""

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        if self.status != 200:
            self.problem += message.get("body", b"")
            return
        if self.began.is_set():
            # Who does not take what is sent keeps the sender waiting.
            await self.takes.wait()
        self._text += message.get("body", b"").decode()
        *blocks, self._text = self._text.split("\n\n")
        for event in filter(None, map(read, blocks)):
            self._events.put_nowait(event)
        self.began.set()

    async def next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._events.get(), PATIENCE)

    async def several(self, number: int) -> list[dict[str, Any]]:
        return [await self.next() for _ in range(number)]

    async def ended(self) -> list[dict[str, Any]]:
        """Wait for the end; what has come before."""
        await asyncio.wait_for(self.over.wait(), PATIENCE)
        return [self._events.get_nowait() for _ in range(self._events.qsize())]


@asynccontextmanager
async def following(
    app: FastAPI,
    client: httpx.AsyncClient,
    after: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    **query: str,
) -> AsyncIterator[Following]:
    """Follow as this client does, from the moment at which the block begins until it ends."""
    follower = Following()
    follower.takes.set()
    sent = {**client.headers, **({"last-event-id": after} if after else {}), **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "method": "GET",
        "path": STREAM,
        "raw_path": STREAM.encode(),
        "root_path": "",
        "query_string": urlencode(query).encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("shop.test", 80),
        "state": {},
    }
    serving = asyncio.ensure_future(app(scope, follower.receive, follower.send))
    serving.add_done_callback(lambda _: follower.over.set())
    begun = asyncio.ensure_future(follower.began.wait())
    await asyncio.wait({serving, begun}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    begun.cancel()
    try:
        yield follower
    finally:
        follower.gone.set()
        follower.takes.set()
        await asyncio.wait_for(serving, PATIENCE)
