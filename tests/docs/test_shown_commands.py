"""What documents show is run as it stands, by a shell with curl and jq, against a server on a real socket.

What is not run has a reason (`shown.py`), and `test_documents.py` looks at each command by itself.
"""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import pytest
from fastapi import FastAPI

from docs import pages, shell, shown, terminal
from docs.bridge import bridge, merkato, played, store_of
from doors import ClientOf
from house.access.matrix import People
from house.access.reconciliation import finding
from house.access.webhooks import delivery
from house.source import ROOT
from make import accounts, orders
from make.accounts import PASSWORD
from merkato.settings import Settings
from services.server import Server

MakeApp = Callable[[Settings], FastAPI]
STRICT: Final = 'curl() { command curl --fail-with-body --max-time 60 "$@"; }\n'
"""Whatever goes wrong in the middle ends it, and an answer of 400 or more is wrong."""
STAFFS: Final = {
    "docs/guides/money.md",
    "docs/guides/operations.md",
    "docs/guides/reconciliation.md",
    "docs/guides/staff-and-keys.md",
    "docs/guides/webhooks.md",
}
"""Where `$token` is that of staff."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"cors_origins": ("http://localhost:3000",)})


@pytest.mark.parametrize("document", pages.DOCUMENTS, ids=pages.name)
def test_each_block_is_run_or_has_a_reason(document: Path) -> None:
    name, ran = pages.name(document), list(shown.run(document))
    for block in pages.fences(document, "sh"):
        assert block in ran or shown.reasons(name, block), f"Nothing runs this, and nothing says why:\n{block}"


def test_what_is_said_of_blocks_is_said_of_some() -> None:
    blocks = {pages.name(each): pages.fences(each, "sh") for each in pages.DOCUMENTS}
    for name, start in shown.BLOCKS_NOT_RUN:
        assert [block for block in blocks[name] if block.startswith(start)], (name, start)
    commands = [
        (each[0].rpartition("/")[2], *each[1:])
        for of_one in blocks.values()
        for block in of_one
        for each in shell.programs(block)
    ]
    for words in shown.NOT_RUN:
        assert [each for each in commands if each[: len(words)] == words], words
    assert {*shown.RUN, *shown.WHOLE, *shown.DOCUMENTS_NOT_RUN} <= set(blocks)


def with_values(script: str, server: str, values: dict[str, str]) -> str:
    """The script with a server, and with what a reader puts in place of `token=...` or has in `$token`."""
    taken = "".join(f"{name}={values[name]}\n" for name in sorted(shown.needed(script)))
    script = re.sub(r"^(\w+)=\.\.\..*$", lambda match: f"{match[1]}={values[match[1]]}", script, flags=re.MULTILINE)
    script = script.replace("mk_...", values["key"]).replace(".venv/bin/python", sys.executable)
    return STRICT + taken + script.replace("http://127.0.0.1:8000", server)


def members(told: str) -> set[str]:
    """The names in the JSON that begins a line somewhere, after what was asked."""
    return set(re.findall(r'^ +"(\w+)": [^"]*?[\d\["]', told[told.rindex("\n{") :], re.MULTILINE))


async def newcomer(app: FastAPI, client: httpx.AsyncClient, name: str, *roles: str) -> dict[str, str]:
    """Somebody who is spoken of: their id and their tokens. The client is theirs from then on."""
    tokens = await accounts.sign_in(app, client, name, roles)
    return {**tokens, "id": (await client.get("/v1/me")).json()["id"]}


async def things(people: People, thrifty: httpx.AsyncClient) -> dict[str, str]:
    """What documents speak of without saying how it came about. At `thrifty` money is reserved and not taken."""
    mug = await orders.product(people.app.state.database)
    thrifty.headers.update(people.owner.headers)
    bought = [await orders.order(each, (mug["variant_id"], 2)) for each in (people.owner, thrifty, thrifty)]
    paid, order, reserved = bought
    key = (await people.admin.post("/v1/api-keys", json={"name": "Stock", "scopes": ["inventory:write"]})).json()
    failed = await delivery(people)
    (webhook,) = (await people.staff.get("/v1/webhooks")).json()["data"]
    return {
        "delivery": failed,
        "finding": await finding(people),
        "key": key["secret"],
        "line": order["lines"][0]["id"],
        "order": order["id"],
        "paid": paid["id"],
        "product": mug["product_id"],
        "reserved": reserved["id"],
        "sku": mug["sku"],
        "variant": mug["variant_id"],
        "webhook": webhook["id"],
    }


async def values_of(app: FastAPI, thrifty: FastAPI, client_of: ClientOf) -> Callable[[str], dict[str, str]]:
    """What a reader of each document would have."""
    anna, bob, staff = [client_of(app) for _ in range(3)]
    owner, worker = await newcomer(app, anna, "Anna"), await newcomer(app, bob, "Bob")
    admin = await newcomer(app, staff, "Staff", "admin")
    known = await things(People(app, client_of(app), bob, anna, staff, staff), client_of(thrifty))
    tokens = {"owner": owner, "worker": worker, "staff": admin, "admin": admin, "token": owner}
    known |= {name: each["access_token"] for name, each in tokens.items()}
    known |= {"account": worker["id"], "refresh": owner["refresh_token"]}
    leaving, locked = [await newcomer(app, client_of(app), name) for name in ("Lea", "Lou")]
    gone = {"token": leaving["access_token"], "account": locked["id"]}
    careful, lost = [await newcomer(app, client_of(app), name) for name in ("Mia", "Max")]
    own = {
        "docs/guides/kitchen-and-shipping.md": {"order": known["paid"]},
        "docs/guides/privacy.md": gone,
        "docs/guides/second-factor.md": {"token": careful["access_token"], "account": lost["id"]},
    }
    own |= {name: {"token": known["staff"]} for name in STAFFS}
    return lambda name: known | own.get(name, {})


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="The commands need curl and jq.")
async def test_shown_commands_run_from_the_first_to_the_last(
    make_app: MakeApp, settings: Settings, database_url: str, client_of: ClientOf, tmp_path: Path
) -> None:
    app = make_app(settings)
    values = await values_of(app, make_app(settings.model_copy(update={"capture": "manual"})), client_of)
    store = store_of(tmp_path, database_url)
    async with Server(app) as server, bridge(lambda words: merkato(store, words[1:], PASSWORD)) as port:
        for name in shown.RUN:
            script, before = "\n".join(shown.run(ROOT / name)), len(server.seen)
            code, told = await played(with_values(script, server.url, values(name)), tmp_path, BRIDGE=port)
            assert code == 0, f"{name}\n{told}"
            if name == "README.md":
                assert members(told) == members("\n".join(terminal.shown(terminal.FIVE_REQUESTS))), "`make pictures`"
            assert len(server.seen) - before == len(list(shell.calls(script))), f"Each request of {name} was sent."
