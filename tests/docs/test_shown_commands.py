"""What documents show is run as it stands, by a shell with curl and jq, against a server on a real socket.

Of the commands that are not run here `test_documents.py` checks each by itself.
"""

import asyncio
import re
import shutil
from pathlib import Path
from typing import Final

import httpx
import pytest
from fastapi import FastAPI

from docs import pages, shell, terminal
from doors import SignIn
from house.source import ROOT
from make import orders
from merkato.kit.database import Database
from services.server import Server

RUN: Final = (
    "README.md",
    "docs/guides/community.md",
    "docs/guides/hiring.md",
    "docs/guides/kitchen-and-shipping.md",
    "docs/guides/orders-to-be-paid-later.md",
    "docs/guides/reports.md",
    "docs/guides/reviews.md",
)
SENT: Final = {"curl", "echo", "jq"}
STRICT: Final = 'set -euo pipefail\ncurl() { command curl --fail-with-body --max-time 60 "$@"; }\n'
"""Whatever goes wrong in the middle ends it, and an answer of 400 or more is wrong."""


def sent(document: Path) -> str:
    """The blocks of a document that send requests."""
    blocks = pages.fences(document, "sh")
    known = SENT | {name for block in blocks for name in shell.functions(block)}
    return "\n".join(block for block in blocks if {command[0] for command in shell.programs(block)} <= known)


def with_values(script: str, server: str, values: dict[str, str]) -> str:
    """The script with a server, and with what a reader puts in place of `token=...`."""
    script = re.sub(r"^(\w+)=\.\.\..*$", lambda match: f"{match[1]}={values[match[1]]}", script, flags=re.MULTILINE)
    return STRICT + script.replace("http://127.0.0.1:8000", server)


def members(told: str) -> set[str]:
    """The names in the JSON that begins a line somewhere, after what was asked."""
    return set(re.findall(r'^ +"(\w+)": [^"]*?[\d\["]', told[told.rindex("\n{") :], re.MULTILINE))


def token_of(client: httpx.AsyncClient) -> str:
    return client.headers["Authorization"].removeprefix("Bearer ")


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="The commands need curl and jq.")
@pytest.mark.parametrize("name", RUN)
async def test_shown_commands_run_from_the_first_to_the_last(
    app: FastAPI, database: Database, sign_in: SignIn, name: str
) -> None:
    anna, bob, staff = await sign_in(), await sign_in("Bob"), await sign_in("Staff", "admin")
    mug = await orders.product(database)
    values = {
        "token": token_of(anna),
        "owner": token_of(anna),
        "worker": token_of(bob),
        "staff": token_of(staff),
        "sku": mug["sku"],
        "product": mug["product_id"],
        "order": str((await orders.order(anna, (mug["variant_id"], 2)))["id"]),
    }
    async with Server(app) as server:
        script = with_values(sent(ROOT / name), server.url, values)
        ran = await asyncio.create_subprocess_exec(
            "bash", "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await ran.communicate()
    assert ran.returncode == 0, (out + err).decode()
    if name == "README.md":
        assert members(out.decode()) == members("\n".join(terminal.shown(terminal.FIVE_REQUESTS))), "`make pictures`"
    assert len(server.seen) == len(list(shell.calls(sent(ROOT / name)))), "Each request that is shown was sent."
