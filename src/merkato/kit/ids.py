"""Identifiers: UUIDv7, sortable by creation, and random tokens that are secrets."""

import secrets
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

_TOKEN_BYTES = 32
_NUMBERS = (1 << 62) - 1
_lock = threading.Lock()
_last = 0


def new() -> UUID:
    """A UUIDv7 (RFC 9562, section 6.2, method 3): each is greater than the one before in this process."""
    global _last  # noqa: PLW0603 - monotony needs a memory.
    with _lock:
        nanoseconds = time.time_ns()
        # 48 bits of milliseconds and 12 bits of their fraction (a step is about 244 ns).
        stamp = (nanoseconds // 1_000_000) << 12 | (nanoseconds % 1_000_000) * 4096 // 1_000_000
        _last = stamp = max(stamp, _last + 1)
    high = (stamp >> 12) << 16 | 0x7000 | (stamp & 0xFFF)
    low = 0x8000_0000_0000_0000 | secrets.randbits(62)
    return UUID(int=high << 64 | low)


def numbered(number: int) -> UUID:
    """A UUIDv7 that carries a number in place of random bits (RFC 9562, section 6.2, method 1). Unique as far as the number is."""
    return UUID(int=new().int >> 62 << 62 | number)


def number_of(made: UUID) -> int:
    """The number that an id carries; of one that carries none, any number at all."""
    return made.int & _NUMBERS


def moment(made: UUID) -> datetime:
    """When one of our ids was made, to the millisecond."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)


def first_at(time_: datetime) -> UUID:
    """What every UUIDv7 that was made before a time is smaller than."""
    return UUID(int=int(time_.timestamp() * 1000) << 80)


def token() -> str:
    """A capability or refresh token: 256 random bits, safe in a header. Store its hash only."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def parsed(text: str) -> UUID | None:
    """The UUID that a text is, else None."""
    try:
        return UUID(text)
    except ValueError:
        return None
