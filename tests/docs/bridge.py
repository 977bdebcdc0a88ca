"""Programs of a shell that a test runs in its own process: starting Python fifty times takes longer than all the rest."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from cli.stores import Store

Run = Callable[[list[str]], str]
"""Runs a command by its words, and gives what it prints."""
FAILED: Final = "FAILED"
PROGRAMS: Final = f"""
ask() {{ exec 3<>/dev/tcp/127.0.0.1/$BRIDGE; printf '%s\\0' "$@" '' >&3; cat <&3; exec 3>&-; }}
merkato() {{ local said; said=$(ask merkato "said $(cat)" "$@"); echo "$said"; [[ $said != {FAILED}* ]]; }}
set -eu -o pipefail
"""
"""What a script begins with. `merkato` takes what is said to it along as its first word."""


def merkato(store: Store, words: list[str], otherwise: str = "") -> str:
    """A command of ours; `otherwise` is what is typed when nothing is said to it."""
    said, *rest = words
    done = store.do(*rest, text=said.removeprefix("said ") or otherwise)
    return done.stdout if done.returncode == 0 else f"{FAILED} {done.stdout}{done.stderr}"


@asynccontextmanager
async def bridge(run: Run) -> AsyncIterator[str]:
    """The port at which words are taken, each ended by NUL and all of them by an empty one, and answered with what the command prints."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        words = []
        with suppress(asyncio.IncompleteReadError):
            while word := (await reader.readuntil(b"\0"))[:-1]:
                words.append(word.decode())
        writer.write((await asyncio.to_thread(run, words)).encode())
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield str(listening.sockets[0].getsockname()[1])
    listening.close()


async def played(script: str, folder: Path, **variables: str) -> tuple[int | None, str]:
    """How a script ends in a folder, and what it has printed."""
    bash = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        PROGRAMS + script,
        env={"PATH": os.environ["PATH"], **variables},
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await bash.communicate()
    return bash.returncode, told.decode()


def store_of(folder: Path, database_url: str) -> Store:
    """The commands of the shop that a test's application serves, by the keys that it has made."""
    keys = folder / "home" / "keys"
    known = {"MERKATO_SECRET_KEY": (keys / "secret").read_text(), "MERKATO_DATABASE_URL": database_url}
    return Store(folder, known | {"MERKATO_SIGNING_KEYS": (keys / "signing.json").read_text()})
