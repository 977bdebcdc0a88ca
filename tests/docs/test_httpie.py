"""The page about two users is true: its commands run, line by line, against a real server, and answer what stands behind them."""

import asyncio
import io
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from fastapi import FastAPI
from httpie.context import Environment
from httpie.core import main

from cli.stores import Store
from house.source import ROOT
from make import products
from merkato.kit.database import Database
from services.server import Server

PAGE: Final = ROOT / "docs" / "start" / "two-users-with-httpie.md"
PROGRAMS: Final = """
ask() { exec 3<>/dev/tcp/127.0.0.1/$BRIDGE; printf '%s\\0' "$@" '' >&3; cat <&3; exec 3>&-; }
merkato() { local said; said=$(ask merkato "said $(cat)" "$@"); echo "$said"; [[ $said != FAILED* ]]; }
http() { ask http --ignore-stdin "$@"; }
expect() { local code=$1; shift; local got; got=$(http --print=h "$@" | head -1)
  [[ $got == "HTTP/1.1 $code "* ]] || { echo "$*: $got in place of $code"; exit 1; }; }
set -eu -o pipefail
"""
"""Two programs, run by the test in its own process: starting Python fifty times takes longer than all the rest."""


def script() -> str:
    """The commands of the page; one with a status behind it must answer that."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return "\n".join(re.sub(r"^http (.*?)\s+# (\d{3})$", r"expect \2 \1", line) for line in lines)


def run(words: list[str], store: Store) -> bytes:
    """One command, and what it prints."""
    program, *rest = words
    if program == "merkato":
        done = store.do(*rest[1:], text=rest[0].removeprefix("said "))
        return (done.stdout if done.returncode == 0 else f"FAILED {done.stderr}").encode()
    out = io.BytesIO()
    text = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
    folder = str(store.folder)
    environment = Environment(stdin=None, stdout=text, stdout_isatty=False, stderr=text, config_dir=folder)
    main(["http", *rest], env=environment)
    return out.getvalue()


async def bridge(store: Store) -> asyncio.Server:
    """Takes the words of a command, each ended by NUL and all of them by an empty one, and answers what it prints."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        words = []
        with suppress(asyncio.IncompleteReadError):
            while word := (await reader.readuntil(b"\0"))[:-1]:
                words.append(word.decode())
        writer.write(await asyncio.to_thread(run, words, store))
        await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


@pytest.mark.skipif(shutil.which("jq") is None or shutil.which("bash") is None, reason="the page uses bash and jq")
async def test_two_users_see_each_their_own(
    app: FastAPI, database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await products.product(database)
    keys = tmp_path / "home" / "keys"
    known = {"MERKATO_SECRET_KEY": (keys / "secret").read_text(), "MERKATO_DATABASE_URL": database_url}
    store = Store(tmp_path, known | {"MERKATO_SIGNING_KEYS": (keys / "signing.json").read_text()})
    monkeypatch.chdir(tmp_path)
    async with Server(app) as shop:
        listening = await bridge(store)
        commands = script().replace("http://127.0.0.1:8000", shop.url)
        assert commands.count("expect ") > 20
        environment = {"PATH": os.environ["PATH"], "BRIDGE": str(listening.sockets[0].getsockname()[1])}
        bash = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            PROGRAMS + commands,
            env=environment,
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL,
        )
        told, _ = await bash.communicate()
        listening.close()
        assert bash.returncode == 0, told.decode()
