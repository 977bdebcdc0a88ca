"""Traces: which statements, questions to others and tasks belong to one request, whichever process they happen in.

The interface of OpenTelemetry comes with FastAPI and does nothing by itself, so what is said here costs next to nothing. What records and
sends is an extra (`sending`); it is imported when this process is told to `start`, and not before.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, Span, SpanKind, StatusCode, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy.ext.asyncio import AsyncEngine

HEADER: Final = "traceparent"
"""The header of W3C that says of which trace a request is a part."""
ASKED_AGAIN_AND_AGAIN: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Paths whose requests would hide all others."""
_EXTRA: Final = (
    "opentelemetry.sdk.trace",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.instrumentation.sqlalchemy",
)
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_NOT_INSTALLED: Final = "MERKATO_TRACES needs what is not installed: pip install 'merkato[traces]'."
_FORMAT: Final = TraceContextTextMapPropagator()


def _nothing() -> None:
    """What there is to end where nothing was started."""


@dataclass
class _Recording:
    """What this process records with: nothing, until it is told to."""

    tracer: Tracer = field(default_factory=NoOpTracer)
    end: Callable[[], None] = _nothing


_now: Final = _Recording()


def demand() -> None:
    """Raises ValueError, in one sentence, for what keeps traces from being recorded and sent."""
    try:
        found = all(find_spec(each) for each in _EXTRA)
    except ImportError:
        found = False
    if not found:
        raise ValueError(_NOT_INSTALLED)
    if os.environ.get("OTEL_TRACES_EXPORTER") not in {None, "", "otlp"}:
        raise ValueError("OTEL_TRACES_EXPORTER must be otlp, or not be set; MERKATO_TRACES=false sends nothing.")
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    if protocol not in {None, "", "http/protobuf"}:
        raise ValueError("OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf; collectors take it at port 4318.")
    collector()


def collector() -> tuple[str, int]:
    """The host and port that traces are sent to. Raises ValueError, in one sentence that does not quote the URL, for what is none."""
    name = next((each for each in _ENDPOINTS if os.environ.get(each)), None)
    try:
        parts = urlsplit(os.environ[name] if name else "http://localhost:4318")
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        raise ValueError(f"{name} must look like http://host:4318.") from None
    if not parts.hostname:
        raise ValueError(f"{name} must look like http://host:4318.")
    return parts.hostname, port


def start(pools: Iterable[AsyncEngine]) -> TracerProvider:
    """Record from now on, statements over these connections too, and send it to where the environment says. Raises ValueError as `demand` does.

    It starts a thread: a process calls it after it was forked.
    """
    demand()
    sending = import_module("merkato.kit.traces.sending")
    provider: TracerProvider
    provider, _now.end = sending.start([pool.sync_engine for pool in pools])
    _now.tracer = provider.get_tracer("merkato")
    return provider


async def stop() -> None:
    """Record nothing more, and send what is left, within a limit."""
    end, _now.tracer, _now.end = _now.end, NoOpTracer(), _nothing
    await asyncio.to_thread(end)


def here() -> str | None:
    """What is being done now, in W3C's words, for those who do a part of it later or elsewhere; None when nothing is recorded.

    What else a caller has said of its trace (`tracestate`, `baggage`) ends with us: it may be anybody's, and is as long as they like.
    """
    carrier: dict[str, str] = {}
    _FORMAT.inject(carrier)
    return carrier.get(HEADER)


def trace_id() -> str | None:
    """The trace that this is a part of, as one looks for it."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


def note_request(request_id: str) -> None:
    """The id of the request that is being answered, as it stands in the log and in problems."""
    trace.get_current_span().set_attribute("merkato.request_id", request_id)


def note_route(method: str, template: str) -> None:
    """The route of the request that is being answered. FastAPI says it of routes only that it has found itself."""
    span = trace.get_current_span()
    if span.is_recording():
        span.update_name(f"{method} {template}")
        span.set_attribute("http.route", template)


@contextmanager
def task(name: str, said: Mapping[str, object], parent: str | None) -> Iterator[Span]:
    """One try of a task: a part of the trace in which it was asked for, or a trace of its own where the clock asked for it."""
    with _now.tracer.start_as_current_span(
        name,
        _FORMAT.extract({HEADER: parent} if parent else {}, Context()),
        SpanKind.CONSUMER if parent else SpanKind.INTERNAL,
        {f"merkato.{key}": str(value) for key, value in said.items() if value is not None},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


@contextmanager
def call(name: str, host: str | None = None, port: int | None = None) -> Iterator[Span]:
    """Something that is asked of another machine, until its answer is there."""
    with _now.tracer.start_as_current_span(
        name, kind=SpanKind.CLIENT, record_exception=False, set_status_on_exception=False
    ) as span:
        if host is not None:
            note_place(span, host, port)
        try:
            yield span
        except BaseException as error:
            note_failure(span, type(error).__name__)
            raise


def note_place(span: Span, host: str, port: int | None) -> None:
    """Where it is asked. Never the whole URL: what stands behind the host may be a secret, as with many webhooks."""
    span.set_attribute("server.address", host)
    if port is not None:
        span.set_attribute("server.port", port)


def note_answer(span: Span, method: str, status: int | None, failure: str | None = None) -> None:
    """What came back of a request, or in one word why nothing did."""
    span.set_attribute("http.request.method", method)
    if status is not None:
        span.set_attribute("http.response.status_code", status)
    if failure or (status or 0) >= 400:
        note_failure(span, failure or str(status))


def note_failure(span: Span, kind: str) -> None:
    """That it failed, and how in one word: what an error says may hold anything."""
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)
