"""The server process: whether it runs, how it starts, how it stops."""

import contextlib
import errno
import os
import signal
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from merkato.kit.embedded import binaries, logs, places
from merkato.kit.embedded.failure import EmbeddedFailed
from merkato.kit.embedded.places import SOCKET, Place

PORT = 5432
PAUSE = 0.01
PATIENCE = 1.0
FAILED = "did not start"

# A killed server's children may outlive it a little, and PostgreSQL refuses to start beside them.
BUSY = "pre-existing shared memory block"
RESPITE = 0.2

# Whether it speaks TLS, which a client may ask before all else; any answer will do.
QUESTION = struct.pack("!II", 8, 80_877_103)

# The lines of postmaster.pid, counted from zero.
PID, SOCKETS, STATUS = 0, 4, 7


@dataclass(frozen=True)
class Postmaster:
    """What postmaster.pid says of a server that is there; the socket's directory comes a little after the number."""

    pid: int
    sockets: Path | None
    status: str

    @property
    def ready(self) -> bool:
        return self.status == "ready" and self.sockets is not None and _answers(self.sockets)


def find(cluster: Path) -> Postmaster | None:
    """The cluster's running server, whatever it is doing; a file left behind by a dead one does not count.

    The number of a server in another container, which shares the directory, means nothing here, but its socket answers.
    """
    written = _read(cluster / "postmaster.pid")
    if written and (_serves(written.pid, cluster) or (written.sockets and _listens(written.sockets))):
        return written
    return None


def ensure_running(place: Place, deadline: float) -> Path:
    """See that the server runs and is ready, and tell where its socket is. Only under the start lock.

    Raises EmbeddedFailed when the server ends instead, or is not ready in time.
    """
    launched, begin = 0, 0
    while True:
        running = find(place.cluster)
        if running and running.ready and running.sockets:
            return running.sockets
        if running is None and not launched:
            launched, begin = _launch(place, deadline)
        elif running is None and not _serves(launched, place.cluster):
            if BUSY not in logs.since(begin, place.log):
                raise logs.failure(FAILED, place.log, begin)
            launched = 0
            time.sleep(RESPITE)
        if time.monotonic() > deadline:
            raise EmbeddedFailed(f"The embedded database is not ready yet; see {place.log}, or try again later.")
        time.sleep(PAUSE)


def stop(place: Place, deadline: float) -> None:
    """Let the server disconnect everybody and end. Raises EmbeddedFailed when it does not end in time."""
    running = find(place.cluster)
    if running is None or not _serves(running.pid, place.cluster):
        return
    os.kill(running.pid, signal.SIGINT)
    while _serves(running.pid, place.cluster):
        if time.monotonic() > deadline:
            raise EmbeddedFailed(f"The embedded database does not stop; see {place.log}.")
        time.sleep(PAUSE)
    if running.sockets and running.sockets != place.cluster:
        with contextlib.suppress(OSError):
            running.sockets.rmdir()


def _launch(place: Place, deadline: float) -> tuple[int, int]:
    """Start the server; gives its process number and where its part of the log begins."""
    sockets = place.sockets
    if sockets != place.cluster:
        places.make_private(sockets, place.owner)
    _forget_the_dead(place.cluster, sockets)
    command: list[str | Path] = [
        binaries.reachable_by(place.owner, deadline) / "postgres",
        *("-D", place.cluster),
        *("-c", "listen_addresses="),
        *("-c", f"port={PORT}"),
        *("-c", f'unix_socket_directories="{sockets}"'),
        *("-c", "unix_socket_permissions=0700"),
    ]
    with logs.appending(place.log) as log:
        begin = log.tell()
        # The shell makes the server nobody's child, so that it neither ends with us nor is ours to bury.
        shell = ("/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *command)
        done = place.owner.run(shell, output=log)
    if done.returncode:
        raise logs.failure(FAILED, place.log, begin)
    return int(done.stdout), begin


def _forget_the_dead(cluster: Path, sockets: Path) -> None:
    """Remove the files that say a server is there, when it is not.

    PostgreSQL does so too, unless the number in them belongs to another process by now, as it easily does after the
    restart of a container. It still refuses to start beside living processes of the cluster, which it knows by their
    shared memory.
    """
    for path in (cluster / "postmaster.pid", sockets / f"{SOCKET}.lock"):
        path.unlink(missing_ok=True)


def _read(path: Path) -> Postmaster | None:
    try:
        lines = [line.strip() for line in os.fsdecode(path.read_bytes()).splitlines()]
        pid = int(lines[PID])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    sockets = lines[SOCKETS] if len(lines) > SOCKETS else ""
    status = lines[STATUS] if len(lines) > STATUS else ""
    return Postmaster(pid, Path(sockets) if sockets else None, status)


def _listens(directory: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        # A socket whose queue is full says to try again, and nobody would queue before a dead one.
        return client.connect_ex(os.fsencode(directory / SOCKET)) in (0, errno.EAGAIN)


def _answers(directory: Path) -> bool:
    """Whether the server does more than listen: one that was just killed, or hangs, still has a socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        try:
            client.connect(os.fsencode(directory / SOCKET))
            client.sendall(QUESTION)
            return client.recv(1) != b""
        except OSError:
            return False


def _serves(pid: int, cluster: Path) -> bool:
    """Whether this process was started for the cluster and lives; one that ended but was not buried yet does not."""
    try:
        return os.fsencode(cluster) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self/cmdline").exists() and _exists(pid)


def _exists(pid: int) -> bool:
    """Where the system does not tell what a process was started for, one that is there must do."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
