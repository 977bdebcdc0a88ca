"""Where an embedded database lies: in its home, or with the system's data when its user cannot reach the home."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from merkato.kit.embedded import owner
from merkato.kit.embedded.failure import EmbeddedFailed
from merkato.kit.embedded.owner import Owner

OUTSIDE = Path("/var/lib/merkato")

# The kernel's limit of a socket's path, without its closing zero byte.
PATH_MAX_BYTES = 107
SOCKET = ".s.PGSQL.5432"


@dataclass(frozen=True)
class Place:
    """The directory is ours alone to write; within it only the cluster is given to the server's user."""

    home: Path
    directory: Path
    owner: Owner

    @property
    def cluster(self) -> Path:
        return self.directory / "cluster"

    @property
    def unfinished(self) -> Path:
        return self.directory / "cluster.unfinished"

    @property
    def password(self) -> Path:
        return self.directory / "password"

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    @property
    def start_lock(self) -> Path:
        return self.directory / "start.lock"

    @property
    def share_lock(self) -> Path:
        return self.directory / "share.lock"

    @property
    def sockets(self) -> Path:
        """Where a server started now puts its socket: in the cluster, or in the temporary directory if it must."""
        path = os.fsencode(self.cluster / SOCKET)
        # PostgreSQL and the readers of the URL take these signs for lists, ports and quotes, and disagree beyond ASCII.
        if len(path) <= PATH_MAX_BYTES and not set(path) & set(b',:"\\') and path.isascii():
            return self.cluster
        return Path(tempfile.gettempdir()) / f"merkato-{_digest(self.home)}"


def find(home: Path) -> Place | None:
    """The place of this home, if it was prepared before.

    Raises EmbeddedFailed when it belongs to another user: a second, empty database would hide the first.
    """
    home = home.resolve()
    for directory in (home / "postgresql", OUTSIDE / _digest(home)):
        try:
            found = directory.lstat()
        except (FileNotFoundError, PermissionError):
            continue
        if found.st_uid != os.geteuid():
            raise EmbeddedFailed(
                f"The embedded database in {directory} belongs to the user {owner.name(found.st_uid)}:"
                " start Merkato as that user, or choose another home."
            )
        return Place(home, directory, owner.of(directory / "cluster"))
    return None


def prepare(home: Path) -> Place:
    """The place of this home, made if need be. Raises EmbeddedFailed when it belongs to another user."""
    home.mkdir(parents=True, exist_ok=True)
    place = find(home)
    if place is None:
        home = home.resolve()
        user = owner.of(home / "postgresql" / "cluster")
        directory = home / "postgresql"
        if not user.reaches(home):
            make_public(OUTSIDE)
            directory = OUTSIDE / _digest(home)
        place = Place(home, directory, user)
    # The server's user walks through to the cluster, but everything beside it stays ours.
    place.directory.mkdir(mode=0o700, exist_ok=True)
    place.directory.chmod(0o700 if place.owner.user is None else 0o711)
    return place


def make_public(directory: Path) -> None:
    """Make a directory that everybody may enter, whatever our umask; one that exists stays as it is."""
    try:
        directory.mkdir()
    except FileExistsError:
        return
    directory.chmod(0o755)


def make_private(directory: Path, user: Owner) -> None:
    """Make a directory that only this user may enter.

    Raises EmbeddedFailed when somebody else was there first, as anybody can be in the temporary directory.
    """
    uid = os.geteuid() if user.user is None else user.user
    try:
        directory.mkdir(mode=0o700)
        user.take(directory)
    except FileExistsError:
        # We may have died between making it and giving it away.
        if directory.lstat().st_uid == os.geteuid():
            user.take(directory)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or stat.S_IMODE(found.st_mode) != stat.S_IRWXU:
        raise EmbeddedFailed(f"The directory {directory} for the embedded database's socket is not ours: remove it.")


def _digest(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:24]
