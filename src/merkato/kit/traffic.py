"""Requests by the template of their route: how many, how long, with which answers. Never by what somebody has made up."""

import time
from collections.abc import Callable
from typing import Final

from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from merkato.kit.meters import Meters

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD: Final = "_OTHER"
"""As OpenTelemetry says it of methods that nobody knows."""
NO_ROUTE: Final = "none"
"""What no route is for; templates begin with a slash."""
GONE: Final = 499
"""Who asked has gone before there was an answer. No standard has a number for it; nginx has this one."""
_STREAM: Final = b"text/event-stream"


class Traffic:
    """Stands around everything else, so that what is answered before it is routed counts too."""

    def __init__(self, app: ASGIApp, *, meters: Meters, template: Callable[[Scope], str | None]) -> None:
        """`template` tells the path of the route that a request is for, also of one that it has not reached."""
        self.app = app
        self._meters = meters
        self._template = template
        # The library finds the same by its labels, several times slower.
        self._durations: dict[tuple[str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, stream = time.perf_counter(), 0, False

        async def watched(message: Message) -> None:
            nonlocal status, stream
            if message["type"] == "http.response.start":
                status = message["status"]
                stream = _is_stream(message)
                if stream:
                    # It lasts as long as its follower likes, which says nothing about the server.
                    self._end(scope, status, began)
                    self._meters.streams.inc()
            await send(message)

        self._meters.active.inc()
        try:
            await self.app(scope, receive, watched)
        except Exception:
            status = status or 500
            raise
        finally:
            if stream:
                self._meters.streams.dec()
            else:
                self._end(scope, status or GONE, began)

    def _end(self, scope: Scope, status: int, began: float) -> None:
        self._meters.active.dec()
        method = scope["method"] if scope["method"] in METHODS else OTHER_METHOD
        path = getattr(scope.get("route"), "path", None) or self._template(scope) or NO_ROUTE
        durations = self._durations.get((method, path, status))
        if durations is None:
            durations = self._meters.durations.labels(method, path, str(status))
            self._durations[method, path, status] = durations
        durations.observe(time.perf_counter() - began)


def _is_stream(start: Message) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(_STREAM) for name, value in start["headers"])
