"""A collector of traces on a free port of loopback, as OTLP/HTTP has it: it decodes what arrives, and keeps it.

async with Collector() as collector:           # collector.server.url is for OTEL_EXPORTER_OTLP_ENDPOINT
    spans = collector.trace(TRACE)             # what has arrived of one trace
    print(collector.tree(TRACE))               # for people
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from anyio.from_thread import start_blocking_portal
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1 import trace_pb2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.server import Server

_KINDS: Final = {number: name.removeprefix("SPAN_KIND_").lower() for name, number in trace_pb2.Span.SpanKind.items()}


@dataclass(frozen=True)
class Span:
    """One span, as far as anybody looks at it."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    began: int
    failed: bool
    said: dict[str, Any]
    """Its attributes."""

    @property
    def statement(self) -> str:
        return str(self.said.get("db.query.text", ""))


@dataclass
class Collector:
    """Takes spans as long as its block lasts. `open` is the door: cleared, whoever comes must wait."""

    spans: list[Span] = field(default_factory=list)
    resource: dict[str, Any] = field(default_factory=dict)
    """What the last process that sent some has said of itself."""
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()
        self.server = Server(Starlette(routes=[Route("/v1/traces", self._take, methods=["POST"])]))

    async def __aenter__(self) -> Self:
        await self.server.back()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open.set()
        await self.server.cut()

    async def _take(self, request: Request) -> Response:
        sent = ExportTraceServiceRequest.FromString(await request.body())
        await self.open.wait()
        for part in sent.resource_spans:
            self.resource = _plain(part.resource.attributes)
            self.spans += [_span(each) for scope in part.scope_spans for each in scope.spans]
        return Response(ExportTraceServiceResponse().SerializeToString(), media_type="application/x-protobuf")

    @property
    def wire(self) -> bytes:
        """All that has arrived, as it came."""
        return b"".join(seen.body for seen in self.server.seen)

    def trace(self, trace: str) -> list[Span]:
        return sorted((span for span in self.spans if span.trace == trace), key=lambda span: span.began)

    def tree(self, trace: str) -> str:
        """What belongs to what, a line for each span."""
        spans = {span.id: span for span in self.trace(trace)}

        def lines(parent: str | None, depth: int) -> list[str]:
            below = [each for each in spans.values() if (each.parent if each.parent in spans else None) == parent]
            return [
                line
                for each in below
                for line in (f"{'  ' * depth}{each.kind} {each.name}", *lines(each.id, depth + 1))
            ]

        return "\n".join(lines(None, 0))


@contextmanager
def beside() -> Iterator[Collector]:
    """A collector with a thread of its own, for tests that wait."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Collector()) as collector:
        yield collector


def _span(span: trace_pb2.Span) -> Span:
    return Span(
        name=span.name,
        kind=_KINDS[span.kind],
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        began=span.start_time_unix_nano,
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        said=_plain(span.attributes),
    )


def _plain(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
