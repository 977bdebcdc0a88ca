"""The time, in one place, so that a test can move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_offset = timedelta()


def now() -> datetime:
    """The present moment, timezone-aware and in UTC."""
    return datetime.now(UTC) + _offset


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Run as if it were later (or earlier). For tests; it moves the whole process."""
    global _offset  # noqa: PLW0603 - the clock is the one thing that is the same for everybody.
    _offset += by
    try:
        yield
    finally:
        _offset -= by
