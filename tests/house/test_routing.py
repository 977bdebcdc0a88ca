"""The index of routes finds what the stock router finds, for every route that there is."""

import re
from typing import cast

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from merkato.kit.routing import SegmentIndex

FILLED = {"uuid": "01995a3e-7c1f-7d0a-9b57-3f6f0c2a9d41", "word": "shoes", "foreign": "schuhe-größe 42", "digits": "7"}


def request(path: str, method: str) -> Scope:
    return {"type": "http", "path": path, "method": method, "root_path": "", "headers": [], "query_string": b""}


def stock(app: FastAPI, path: str, method: str) -> APIRoute | None:
    found = (route for route in app.router.routes if route.matches(request(path, method))[0] is Match.FULL)
    route = next(found, None)
    return route if isinstance(route, APIRoute) else None


def indexed(app: FastAPI, path: str, method: str) -> APIRoute | None:
    index = cast("SegmentIndex", app.router.middleware_stack)
    found = index.candidates(path)
    return next((route for route in found if route.matches(request(path, method))[0] is Match.FULL), None)


async def test_the_index_knows_every_route(app: FastAPI) -> None:
    index = cast("SegmentIndex", app.router.middleware_stack)
    plain = [route for route in app.router.routes if isinstance(route, APIRoute) and ":" not in route.path]
    assert index.indexed == len(plain)


async def test_index_and_stock_router_agree(app: FastAPI) -> None:
    for route in app.router.routes:
        if isinstance(route, APIRoute):
            for value in FILLED.values():
                path = re.sub(r"{[^}]*}", value, route.path)
                for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
                    assert indexed(app, path, method) is stock(app, path, method), (method, path)


async def test_nothing_is_found_where_nothing_is(app: FastAPI) -> None:
    for path in ("/v1", "/v1/", "/v1/me/", "//v1/me", "/v1/me/addresses/a/b", "/%2e", "/v1/nothing", "/v1//me"):
        assert indexed(app, path, "GET") is stock(app, path, "GET") is None, path


async def test_no_route_stands_in_the_shadow_of_another(app: FastAPI) -> None:
    for route in app.router.routes:
        if isinstance(route, APIRoute):
            path = re.sub(r"{[^}]*}", FILLED["uuid"], route.path)
            for method in route.methods or ():
                assert indexed(app, path, method) is route, f"{method} {route.path} is never reached"
