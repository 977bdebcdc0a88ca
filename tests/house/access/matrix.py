"""The access matrix: for each route, what each kind of caller is answered.

One file per domain beside this one holds its rows and says how to prepare what they need; files are found by themselves.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from fastapi import FastAPI

CALLERS: Final = ("anonymous", "stranger", "owner", "staff", "admin")
_PLACE: Final = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class People:
    """Who calls: nobody, two customers (one of them owns what is prepared), staff with every scope of theirs, and an admin."""

    app: FastAPI
    anonymous: httpx.AsyncClient
    stranger: httpx.AsyncClient
    owner: httpx.AsyncClient
    staff: httpx.AsyncClient
    admin: httpx.AsyncClient


Preparation = Callable[[People], Awaitable[str]]
PREPARED: Final[dict[str, Preparation]] = {}
"""How each thing is made that a row names in braces: `{address_id}`."""


def prepares(name: str) -> Callable[[Preparation], Preparation]:
    """Make a thing before each single request that names it, belonging to the owner. It returns what stands for the name."""

    def remember(make: Preparation) -> Preparation:
        assert name not in PREPARED, f"{name} is prepared twice."
        PREPARED[name] = make
        return make

    return remember


@dataclass(frozen=True)
class Row:
    """What a route answers to whom. `{names}` in `at`, `body`, `form` and `headers` are prepared things."""

    route: str
    """The method and the path of the route: `GET /v1/me/addresses/{address_id}`."""
    anonymous: int
    stranger: int
    owner: int
    staff: int
    admin: int
    at: str | None = None
    """The path with its query, where the names of its parameters are not those of prepared things."""
    body: Any = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    """Whether the callers are new for each request, because it ends their account or session."""

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.at or self.route.partition(" ")[2]

    async def play(self, people: People, caller: str) -> httpx.Response:
        """Prepare what the row names, and send its request as this caller."""
        written = json.dumps([self.path, self.body, dict(self.form or {}), dict(self.headers)])
        for name in sorted(set(_PLACE.findall(written))):
            written = written.replace("{" + name + "}", await PREPARED[name](people))
        path, body, form, headers = json.loads(written)
        client: httpx.AsyncClient = getattr(people, caller)
        sent: dict[str, Any] = {"data": form} if form else {} if body is None else {"json": body}
        return await client.request(self.method, path, headers=headers, **sent)


def everyone(route: str, status: int = 200, **more: Any) -> Row:
    """The same for all."""
    return Row(route, status, status, status, status, status, **more)


def signed_in(route: str, status: int = 200, **more: Any) -> Row:
    """For anyone with an account, on what is their own."""
    return Row(route, 401, status, status, status, status, **more)


def own(route: str, status: int = 200, **more: Any) -> Row:
    """For the owner alone; to others, staff too, it does not exist."""
    return Row(route, 401, 404, status, 404, 404, **more)


def staff(route: str, status: int = 200, **more: Any) -> Row:
    """For staff and admins."""
    return Row(route, 401, 403, 403, status, status, **more)


def admins(route: str, status: int = 200, **more: Any) -> Row:
    """For admins."""
    return Row(route, 401, 403, 403, 403, status, **more)
