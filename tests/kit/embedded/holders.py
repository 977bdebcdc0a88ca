"""Processes that hold a share of an embedded database, to be watched and killed."""

import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from merkato.kit import embedded
from merkato.kit.embedded import binaries, places, server

IS_ROOT = os.geteuid() == 0
SOURCE = Path(embedded.__file__).parents[3]
only_root = pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")

# One line in, one line of JSON out. The imports come first: the lesser user may not reach this interpreter's library.
HOLDER = """
import json, os, sys, time
from pathlib import Path
from merkato.kit import embedded
home, user, packages = sys.argv[1:]
if user:
    os.setgroups([])
    os.setgid(int(user))
    os.setuid(int(user))
if packages:
    sys.path.insert(0, packages)
try:
    share = embedded.start(Path(home))
except embedded.EmbeddedFailed as failure:
    print(json.dumps({"failure": str(failure)}), flush=True)
    sys.exit()
print(json.dumps({"url": share.url, "directory": str(share.directory)}), flush=True)
for line in sys.stdin:
    if line == "close\\n":
        share.close()
    elif os.fork() == 0:
        if line == "fork and close\\n":
            share.close()
        elif line == "fork and stay\\n":
            time.sleep(60)
        os._exit(0)
    elif line == "fork and close\\n":
        os.wait()
    print("{}", flush=True)
"""


@dataclass
class Holder:
    """A process that holds a share of the server."""

    process: subprocess.Popen[str]
    said: dict[str, str] = field(default_factory=dict)

    def wait(self) -> "Holder":
        assert self.process.stdout is not None
        self.said = json.loads(self.process.stdout.readline())
        return self

    def does(self, what: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "{}\n"

    def die(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        self.die()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    @property
    def url(self) -> str:
        return self.said["url"]

    @property
    def directory(self) -> Path:
        return Path(self.said["directory"])

    @property
    def postmaster(self) -> server.Postmaster | None:
        return server.find(self.directory)


@dataclass
class House:
    """A home and those who start the database in it."""

    home: Path
    user: int | None
    packages: str
    holders: list[Holder] = field(default_factory=list)

    def begin(self, *, user: int | None = None) -> Holder:
        user = self.user if user is None else user
        arguments = [str(self.home), str(user or ""), self.packages if user else ""]
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, *arguments],
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            cwd="/",
            extra_groups=[os.getgid()] if IS_ROOT else None,  # Something that must not be handed on.
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.holders.append(Holder(process))
        return self.holders[-1]

    def start(self, *, user: int | None = None) -> Holder:
        return self.begin(user=user).wait()

    @property
    def places(self) -> list[Path]:
        return [self.home / "postgresql", places.OUTSIDE / places._digest(self.home.resolve())]

    def clear(self) -> None:
        for holder in self.holders:
            holder.end()
        for directory in self.places:
            running = server.find(directory / "cluster")
            if running:
                os.kill(running.pid, signal.SIGQUIT)
                eventually(lambda: server.find(directory / "cluster") is None)  # noqa: B023 - It is called at once.
            if directory.exists():
                shutil.rmtree(directory)
        shutil.rmtree(Path(tempfile.gettempdir()) / f"merkato-{places._digest(self.home.resolve())}", True)


def eventually(happens: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.002)


async def ask(url: str, question: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid


def wheel() -> Path:
    spec = importlib.util.find_spec(binaries.PACKAGE)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def start_long(house: House) -> None:
    house.home = house.home / ("a long name, " * 5) / ("of many folders: " * 4)
    house.home.mkdir(parents=True)
    if house.user is None:
        # As root the database would be kept elsewhere, under a shorter path, if its user could not come here.
        house.home.parents[1].chmod(0o755)
    else:
        os.chown(house.home, house.user, -1)


def kill_those_working_on(directories: list[Path]) -> None:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = os.fsdecode((process / "cmdline").read_bytes())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if "initdb" in command and any(str(directory) in command for directory in directories):
            os.kill(int(process.name), signal.SIGKILL)
