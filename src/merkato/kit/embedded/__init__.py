"""A private PostgreSQL that starts with the first process that asks for it and stops with the last."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from merkato.kit.embedded import cluster, locks, places, server
from merkato.kit.embedded.failure import EmbeddedFailed
from merkato.kit.embedded.places import Place

__all__ = ["Embedded", "EmbeddedFailed", "start", "url_of"]

STOP_TIMEOUT = 60.0


class Embedded:
    """One process's share of the server; `url` is how to connect, `directory` where the cluster lies.

    A forked child may use the URL, but the share stays its parent's: whatever the child closes, the server runs on.
    """

    def __init__(self, place: Place, url: str, share: int) -> None:
        self.url = url
        self.directory = place.cluster
        self._place = place
        self._share = share
        self._process = os.getpid()

    def close(self) -> None:
        """Give the share back, which may be done twice; the last to do so stops the server.

        Raises EmbeddedFailed when the server does not stop; the share is given back all the same.
        """
        share, self._share = self._share, -1
        if share < 0:
            return
        try:
            if os.getpid() == self._process:
                _leave(self._place, share)
        finally:
            os.close(share)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def start(home: Path, *, timeout: float = 60) -> Embedded:
    """The server of this home: found running, or started, or made first.

    Raises EmbeddedFailed with one sentence that says what is wrong and where to read more.
    """
    deadline = time.monotonic() + timeout
    try:
        place = places.prepare(home)
        with locks.exclusive(place.start_lock, deadline) as turn:
            if not place.cluster.exists():
                cluster.create(place, turn, deadline)
            sockets = server.ensure_running(place, deadline)
            return Embedded(place, _url(place, sockets), locks.shared(place.share_lock, deadline))
    except OSError as error:
        raise EmbeddedFailed(f"The embedded database of {home} cannot be used: {error}.") from error


def url_of(home: Path) -> str | None:
    """The URL of this home's cluster, whether it runs or not, and None when there is no cluster.

    Raises EmbeddedFailed when the cluster belongs to another user.
    """
    try:
        place = places.find(home)
        if place is None or not place.cluster.exists():
            return None
        running = server.find(place.cluster)
        return _url(place, (running and running.sockets) or place.sockets)
    except OSError as error:
        raise EmbeddedFailed(f"The embedded database of {home} cannot be used: {error}.") from error


def _leave(place: Place, share: int) -> None:
    """Stop the server if nobody else shares it.

    Starting and leaving take turns, so that nobody is handed a server that is about to be stopped.
    """
    try:
        with locks.exclusive(place.start_lock, time.monotonic() + STOP_TIMEOUT):
            if locks.taken(share, fcntl.LOCK_EX):
                server.stop(place, time.monotonic() + STOP_TIMEOUT)
    finally:
        # Forked children hold the lock too, by their copies of the descriptor, so closing ours would not release it.
        fcntl.flock(share, fcntl.LOCK_UN)


def _url(place: Place, sockets: Path) -> str:
    # The port names the socket file; without it a PGPORT in the environment would.
    host = quote(str(sockets), safe="/")
    return f"postgresql://merkato:{quote(place.password.read_text())}@/merkato?host={host}&port={server.PORT}"
