"""Accounts that are signed in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import insert, select

from merkato.domains.identity import flows, service
from merkato.domains.identity.models import (
    Account,
    AccountSession,
    Actor,
    Challenge,
    Method,
    OutsideIdentity,
    Profile,
    Purpose,
    Role,
)
from merkato.domains.identity.routes.door import door_of
from merkato.domains.identity.schemas import AccountDraft
from merkato.kit import clock, ids, passwords
from merkato.kit.database import Database, Session
from merkato.kit.keys import KeyRing
from merkato.settings import OWN_ISSUER, Settings

PASSWORD = "correct horse battery staple"


_hashes: dict[str, str] = {}


async def sign_in(
    app: FastAPI, client: httpx.AsyncClient, name: str = "Anna", roles: Sequence[str] = ()
) -> dict[str, str]:
    """Register an account (as staff or admin if asked for), open a session of it, and let the client send its token."""
    door = replace(door_of(app), after=())
    async with door.database.transaction() as session:
        account = await _registered(session, email_of(name), name, roles)
        # As a right password does; to prove one takes longer than most tests.
        tokens = await flows.let_in(session, door, Actor(), account.id, Method.PASSWORD)
    client.headers["Authorization"] = f"Bearer {tokens.access_token}"
    return tokens.model_dump()


def email_of(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.com"


async def register(app: FastAPI, name: str = "Anna", roles: Sequence[str] = ()) -> str:
    """The e-mail address of a new account."""
    return await register_as(app, email_of(name), name, roles)


async def register_as(app: FastAPI, email: str, name: str = "Anna", roles: Sequence[str] = ()) -> str:
    """A new account of this e-mail address."""
    database: Database = app.state.database
    async with database.transaction() as session:
        await _registered(session, email, name, roles)
    return email


async def _registered(session: Session, email: str, name: str, roles: Sequence[str]) -> Account:
    if PASSWORD not in _hashes:
        _hashes[PASSWORD] = await passwords.hashed(PASSWORD)
    return await service.register(
        session,
        AccountDraft(email=email, password=PASSWORD, name=name),
        roles=tuple(Role(role) for role in roles) or (Role.CUSTOMER,),
        password_hash=_hashes[PASSWORD],
    )


async def log_in(client: httpx.AsyncClient, email: str, password: str = PASSWORD) -> dict[str, str]:
    form = {"grant_type": "password", "username": email, "password": password}
    answer = await client.post("/v1/auth/tokens", data=form)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


async def crowd(app: FastAPI, number: int, name: str = "Guest") -> dict[UUID, str]:
    """So many accounts that nobody can log in to, written at once, and an access token of each."""
    database: Database = app.state.database
    settings: Settings = app.state.settings
    ring: KeyRing = app.state.key_ring
    moment = clock.now()
    end = moment + timedelta(minutes=15)
    people: list[dict[str, Any]] = []
    for account_id in (ids.new() for _ in range(number)):
        email = f"{account_id.hex}@example.com"
        own = {"id": account_id, "email": email, "email_key": email, "password_hash": "none", "name": name}
        people.append(own | {"roles": ["customer"], "active": True})
    profiles = [{"account_id": each["id"], "handle": each["id"].hex, "name": name} for each in people]
    sessions = [{"id": ids.new(), "account_id": each["id"], "expires_at": end} for each in people]
    async with database.transaction() as session:
        await session.execute(insert(Account), people)
        await session.execute(insert(Profile), profiles)
        await session.execute(insert(AccountSession), sessions)
    claims = {"iss": OWN_ISSUER, "aud": settings.token_audience, "iat": int(moment.timestamp())}
    claims |= {"exp": int(end.timestamp())}
    return {
        each["account_id"]: ring.sign(claims | {"sub": str(each["account_id"]), "sid": str(each["id"])})
        for each in sessions
    }


async def sign_in_all(app: FastAPI, clients: Sequence[httpx.AsyncClient], name: str = "Guest") -> list[UUID]:
    """Let each client be signed in as one of a crowd; their ids."""
    tokens = await crowd(app, len(clients), name)
    for client, token in zip(clients, tokens.values(), strict=True):
        client.headers["Authorization"] = f"Bearer {token}"
    return list(tokens)


async def known_elsewhere(app: FastAPI, account_id: UUID, email: str | None = None) -> UUID:
    """Let an issuer vouch for an account from now on; the id of that identity."""
    database: Database = app.state.database
    issuer, subject = "https://login.example", email or ids.new().hex
    identity = OutsideIdentity(account_id=account_id, issuer=issuer, subject=subject, email=email)
    async with database.transaction() as session:
        session.add(identity)
        await session.flush()
    return identity.id


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
