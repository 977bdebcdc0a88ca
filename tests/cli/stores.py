"""A store in a folder of its own, its commands as real processes, and servers that can be watched and killed."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

import merkato
from merkato.cli import main

SOURCE = Path(merkato.__file__).parents[1]
PATIENCE = 180.0
MASTER = 4
"""The fifth line of postmaster.pid is the folder of the socket; the first is the server's number."""


def eventually(what: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until something is so, generously: the machine may be busy."""
    deadline = time.monotonic() + patience
    while not what():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


@dataclass
class Server:
    """A running `merkato serve` (or demo, or worker)."""

    process: subprocess.Popen[str]
    log: Path
    out: Path

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{") and line[-1] == "}"
        ]

    def said(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]

    @property
    def url(self) -> str:
        eventually(lambda: self.said("serving") or self.process.poll() is not None)
        assert self.said("serving"), self.log.read_text()
        return str(self.said("serving")[0]["url"])

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=30)

    def status(self, path: str) -> int:
        """The status of an answer, 0 when there is none."""
        try:
            return self.get(path).status_code
        except httpx.TransportError:
            return 0

    def ready(self) -> "Server":
        eventually(lambda: self.status("/health/ready") == 200 or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text()
        return self

    @property
    def workers(self) -> list[int]:
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@dataclass
class Store:
    """A home, and the settings with which commands run there."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    servers: list[Server] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def environment(self, changes: Mapping[str, str]) -> dict[str, str]:
        plain = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MERKATO_", "PG", "COV_")) and name not in {"DATABASE_URL", "PORT"}
        }
        own = {"PYTHONPATH": str(SOURCE), "MERKATO_HOME": str(self.home), "MERKATO_RATE_LIMIT_ADDRESS": "1000000"}
        return plain | own | self.settings | dict(changes)

    def run(self, *words: str, text: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "merkato", *words],
            env=self.environment(changes),
            cwd=self.folder,
            input=text,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            check=False,
        )

    def do(self, *words: str, text: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
        """The same within this process, which saves the start of an interpreter."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        with (
            patch.dict(os.environ, self.environment(changes), clear=True),
            patch.object(sys, "argv", ["merkato", *words]),
            patch.object(sys, "stdin", io.StringIO(text)),
            chdir(self.folder),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    def start(self, *words: str, **changes: str) -> Server:
        """Start a command that runs until it is stopped."""
        log, out = (self.folder / f"{len(self.servers)}.{kind}" for kind in ("log", "out"))
        with log.open("w") as stderr, out.open("w") as stdout:
            process = subprocess.Popen(
                [sys.executable, "-m", "merkato", *words],
                env=self.environment(changes),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                text=True,
            )
        self.servers.append(Server(process, log, out))
        return self.servers[-1]

    def serve(self, *words: str, **changes: str) -> Server:
        return self.start("serve", "--port", "0", *words, **changes)

    def database(self) -> list[int]:
        """The processes of the embedded database, its postmaster first; none when it does not run."""
        places = [*self.home.glob("postgresql/cluster/postmaster.pid")]
        if not places:
            return []
        postmaster = int(places[0].read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children")
        return [postmaster, *(int(each) for each in children.read_text().split())] if children.exists() else []

    def clear(self) -> None:
        for server in self.servers:
            if server.process.poll() is None:
                server.process.kill()
                server.process.wait()
        for pid in self.database():
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: not self.database())
        shutil.rmtree(self.folder, ignore_errors=True)


def made() -> Store:
    """A new store. Its path is short, for the database's socket, and open, for the database's user when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="mk-"))
    folder.chmod(0o755)
    return Store(folder)


def alive(pid: int) -> bool:
    """Whether a process lives; one that has ended but was not buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
