"""Locks between processes, which the kernel releases when their holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from merkato.kit.embedded.failure import EmbeddedFailed

PAUSE = 0.01


@contextmanager
def exclusive(path: Path, deadline: float) -> Iterator[int]:
    """Hold the lock alone; yields its descriptor, so that a program started meanwhile can hold it beyond our death.

    Raises EmbeddedFailed when the deadline passes first.
    """
    descriptor = _open(path)
    try:
        _wait(descriptor, fcntl.LOCK_EX, path, deadline)
        try:
            yield descriptor
        finally:
            # A child forked meanwhile has a copy of the descriptor, so closing alone would not release the lock.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def shared(path: Path, deadline: float) -> int:
    """Take a share of the lock, and give the descriptor that holds it.

    Raises EmbeddedFailed when the deadline passes first.
    """
    descriptor = _open(path)
    try:
        _wait(descriptor, fcntl.LOCK_SH, path, deadline)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def taken(descriptor: int, kind: int) -> bool:
    """Whether the lock could be had at once; a share already held is lost when it could not."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(descriptor: int, kind: int, path: Path, deadline: float) -> None:
    while not taken(descriptor, kind):
        if time.monotonic() > deadline:
            raise EmbeddedFailed(f"Another process starts or stops the embedded database and keeps {path} locked.")
        time.sleep(PAUSE)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
