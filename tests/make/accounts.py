"""Accounts that are signed in."""

from collections.abc import Sequence

import httpx
from fastapi import FastAPI

from merkato.domains.identity import service
from merkato.domains.identity.models import Role
from merkato.domains.identity.schemas import AccountDraft
from merkato.kit.database import Database

PASSWORD = "correct horse battery staple"


async def sign_in(
    app: FastAPI, client: httpx.AsyncClient, name: str = "Anna", roles: Sequence[str] = ()
) -> dict[str, str]:
    """Register an account (as staff or admin if asked for), log in, and let the client send its token."""
    database: Database = app.state.database
    email = f"{name.lower().replace(' ', '.')}@example.com"
    draft = AccountDraft(email=email, password=PASSWORD, name=name)
    async with database.transaction() as session:
        await service.register(session, draft, roles=tuple(Role(role) for role in roles) or (Role.CUSTOMER,))
    tokens = await log_in(client, email)
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return tokens


async def log_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> dict[str, str]:
    form = {"grant_type": "password", "username": email, "password": password}
    answer = await client.post("/v1/auth/tokens", data=form)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens
