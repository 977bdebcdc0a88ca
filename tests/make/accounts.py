"""Accounts that are signed in."""

from collections.abc import Sequence
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import select

from merkato.domains.identity import flows, queries, service
from merkato.domains.identity.models import Actor, Challenge, Purpose, Role
from merkato.domains.identity.schemas import AccountDraft
from merkato.kit import clock, ids
from merkato.kit.database import Database

PASSWORD = "correct horse battery staple"


async def sign_in(
    app: FastAPI, client: httpx.AsyncClient, name: str = "Anna", roles: Sequence[str] = ()
) -> dict[str, str]:
    """Register an account (as staff or admin if asked for), log in, and let the client send its token."""
    tokens = await log_in(client, await register(app, name, roles))
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return tokens


async def register(app: FastAPI, name: str = "Anna", roles: Sequence[str] = ()) -> str:
    """The e-mail address of a new account."""
    return await register_as(app, f"{name.lower().replace(' ', '.')}@example.com", name, roles)


async def register_as(app: FastAPI, email: str, name: str = "Anna", roles: Sequence[str] = ()) -> str:
    """A new account of this e-mail address."""
    database: Database = app.state.database
    draft = AccountDraft(email=email, password=PASSWORD, name=name)
    async with database.transaction() as session:
        await service.register(session, draft, roles=tuple(Role(role) for role in roles) or (Role.CUSTOMER,))
    return email


async def log_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> dict[str, str]:
    form = {"grant_type": "password", "username": email, "password": password}
    answer = await client.post("/v1/auth/tokens", data=form)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


async def crowd(app: FastAPI, clients: Sequence[httpx.AsyncClient], name: str = "Guest") -> list[UUID]:
    """Let each client be signed in as an account that nobody can log in to, for tests that need many; their ids."""
    database: Database = app.state.database
    moment, signed = clock.now(), {"settings": app.state.settings, "key_ring": app.state.key_ring}
    account_ids = [ids.new() for _ in clients]
    for number, (account_id, client) in enumerate(zip(account_ids, clients, strict=True)):
        email, times = f"{name}-{number}@example.com".lower(), {"created_at": moment, "updated_at": moment}
        row = {"id": account_id, "email": email, "email_key": email, "password_hash": "-", "name": f"{name} {number}"}
        profile = {"account_id": account_id, "handle": f"{name}-{number}".lower(), "name": f"{name} {number}"}
        async with database.transaction() as session:
            await queries.insert_account(session, row | times | {"roles": ["customer"], "active": True})
            await queries.insert_profile(session, profile | times)
            tokens = await flows._open(session, Actor(), account_id, None, **signed, after=())
        client.headers["Authorization"] = f"Bearer {tokens.access_token}"
    return account_ids


async def verification_token(app: FastAPI, email: str) -> str:
    """The token of the newest verification mail to this address."""
    return await mailed_token(app, email, Purpose.VERIFY)


async def reset_token(app: FastAPI, email: str) -> str:
    """Ask for a new password; the token of the mail about it."""
    database: Database = app.state.database
    async with database.transaction() as session:
        await service.ask_for_reset(session, email)
        newest = select(Challenge.id).order_by(Challenge.id.desc()).limit(1)
        await service.find_owner(session, (await session.scalars(newest)).one())
    return await mailed_token(app, email, Purpose.RESET)


async def mailed_token(app: FastAPI, email: str, purpose: Purpose) -> str:
    """The newest token of this purpose that is sent to this address."""
    database: Database = app.state.database
    asked = select(Challenge).where(Challenge.email_key == email, Challenge.purpose == purpose.value)
    async with database.reading() as session:
        challenge = (await session.scalars(asked.order_by(Challenge.id.desc()).limit(1))).one()
    return service.token_of(app.state.secret, challenge)
