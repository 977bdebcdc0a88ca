"""Whom a request comes from: the connection says it, and a proxy only if it is trusted."""

from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from merkato.cli.serving import behind_proxies
from merkato.settings import Settings


async def whose(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that says whom it is asked by."""
    client = Request(scope).client
    await PlainTextResponse(client.host if client else "")(scope, receive, send)


@pytest.mark.parametrize(
    ("trusted", "peer", "told", "believed"),
    [
        ("", "10.0.0.1", "203.0.113.7", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.0/8", "10.0.0.1", "198.51.100.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.0/8", "192.0.2.5", "203.0.113.7", "192.0.2.5"),
        ("10.0.0.0/8", "10.0.0.1", None, "10.0.0.1"),
    ],
)
async def test_only_a_trusted_proxy_is_believed(
    tmp_path: Path, trusted: str, peer: str, told: str | None, believed: str
) -> None:
    settings = Settings(_env_file=None, home=tmp_path, trusted_proxies=trusted)
    transport = httpx.ASGITransport(behind_proxies(whose, settings), client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        headers = {"X-Forwarded-For": told} if told else {}
        assert (await client.get("/", headers=headers)).text == believed


def test_a_proxy_is_an_address(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, home=tmp_path, trusted_proxies="everybody")
