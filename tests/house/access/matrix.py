"""The access matrix: for each route, what each kind of caller is answered.

One file per domain beside this one holds its rows and says how to prepare what they need; files are found by themselves. A row declares
five answers; those of guests, of narrowed staff and of keys follow from them and from the scope that the route asks for.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from fastapi import FastAPI

from merkato.kit.ids import new

CALLERS: Final = ("anonymous", "stranger", "owner", "staff", "admin")
"""Whose answers each row declares."""
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
    """Make a thing that a request names, belonging to the owner. It returns what stands for the name."""

    def remember(make: Preparation) -> Preparation:
        assert name not in PREPARED, f"{name} is prepared twice."
        PREPARED[name] = make
        return make

    return remember


@dataclass(frozen=True)
class Call:
    """One request whose things are there."""

    method: str
    path: str
    nowhere: str | None
    """The same path with ids of nothing, where it has any."""
    sent: Mapping[str, Any]

    async def by(self, client: httpx.AsyncClient, path: str | None = None, **headers: str) -> httpx.Response:
        """Send it as this caller, to another path if that is given."""
        more = {**self.sent, "headers": {**self.sent["headers"], **headers}}
        return await client.request(self.method, path or self.path, **more)


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
    """Whether the callers are new, because it ends their account, session or cart."""
    scopes: tuple[str, ...] = ()
    """Each of these gives staff their answer, where no dependency of the route demands one."""
    guest: int | None = None
    """A guest whose tokens are of something else; as for anonymous callers if it is not said."""
    holder: int | None = None
    """The guest whose token belongs to the thing, where guests can have such a thing."""
    others: Mapping[str, int] = field(default_factory=dict)
    """Where the answer to one of the other callers is not what follows."""

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.at or self.route.partition(" ")[2]

    def answers(self, demanded: str | None) -> dict[str, int]:
        """What each caller is answered; `demanded` is the scope that the route's dependencies ask for.

        An account or key with nothing but the scope is served as staff (or as the admin, whose scope it may be); with every scope but this
        one it is a customer. Where no scope counts, staff are people as others are, and no party to anything. A key has nothing of its own: where
        a guest is asked to sign in, it is forbidden.
        """
        declared = {caller: int(getattr(self, caller)) for caller in CALLERS}
        served = self.staff if self.staff < 400 else self.admin
        as_nobody = 403 if self.anonymous == 401 else self.anonymous
        needed = demanded is not None or bool(self.scopes)
        derived = {
            "guest": self.anonymous if self.guest is None else self.guest,
            "narrowed": served if needed else self.staff,
            "deprived": self.stranger if needed else self.staff,
            "key": served if needed else as_nobody,
            "deprived_key": as_nobody,
        }
        if self.holder is not None:
            derived["holder"] = self.holder
        return declared | derived | dict(self.others)

    async def prepare(self, people: People) -> Call:
        """Make what the row names."""
        written = json.dumps([self.path, self.body, dict(self.form or {}), dict(self.headers)])
        nowhere = _PLACE.sub(lambda _: str(new()), self.route.partition(" ")[2]) if _PLACE.search(self.path) else None
        for name in sorted(set(_PLACE.findall(written))):
            written = written.replace("{" + name + "}", await PREPARED[name](people))
        path, body, form, headers = json.loads(written)
        sent: dict[str, Any] = {"data": form} if form else {} if body is None else {"json": body}
        return Call(self.method, path, nowhere, {**sent, "headers": headers})


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
