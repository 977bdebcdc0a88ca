"""The server's log, and PostgreSQL's last words in it."""

import os
from pathlib import Path
from typing import BinaryIO

from merkato.kit.embedded.failure import EmbeddedFailed

SIZE_MAX = 1_000_000
TAIL = 16_384
COMPLAINTS = ("FATAL:", "PANIC:", "error:")


def appending(log: Path) -> BinaryIO:
    """The log, open for more, which starts afresh when it has grown large; one older log is kept."""
    if log.exists() and log.stat().st_size > SIZE_MAX:
        log.replace(log.with_name(f"{log.name}.1"))
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    stream = os.fdopen(descriptor, "ab")
    stream.seek(0, os.SEEK_END)
    return stream


def since(begin: int, log: Path) -> str:
    """What was written to the log since that position, or the end of it."""
    with log.open("rb") as stream:
        stream.seek(max(begin, log.stat().st_size - TAIL))
        return stream.read().decode(errors="replace")


def failure(what: str, log: Path, begin: int) -> EmbeddedFailed:
    """What failed and how PostgreSQL put it, in the part of the log written since that position."""
    lines = [line.strip() for line in since(begin, log).splitlines() if line.strip()]
    words = next(
        (line.split(mark, 1)[1].strip() for line in reversed(lines) for mark in COMPLAINTS if mark in line),
        lines[-1] if lines else "PostgreSQL gave no reason",
    )
    return EmbeddedFailed(f"The embedded database {what}: {words.rstrip('.')}; see {log}.")
