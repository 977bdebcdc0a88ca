"""Structured logs: one JSON object a line (or coloured text at a terminal), without secrets."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from merkato.kit import traces

_SECRET: Final = ("password", "token", "secret", "authorization", "cookie", "api_key", "otp", "private")
_MASK: Final = "***"
_tracebacks: Final = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def masked(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what must never be in a log, whoever wrote it there."""
    for name in entry:
        if any(word in name.lower() for word in _SECRET):
            entry[name] = _MASK
    return entry


def traced(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of which trace the line is a part, where traces are recorded."""
    if (trace_id := traces.trace_id()) is not None:
        entry["trace_id"] = trace_id
    return entry


def configure(level: str, *, as_json: bool | None = None) -> None:
    """Set up logging for this process. JSON unless the error stream is a terminal."""
    if as_json is None:
        as_json = not sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        traced,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        masked,
    ]
    # A traceback is worth its lines; the values of local variables are somebody's data.
    last: list[structlog.typing.Processor] = (
        [_tracebacks, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)
