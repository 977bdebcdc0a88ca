"""The user that PostgreSQL's programs run as: ourselves, or, since PostgreSQL refuses root, a lesser user."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from merkato.kit.embedded.failure import EmbeddedFailed

ROOT = 0
PREFERRED = ("merkato", "nobody")

# Nothing of our own environment is handed on: it may hold secrets, and the variables PG... would change the server.
ENVIRONMENT = {"PATH": os.defpath, "LC_MESSAGES": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Owner:
    """Without a user and group: ourselves."""

    user: int | None = None
    group: int | None = None

    def run(
        self,
        program: Sequence[str | Path],
        *,
        output: IO[bytes] | int,
        text: bytes = b"",
        keep: Sequence[int] = (),
        timeout: float | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program to its end as this user; its complaints go to the output, the descriptors to keep stay open.

        Raises EmbeddedFailed when it takes too long.
        """
        try:
            return subprocess.run(  # noqa: S603 - The programs are PostgreSQL's and the shell's, named by us.
                program,
                input=text,
                stdout=subprocess.PIPE,
                stderr=output,
                pass_fds=keep,
                timeout=timeout,
                check=False,
                cwd="/",  # Our own working directory may be closed to that user.
                env=ENVIRONMENT,
                umask=0o077,
                start_new_session=True,  # A Ctrl-C in the terminal is ours to handle.
                user=self.user,
                group=self.group,
                extra_groups=None if self.user is None else (),
            )
        except subprocess.TimeoutExpired as error:
            raise EmbeddedFailed(f"PostgreSQL's {Path(program[0]).name} takes too long.") from error

    def take(self, path: Path) -> None:
        """Give this user a file or directory that we have just made."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group, follow_symlinks=False)

    def reaches(self, directory: Path) -> bool:
        if self.user is None:
            return True
        test = ("/bin/sh", "-c", 'test -x "$0"', directory)
        return self.run(test, output=subprocess.DEVNULL).returncode == 0


def of(cluster: Path) -> Owner:
    """Who runs the server of this cluster: its owner, if it exists, and else whom we choose.

    Raises EmbeddedFailed when we are root and there is nobody else.
    """
    if os.geteuid() != ROOT:
        return Owner()
    if cluster.exists():
        found = cluster.stat()
        return Owner(found.st_uid, found.st_gid)
    for preferred in PREFERRED:
        try:
            user = pwd.getpwnam(preferred)
        except KeyError:
            continue
        return Owner(user.pw_uid, user.pw_gid)
    raise EmbeddedFailed("PostgreSQL refuses to run as root and there is neither a user merkato nor a user nobody.")


def name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"number {user}"
