"""The server that stands in for other companies misbehaves as it is told, or the tests that use it prove nothing."""

import asyncio
import time

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.server import HANG, LOST, NONSENSE, RESET, Server, says, slow


async def test_a_server_misbehaves_as_it_is_told() -> None:
    done: list[bytes] = []

    async def add(request: Request) -> JSONResponse:
        done.append(await request.body())
        return JSONResponse({"count": len(done), "asked": request.query_params.get("q")}, 201)

    app = Starlette(routes=[Route("/things", add, methods=["POST"])])
    async with Server(app) as server, httpx.AsyncClient(base_url=server.url) as client:

        async def post(patience: float = 10) -> httpx.Response:
            return await client.post("/things?q=a", json={"name": "thing"}, timeout=patience)

        for count in (1, 2):
            answer = await post()
            assert (answer.status_code, answer.json()) == (201, {"count": count, "asked": "a"})
        assert server.seen[0].json == {"name": "thing"}
        assert (await client.get("/nowhere")).status_code == 404

        server.next(RESET, LOST, HANG, NONSENSE, HANG.after_doing, None, slow(0.05), says(502, b"<html>"))
        for error, effects in (
            (httpx.ReadError, 2),
            (httpx.ReadError, 3),
            (httpx.ReadTimeout, 3),
            (httpx.RemoteProtocolError, 3),
            (httpx.ReadTimeout, 4),
        ):
            with pytest.raises(error):
                await post(0.2 if error is httpx.ReadTimeout else 10)
            assert len(done) == effects
        assert (await post()).json()["count"] == 5
        started = time.monotonic()
        assert (await post()).json()["count"] == 6
        assert time.monotonic() - started >= 0.1
        refused = await post()
        assert (refused.status_code, refused.content) == (502, b"<html>")
        assert len(done) == 6

        server.always(RESET)
        with pytest.raises(httpx.ReadError):
            await post()
        server.behave()
        server.next(slow(10))
        under_way = asyncio.create_task(post())
        await asyncio.sleep(0.05)
        assert len(done) == 7
        await server.cut()
        with pytest.raises(httpx.TransportError):
            await under_way
        with pytest.raises(httpx.ConnectError):
            await post()
        await server.back()
        assert (await post()).json()["count"] == 8
