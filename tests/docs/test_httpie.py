"""The page about two users is true: its commands run, line by line, against a real server, and answer what stands behind them."""

import io
import re
import shutil
from pathlib import Path
from typing import Final

import pytest
from fastapi import FastAPI
from httpie.context import Environment
from httpie.core import main

from cli.stores import Store
from docs.bridge import bridge, merkato, played, store_of
from house.source import ROOT
from make import products
from merkato.kit.database import Database
from services.server import Server

PAGE: Final = ROOT / "docs" / "start" / "two-users-with-httpie.md"
HTTP: Final = """
http() { ask http --ignore-stdin "$@"; }
expect() { local code=$1; shift; local got; got=$(http --print=h "$@" | head -1)
  [[ $got == "HTTP/1.1 $code "* ]] || { echo "$*: $got in place of $code"; exit 1; }; }
"""
"""A request, and one that must be answered with a status."""


def script() -> str:
    """The commands of the page; one with a status behind it must answer that."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return "\n".join(re.sub(r"^http (.*?)\s+# (\d{3})$", r"expect \2 \1", line) for line in lines)


def run(store: Store, words: list[str]) -> str:
    """One command, and what it prints."""
    program, *rest = words
    if program == "merkato":
        return merkato(store, rest)
    out = io.BytesIO()
    text = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
    folder = str(store.folder)
    environment = Environment(stdin=None, stdout=text, stdout_isatty=False, stderr=text, config_dir=folder)
    main(["http", *rest], env=environment)
    return out.getvalue().decode()


@pytest.mark.skipif(shutil.which("jq") is None or shutil.which("bash") is None, reason="the page uses bash and jq")
async def test_two_users_see_each_their_own(
    app: FastAPI, database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await products.product(database)
    store = store_of(tmp_path, database_url)
    monkeypatch.chdir(tmp_path)
    async with Server(app) as shop, bridge(lambda words: run(store, words)) as port:
        commands = script().replace("http://127.0.0.1:8000", shop.url)
        assert commands.count("expect ") > 20
        code, told = await played(HTTP + commands, tmp_path, BRIDGE=port)
    assert code == 0, told
