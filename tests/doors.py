"""What the fixtures give, for the signatures of tests."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import httpx
from fastapi import FastAPI

ClientOf = Callable[[FastAPI], httpx.AsyncClient]
"""Makes a client that goes through the whole ASGI stack."""
MakeDatabase = Callable[[], Awaitable[str]]
"""Makes a database with all tables, and gives its URL."""


class SignIn(Protocol):
    """Registers an account, with these roles if any, and gives a client that is signed in as it."""

    async def __call__(self, name: str = "Anna", *roles: str) -> httpx.AsyncClient: ...
