"""One PostgreSQL for the run, one migrated template, and a database as new for each test: real commits, real locks."""

import asyncio
import gc
import os
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from fcntl import LOCK_EX, flock
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI

import databases
from databases import Shelf
from docs import described
from doors import ClientOf, MakeDatabase, SignIn
from make import accounts
from merkato.app import create_app
from merkato.kit import embedded
from merkato.kit.database import Database
from merkato.kit.ids import new
from merkato.settings import Settings

# Fixtures of a folder that other folders use too; two files called conftest would be one module to the importer.
pytest_plugins = ["cli.fixtures", "kit.embedded.fixtures", "services.fixtures"]

TEMPLATE = "merkato_template"
LONG = {"journeys", "cli", "clients", "test_workers"}


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def server_url(run_folder: Path) -> Iterator[str]:
    """The server that MERKATO_TEST_DATABASE_URL names, else the embedded one."""
    url = os.environ.get("MERKATO_TEST_DATABASE_URL")
    if url:
        yield url
        return
    with embedded.start(run_folder / "postgres") as server:
        asyncio.run(databases.neglect_power_cuts(server.url))
        yield server.url


def _template_of(run_folder: Path) -> str:
    """A name that all processes of this run agree on, and no other run on the same server."""
    return f"{TEMPLATE}_{zlib.crc32(str(run_folder).encode())}"


@pytest.fixture(scope="session")
def template(server_url: str, run_folder: Path) -> str:
    """The name of a database with all tables and nothing in them."""
    name = _template_of(run_folder)
    with (run_folder / "template.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        done = run_folder / "template.done"
        if not done.exists():
            asyncio.run(databases.make_template(server_url, name))
            done.touch()
    return name


# Whatever is imported stays. To look for garbage among it, again and again, would take a tenth of the run.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of real processes come first, in whatever order: none of them is to begin when the others have ended."""
    items.sort(key=lambda item: item.path.parent.name not in LONG and item.path.stem not in LONG)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A server that is not ours is left as it was found."""
    url, factory = os.environ.get("MERKATO_TEST_DATABASE_URL"), getattr(session.config, "_tmp_path_factory", None)
    if url and factory and "PYTEST_XDIST_WORKER" not in os.environ:
        asyncio.run(databases.drop_template(url, _template_of(factory.getbasetemp())))


@pytest.fixture(scope="session")
async def shelf(server_url: str, template: str) -> AsyncIterator[Shelf]:
    """The databases of this process that no test is using."""
    async with databases.connected(server_url) as server:
        shelf = Shelf(server_url, template, server)
        yield shelf
        await shelf.clear()


@pytest.fixture
async def make_database(shelf: Shelf) -> AsyncIterator[MakeDatabase]:
    """Makes a database with all tables and gives its URL; nothing of it is there afterwards."""
    urls: list[str] = []

    async def made() -> str:
        urls.append(await shelf.take())
        return urls[-1]

    yield made
    for url in urls:
        await shelf.give_back(url)


@pytest.fixture
async def database_url(make_database: MakeDatabase) -> str:
    """A database of this test's own."""
    return await make_database()


@pytest.fixture
async def empty_url(server_url: str) -> AsyncIterator[str]:
    """A database with nothing in it."""
    name = f"empty_{new().hex}"
    async with databases.connected(server_url) as server:
        await server.execute(f'CREATE DATABASE "{name}"')
        yield databases.at(server_url, name)
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    """A test finds logging as it is by default, whatever the one before has set up."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an embedded store, whatever the environment of the test run says."""
    return Settings(
        _env_file=None,
        database_url=None,
        home=tmp_path / "home",
        tax_rate="0.19",
        shipping_rate=490,
        # All callers of a test have one address, and some send as much in a second as an office in a minute.
        rate_limit_address=10**6,
        rate_limit_account=10**6,
    )


@pytest.fixture
async def make_app(database_url: str) -> AsyncIterator[Callable[[Settings], FastAPI]]:
    """Makes an application on this test's database; closes its connections afterwards."""
    apps: list[FastAPI] = []

    def made(settings: Settings) -> FastAPI:
        apps.append(create_app(settings, database_url))
        return apps[-1]

    yield made
    for app in apps:
        await app.state.database.close()


@pytest.fixture
async def app(make_app: Callable[[Settings], FastAPI], settings: Settings) -> FastAPI:
    return make_app(settings)


@pytest.fixture
async def database(app: FastAPI) -> Database:
    """The application's own database."""
    database: Database = app.state.database
    return database


@pytest.fixture
async def client_of() -> AsyncIterator[Callable[[FastAPI], httpx.AsyncClient]]:
    """Makes a client that goes through the whole ASGI stack. Whatever it is answered must be described."""
    clients: list[httpx.AsyncClient] = []

    def made(app: FastAPI) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        hooks = {"response": [described.expect_described]}
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://shop.test", event_hooks=hooks))
        return clients[-1]

    yield made
    for client in clients:
        await client.aclose()


@pytest.fixture
async def staff(sign_in: SignIn) -> httpx.AsyncClient:
    """Somebody who may fill the shelves."""
    return await sign_in("Staff", "staff")


@pytest.fixture
async def client(app: FastAPI, client_of: ClientOf) -> httpx.AsyncClient:
    """Nobody in particular."""
    return client_of(app)


@pytest.fixture
async def sign_in(app: FastAPI, client_of: ClientOf) -> SignIn:
    """Registers an account and gives a client that is signed in as it; `roles` for staff."""

    async def signed_in(name: str = "Anna", *roles: str) -> httpx.AsyncClient:
        client = client_of(app)
        await accounts.sign_in(app, client, name, roles)
        return client

    return signed_in
