"""The documentation pages: where the settings want them, and nothing from outside."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
import pytest
from fastapi import FastAPI

from merkato.settings import Settings

Apps = Callable[[Settings], FastAPI]
Clients = Callable[[FastAPI], httpx.AsyncClient]
LOADED = re.compile(
    rb"""(?:\b(?:src|poster)\s*[:=]\s*|\burl\(|@import\s+|\bimport\(|\bimportScripts\(|\bfetch\()["'`]?(https?:)?//[\w.-]+""",
)


class Loads(HTMLParser):
    """What a page asks its browser to load."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        address = values.get("src") or (values.get("href") if tag == "link" else None)
        if address:
            self.addresses.append(address)
        if tag == "style" or (tag == "script" and "src" not in values):
            self.inline.append(tag)
        self.inline.extend(name for name in values if name == "style" or name.startswith("on"))


def loads(page: httpx.Response) -> Loads:
    found = Loads()
    found.feed(page.text)
    return found


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/problems", "/problems/invalid"])
async def test_a_page_loads_only_what_this_server_has(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)
    assert page.status_code == 200
    found = loads(page)
    assert found.inline == []
    assert found.addresses
    for address in found.addresses:
        assert address.startswith("/"), address
        assert not address.startswith("//"), address
        file = await client.get(address)
        assert file.status_code == 200, address
        assert LOADED.findall(file.content) == [], address


async def test_the_policy_lets_the_browser_load_from_this_server_only(client: httpx.AsyncClient) -> None:
    for path in ("/", "/docs", "/redoc", "/problems"):
        policy = (await client.get(path)).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        sources = {source for rule in policy.split("; ") for source in rule.split()[1:]}
        assert sources <= {"'none'", "'self'", "'unsafe-inline'", "data:", "blob:"}
        scripts = re.search(r"script-src ([^;]+)", policy)
        assert scripts is None or scripts[1] == "'self'"
        assert ("'unsafe-inline'" in sources) == (path == "/redoc")


async def test_pages_can_be_moved(make_app: Apps, client_of: Clients, settings: Settings) -> None:
    moved = settings.model_copy(
        update={"docs_path": "/docs/orders", "redoc_path": "/read", "openapi_path": "/docs/v1.json"}
    )
    client = client_of(make_app(moved))
    assert 'data-document="/docs/v1.json"' in (await client.get("/docs/orders")).text
    assert 'data-document="/docs/v1.json"' in (await client.get("/read")).text
    assert (await client.get("/docs/v1.json")).json()["openapi"].startswith("3.1")
    home = (await client.get("/")).text
    assert all(f'href="{path}"' in home for path in ("/docs/orders", "/read", "/docs/v1.json"))
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"docs_path": ""}, {"/redoc", "/openapi.json"}),
        ({"redoc_path": ""}, {"/docs", "/openapi.json"}),
        ({"openapi_path": ""}, set()),
    ],
)
async def test_pages_can_be_switched_off(
    make_app: Apps, client_of: Clients, settings: Settings, changes: dict[str, str], left: set[str]
) -> None:
    client = client_of(make_app(settings.model_copy(update=changes)))
    home = (await client.get("/")).text
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await client.get(path)).status_code == (200 if path in left else 404)
        assert (f'href="{path}"' in home) == (path in left)


async def test_the_document_is_sent_once(client: httpx.AsyncClient) -> None:
    for path in ("/openapi.json", "/assets/redoc.standalone.js"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_authorize_asks_this_server_for_a_token(client: httpx.AsyncClient, app: FastAPI) -> None:
    schemes = (await client.get("/openapi.json")).json()["components"]["securitySchemes"]
    assert schemes["Account"]["type"] == "oauth2"
    address = urljoin("http://shop.test/docs", schemes["Account"]["flows"]["password"]["tokenUrl"])
    assert address == "http://shop.test/v1/auth/tokens"
    # As Swagger UI sends it: with the name of a client that nobody asked for.
    await client.post("/v1/accounts", json={"email": "anna@example.com", "password": "a long password", "name": "Anna"})
    form = {"grant_type": "password", "username": "anna@example.com", "password": "a long password", "scope": ""}
    answer = await client.post(address, data=form, auth=("documentation", ""))
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
