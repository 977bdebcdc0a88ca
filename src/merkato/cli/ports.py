"""The port to serve on: taken by us alone, or an error in one sentence.

The server's worker processes listen with SO_REUSEPORT, each on a socket of its own, so that the kernel would let a second server start silently
beside the first. Hence two tests before: one for who listens already, one for who is about to.
"""

import errno
import socket
import sys
import time

from merkato.cli.failures import WRONG_USE, Failed

PATIENCE = 3.0
"""Seconds in which the workers of a killed server end."""
PAUSE = 0.1


class Port:
    """A numeric address and a port that is ours as long as this object and the process live."""

    def __init__(self, address: str, number: int, claim: socket.socket | None) -> None:
        self.address = address
        self.number = number
        self._claim = claim

    def release(self) -> None:
        """Let others have it."""
        if self._claim is not None:
            self._claim.close()


def claimed(host: str, number: int, *, patience: float = PATIENCE) -> Port:
    """The port (0: any free one), ours alone. Raises Failed when it cannot be had."""
    try:
        found = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise Failed(f"The host {host} is unknown: serve on an address of this machine, `--host 127.0.0.1`.") from None
    family, *_, address = found[0]
    deadline = time.monotonic() + patience
    while True:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                # Connections of a server that has just ended do not count, one that listens does.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                free = int(probe.getsockname()[1])
            return Port(str(address[0]), free, _claim(str(address[0]), free))
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise _failure(host, number, error) from None
        time.sleep(PAUSE)


def _claim(address: str, number: int) -> socket.socket | None:
    """Tell other servers that are about to start. The kernel forgets the name with its last holder."""
    if sys.platform != "linux":
        return None
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0merkato {address} {number}")
    except OSError:
        name.close()
        raise
    return name


def _failure(host: str, number: int, error: OSError) -> Failed:
    if error.errno == errno.EADDRINUSE:
        return Failed(
            f"Port {number} of {host} is taken: stop what runs there, or take another, `merkato serve --port {number % 65535 + 1}`."
        )
    if error.errno == errno.EACCES:
        return Failed(f"Port {number} is for root only: take one above 1023, `merkato serve --port 8000`.")
    return Failed(
        f"Nobody can serve on {host}: {error.strerror}; take an address of this machine, `--host 127.0.0.1`.", WRONG_USE
    )
