"""Every route has its row in the access matrix, and answers as the row says, to every kind of caller; what it refuses changes nothing."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Final

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from house.access.callers import BLIND, LOOKS_AT_TOKENS, Callers, demanded_by, dependencies, routes_of
from house.access.fingerprint import Fingerprint
from house.access.matrix import Call, Row
from house.declared import rows
from merkato.app import create_app
from merkato.kit.ids import new
from merkato.settings import Settings

ROWS: Final = rows()
PUBLIC: Final = "an expired token"
"""One credential that is no good for operations that look at none: what they do is done in truth, each time."""


async def arrived(app: FastAPI) -> AsyncIterator[Callers]:
    async with AsyncExitStack() as stack:
        callers = Callers(app, stack)
        await callers.arrive()
        yield callers


@pytest.fixture(scope="module")
async def database_name(server_url: str, template: str) -> AsyncIterator[str]:
    """One store for all rows: what a row needs is prepared for it alone."""
    name = f"access_{new().hex}"
    connection = await asyncpg.connect(server_url)
    await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    before, _, after = server_url.partition("?")
    yield before.rsplit("/", 1)[0] + "/" + name + (f"?{after}" if after else "")
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()


@pytest.fixture(scope="module")
async def store(database_name: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FastAPI]:
    settings = Settings(
        _env_file=None, database_url=None, home=tmp_path_factory.mktemp("access"), rate_limit_address=10**6
    )
    app = create_app(settings, database_name)
    yield app
    await app.state.database.close()


@pytest.fixture(scope="module")
async def fingerprint(database_name: str) -> AsyncIterator[Fingerprint]:
    connection = await asyncpg.connect(database_name)
    yield await Fingerprint.of(connection)
    await connection.close()


@pytest.fixture(scope="module")
async def callers(store: FastAPI) -> AsyncIterator[Callers]:
    async for everybody in arrived(store):
        yield everybody


async def test_every_route_has_its_row(app: FastAPI) -> None:
    routes = set(routes_of(app))
    known = {row.route for row in ROWS}
    assert routes - known == set(), "These routes have no row in tests/house/access/."
    assert known - routes == set(), "These rows have no route."


async def test_what_looks_at_no_token_is_declared(app: FastAPI) -> None:
    blind = {
        name
        for name, route in routes_of(app).items()
        if route.path.startswith("/v1/") and not LOOKS_AT_TOKENS & dependencies(route.dependant)
    }
    assert blind == set(BLIND), "Say in tests/house/access/callers.py which operations look at no token, and why."


async def test_it_is_known_by_which_scope_staff_are_served(app: FastAPI) -> None:
    routes = routes_of(app)
    unknown = [
        row.route
        for row in ROWS
        if row.staff < 400 <= row.stranger and demanded_by(routes[row.route]) is None and not row.scopes
    ]
    assert not unknown, "No dependency of these demands a scope: name those that do in `scopes` of their rows."


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.route} {row.headers or ''}".strip())
async def test_a_route_answers_as_its_row_says(
    store: FastAPI, callers: Callers, fingerprint: Fingerprint, row: Row
) -> None:
    if row.fresh:
        async for everybody in arrived(store):
            await Played(row, everybody, fingerprint).play()
    else:
        await Played(row, callers, fingerprint).play()


class Played:
    """One row, played by everybody.

    What only reads or is refused changes nothing: all of that is sent to one and the same thing, and the database is compared. What
    is done gets a thing of its own each time.
    """

    def __init__(self, row: Row, callers: Callers, fingerprint: Fingerprint) -> None:
        route = routes_of(callers.app)[row.route]
        self.row, self.callers, self.fingerprint = row, callers, fingerprint
        self.demanded = demanded_by(route)
        self.looks = bool(LOOKS_AT_TOKENS & dependencies(route.dependant))
        self.expected = row.answers(self.demanded)
        self.wrong: dict[str, str] = {}

    async def play(self) -> None:
        people = self.callers.people
        clients = await self.callers.playing(self.demanded, self.row.scopes)
        harmless = [name for name in clients if self.row.method == "GET" or self.expected[name] >= 400]
        call = await self.row.prepare(people)
        async with self.nothing_changes():
            for name in harmless:
                answer = await self.heard(name, call, clients[name], self.expected[name])
                await self.compare_with_nothing(name, call, clients[name], answer)
            if self.looks:
                for name, header in self.callers.worthless.items():
                    await self.heard(name, call, people.anonymous, 401, Authorization=header)
        for name in clients.keys() - set(harmless):
            await self.heard(name, await self.row.prepare(people), clients[name], self.expected[name])
        if not self.looks:
            call = await self.row.prepare(people)
            header = self.callers.worthless[PUBLIC]
            await self.heard(PUBLIC, call, people.anonymous, self.expected["anonymous"], Authorization=header)
        if "holder" in self.expected:
            await self.play_a_guests({name: clients[name] for name in harmless if name != "owner"})
        assert not self.wrong

    async def play_a_guests(self, others: Mapping[str, httpx.AsyncClient]) -> None:
        """The same with a thing that is a guest's, and nobody's who has an account."""
        holder = await self.callers.buyer()
        call = await self.row.prepare(replace(self.callers.people, owner=holder))
        async with self.nothing_changes():
            for name, client in others.items():
                await self.heard(f"{name}, of a guest's", call, client, self.expected[name])
            owner = self.callers.people.owner
            await self.heard("owner of others", call, owner, self.expected["stranger"])
        await self.heard("holder", call, holder, self.expected["holder"])

    @asynccontextmanager
    async def nothing_changes(self) -> AsyncIterator[None]:
        """Within, no row of any table comes, goes or changes."""
        before = await self.fingerprint.take()
        yield
        after = await self.fingerprint.take()
        changed = [name for name in after if before[name] != after[name]]
        assert not changed, f"A refusal, or a question, has changed {changed}. {self.wrong}"

    async def heard(
        self, name: str, call: Call, client: httpx.AsyncClient, expected: int, **headers: str
    ) -> httpx.Response:
        """Send it, and note it if the answer is another one than was said, or no proper problem."""
        answer = await call.by(client, **headers)
        if answer.status_code != expected:
            self.wrong[name] = f"{answer.status_code} instead of {expected}: {answer.text[:300]}"
        limited = call.path.startswith("/v1/")
        assert ("ratelimit" in answer.headers) == ("ratelimit-policy" in answer.headers) == limited
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)
        return answer

    async def compare_with_nothing(
        self, name: str, call: Call, client: httpx.AsyncClient, answer: httpx.Response
    ) -> None:
        """Whoever is refused is told the same of what is there and of what is not; but 403 without a scope is for what may be seen."""
        hidden = {401, 403, 404} if self.demanded else {401, 404}
        if call.nowhere is None or answer.status_code not in hidden:
            return
        nothing = await call.by(client, call.nowhere)
        told, untold = ({**each.json(), "request_id": None} for each in (answer, nothing))
        if told != untold:
            self.wrong[f"{name}, of nothing"] = f"{untold} instead of {told}"


@pytest.mark.parametrize("header", ["Bearer nonsense", None])
async def test_asking_what_is_possible_needs_no_token(callers: Callers, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for name, route in routes_of(callers.app).items():
        answer = await callers.people.anonymous.options(route.path.replace("{", "").replace("}", ""), headers=headers)
        assert answer.status_code == 204, name
        assert name.partition(" ")[0] in answer.headers["allow"].split(", "), name
        assert answer.content == b"", name
