"""A new database cluster, which comes to be completely or not at all."""

import os
import secrets
import shutil
import time
from pathlib import Path

from merkato.kit.embedded import binaries, logs
from merkato.kit.embedded.places import Place

# Written into postgresql.conf, where whoever runs the machine may change them.
SETTINGS = {
    "cluster_name": "merkato",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # No customer's data gets into the log: errors, which may quote it, are below this level and reach us anyway.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}

# Full-text search takes the letters that make a word from the system's locale, and not every system has the first.
SYSTEM_LOCALES = ("C.UTF-8", "C")

FAILED = "could not be created"


def create(place: Place, turn: int, deadline: float) -> None:
    """Make the cluster with its role, its password and its database.

    The programs hold the lock of our turn too: if we are killed, the next process waits for them to end, finds the
    unfinished cluster at rest, and begins again. Raises EmbeddedFailed when a program fails.
    """
    programs = binaries.reachable_by(place.owner, deadline)
    _write_password(place.password)
    _initialise(place, programs / "initdb", turn, deadline)
    with logs.appending(place.log) as log:
        begin = log.tell()
        done = place.owner.run(
            [programs / "postgres", "--single", "-D", place.unfinished, "-c", "exit_on_error=on", "template1"],
            text=b"CREATE DATABASE merkato;\n",
            output=log,
            keep=[turn],
            timeout=deadline - time.monotonic(),
        )
    if done.returncode:
        raise logs.failure(FAILED, place.log, begin)
    place.unfinished.rename(place.cluster)
    _settle(place.directory)


def _initialise(place: Place, initdb: Path, turn: int, deadline: float) -> None:
    with logs.appending(place.log) as log:
        begin = log.tell()
        for locale in SYSTEM_LOCALES:
            if place.unfinished.exists():
                shutil.rmtree(place.unfinished)
            place.unfinished.mkdir(mode=0o700)
            place.owner.take(place.unfinished)
            reader = _pipe(place)
            try:
                done = place.owner.run(
                    [initdb, "-D", place.unfinished, *_options(reader), f"--locale={locale}"],
                    output=log,
                    keep=[reader, turn],
                    timeout=deadline - time.monotonic(),
                )
            finally:
                os.close(reader)
            if done.returncode == 0:
                return
    raise logs.failure(FAILED, place.log, begin)


def _options(password: int) -> list[str]:
    return [
        "--username=merkato",
        f"--pwfile=/dev/fd/{password}",
        "--auth=scram-sha-256",
        "--data-checksums",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        *(f"--set={name}={value}" for name, value in SETTINGS.items()),
    ]


def _write_password(path: Path) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secrets.token_urlsafe(32))
        stream.flush()
        os.fsync(descriptor)


def _pipe(place: Place) -> int:
    """The password in a pipe that only the server's user may read: the file is ours, and stays closed to others."""
    reader, writer = os.pipe()
    if place.owner.user is not None:
        os.fchown(reader, place.owner.user, -1)
    with os.fdopen(writer, "w") as stream:
        stream.write(place.password.read_text())
    return reader


def _settle(directory: Path) -> None:
    """Make new names in a directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
