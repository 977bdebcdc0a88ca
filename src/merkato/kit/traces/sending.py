"""Recording and sending, with the packages of the extra `traces`. Only `start` of this package imports it.

What leaves is enumerated (`TOLD`): whatever an instrumentation notes beside it, today or after an update, stays here.
"""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, TraceState, get_current_span
from opentelemetry.util.types import Attributes
from sqlalchemy import Engine

from merkato import __version__

TOLD: Final = frozenset(
    {
        "db.namespace",
        "db.operation.name",
        "db.query.text",  # With $1 in the place of each value.
        "db.system.name",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "merkato.event",
        "merkato.event_id",
        "merkato.request_id",
        "merkato.task",
        "merkato.task_id",
        "merkato.tried",
        "network.protocol.version",
        "server.address",
        "server.port",
        "url.scheme",
    }
)
"""The attributes that are sent. Not among them: paths and queries of URLs, headers, messages of errors, the database's user."""

PRESETS: Final = {
    # The names of attributes that have become stable; the instrumentation of SQLAlchemy says the old ones otherwise.
    "OTEL_SEMCONV_STABILITY_OPT_IN": "database,http",
    # A statement that writes a thousand rows is long, and the first of them say all.
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "4096",
}
"""Standard variables that have another default here."""

LAST_SPANS: Final = 5.0
"""Seconds that a process takes, when it stops, to send what is left."""

_EXPORTER: Final = logging.getLogger("opentelemetry.exporter.otlp.proto.http.trace_exporter")
_QUEUE: Final = logging.getLogger("opentelemetry.sdk._shared_internal")
_log = structlog.get_logger("merkato.traces")


def start(engines: Sequence[Engine]) -> tuple[TracerProvider, Callable[[], None]]:
    """A provider that records, statements on these engines too, with a thread that sends it; and what ends both."""
    for name, value in PRESETS.items():
        os.environ.setdefault(name, value)
    named = {"service.name": "merkato", "service.version": __version__} | dict(
        OTELResourceDetector().detect().attributes
    )
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    provider.sampler = _Rooted(provider.sampler)
    exporter = _Discreet(OTLPSpanExporter())
    _EXPORTER.addFilter(exporter.news)
    # That it is full, it says at each span.
    _QUEUE.setLevel(logging.ERROR)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    # It refuses SQLAlchemy 2.1 by its number, and would record nothing without a word. That it records is tested.
    SQLAlchemyInstrumentor().instrument(engines=list(engines), tracer_provider=provider, skip_dep_check=True)
    return provider, partial(_stop, provider, exporter)


def _stop(provider: TracerProvider, exporter: "_Discreet") -> None:
    """Send what is left; what a collector has not taken in time is lost."""
    SQLAlchemyInstrumentor().uninstrument()
    if exporter.failing:
        # Nobody takes it, and the next try may be seconds away.
        exporter.shutdown()
    # A collector that hangs would keep us for as long as it likes; nobody waits for this thread when the process ends.
    ending = threading.Thread(target=provider.shutdown, name="traces", daemon=True)
    ending.start()
    ending.join(LAST_SPANS)
    _EXPORTER.removeFilter(exporter.news)


class _Rooted(Sampler):
    """A look for tasks or a sign of life is no trace: what is asked of others without being a part of anything is not recorded.

    All else is as the standard variables say.
    """

    def __init__(self, rest: Sampler) -> None:
        self._rest = rest

    def should_sample(  # noqa: PLR0913 - the library's.
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        if kind is SpanKind.CLIENT and not get_current_span(parent_context).get_span_context().is_valid:
            return SamplingResult(Decision.DROP)
        return self._rest.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        return f"Rooted({self._rest.get_description()})"


class _Discreet(SpanExporter):
    """Hands on what may be told, and says once that nobody takes it, and once that somebody does again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.failing = self._ended = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._ended:
            return SpanExportResult.FAILURE
        result = self._exporter.export([told(each) for each in spans])
        failed = result is SpanExportResult.FAILURE
        if failed and not self.failing:
            _log.warning("traces", detail="The collector does not take spans; until it does they are lost.")
        elif self.failing and not failed:
            _log.info("traces", detail="The collector takes spans again.")
        self.failing = failed
        return result

    def news(self, record: logging.LogRecord) -> bool:
        """Whether this is the first that the library says of its trouble; it says as much at each try."""
        return record.levelno >= logging.ERROR and not self.failing

    def shutdown(self) -> None:
        if self._ended:
            return
        # What was cut short by the end is no news.
        self._ended = self.failing = True
        self._exporter.shutdown()


def told(span: ReadableSpan) -> ReadableSpan:
    """The span as it leaves: without other attributes, messages of errors, and what callers say of their trace."""
    context = span.context
    return ReadableSpan(
        span.name,
        context and SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags),
        span.parent,
        span.resource,
        {name: value for name, value in (span.attributes or {}).items() if name in TOLD},
        kind=span.kind,
        instrumentation_scope=span.instrumentation_scope,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
    )
