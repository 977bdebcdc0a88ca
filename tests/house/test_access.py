"""Every route has its row in the access matrix, and answers as the row says."""

import importlib
import pkgutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from house.access.matrix import CALLERS, People, Row
from make import accounts
from merkato.app import create_app
from merkato.kit.ids import new
from merkato.settings import Settings

FILES = [found.name for found in pkgutil.iter_modules([str(Path(__file__).parent / "access")])]
ROWS: list[Row] = [
    row for name in FILES for row in getattr(importlib.import_module(f"house.access.{name}"), "ROWS", ())
]


async def people_of(app: FastAPI) -> AsyncIterator[People]:
    """New callers, each with an account that nobody had before."""
    clients = {}
    for caller in CALLERS:
        clients[caller] = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://shop.test"
        )
        if caller != "anonymous":
            roles = [caller] if caller in {"staff", "admin"} else []
            await accounts.sign_in(app, clients[caller], f"{caller}{new().hex}", roles)
    yield People(app=app, **clients)
    for client in clients.values():
        await client.aclose()


@pytest.fixture(scope="module")
async def store(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FastAPI]:
    """One store for all rows: what a row needs is prepared for it alone."""
    name = f"access_{new().hex}"
    connection = await asyncpg.connect(server_url)
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    before, _, after = server_url.partition("?")
    url = before.rsplit("/", 1)[0] + "/" + name + (f"?{after}" if after else "")
    settings = Settings(
        _env_file=None, database_url=None, home=tmp_path_factory.mktemp("access"), rate_limit_address=10**6
    )
    app = create_app(settings, url)
    yield app
    await app.state.database.close()
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()


@pytest.fixture(scope="module")
async def people(store: FastAPI) -> AsyncIterator[People]:
    async for callers in people_of(store):
        yield callers


async def test_every_route_has_its_row(app: FastAPI) -> None:
    routes = {
        f"{method} {route.path}"
        for route in app.router.routes
        if isinstance(route, APIRoute)
        for method in (route.methods or set()) - {"HEAD"}
    }
    rows = {row.route for row in ROWS}
    assert routes - rows == set(), "These routes have no row in tests/house/access/."
    assert rows - routes == set(), "These rows have no route."


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.route} {row.headers or ''}".strip())
async def test_a_route_answers_as_its_row_says(store: FastAPI, people: People, row: Row) -> None:
    expected = {caller: getattr(row, caller) for caller in CALLERS}
    if row.fresh:
        async for callers in people_of(store):
            answers = {caller: await row.play(callers, caller) for caller in CALLERS}
    else:
        answers = {caller: await row.play(people, caller) for caller in CALLERS}
    told = {caller: answer.text for caller, answer in answers.items() if answer.status_code != expected[caller]}
    assert {caller: answer.status_code for caller, answer in answers.items()} == expected, told
    for answer in answers.values():
        assert ("ratelimit" in answer.headers) == ("ratelimit-policy" in answer.headers) == row.path.startswith("/v1/")
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)
