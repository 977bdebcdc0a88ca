"""Signing in, and a new password: a refusal is remembered before it is told, and hashing happens outside any transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from merkato.domains.identity import queries, service
from merkato.domains.identity.errors import InvalidGrant
from merkato.domains.identity.models import Actor
from merkato.domains.identity.schemas import Tokens
from merkato.kit import clock, passwords
from merkato.kit.database import Database, Session
from merkato.kit.keys import KeyRing
from merkato.kit.security import Secret
from merkato.settings import Settings

AfterLogIn = Callable[[Session, Actor], Awaitable[None]]
"""What a domain above does when somebody has logged in, in the same transaction. Declared in `modules.py`."""


async def log_in(  # noqa: PLR0913 - what a log-in needs.
    database: Database,
    guest: Actor,
    email: str,
    password: str,
    *,
    settings: Settings,
    key_ring: KeyRing,
    after: tuple[AfterLogIn, ...] = (),
) -> Tokens:
    """A new session for an e-mail address and password. Raises InvalidGrant. `guest` is who the caller was until now."""
    async with database.reading() as session:
        row = await queries.credentials(session, service.email_key(email))
    right, renewed = await passwords.verified(password, row.password_hash if row else None)
    if row is None or not right or not row.active:
        raise InvalidGrant
    return await database.run(_open, guest, row.id, renewed, settings=settings, key_ring=key_ring, after=after)


async def _open(  # noqa: PLR0913 - as above.
    session: Session,
    guest: Actor,
    account_id: UUID,
    renewed_hash: str | None,
    *,
    settings: Settings,
    key_ring: KeyRing,
    after: tuple[AfterLogIn, ...],
) -> Tokens:
    if renewed_hash is not None:
        await queries.set_password_hash(session, account_id, renewed_hash)
    actor, refresh = await service.open_session(session, account_id, lifetime=settings.refresh_token_lifetime)
    known = replace(guest, account_id=actor.account_id, session_id=actor.session_id, scopes=actor.scopes)
    for each in after:
        await each(session, known)
    return _tokens(known.id, actor.session_id, refresh, settings=settings, key_ring=key_ring)


async def refresh(database: Database, token: str, *, settings: Settings, key_ring: KeyRing) -> Tokens:
    """The next pair of tokens. Raises InvalidGrant; the end of a misused session is committed before that."""
    exchanged = await database.run(service.exchange, token, lifetime=settings.refresh_token_lifetime)
    if exchanged is None:
        raise InvalidGrant
    family, successor = exchanged
    return _tokens(family.account_id, family.id, successor, settings=settings, key_ring=key_ring)


async def reset_password(database: Database, secret: Secret, token: str, password: str) -> None:
    """Set a new password with the token of a mail. Raises InvalidToken."""
    async with database.snapshot() as session:
        await service.check_reset(session, secret, token)
    await database.run(service.reset_password, secret, token, await passwords.hashed(password))


def _tokens(
    account_id: UUID, session_id: UUID | None, refresh_token: str, *, settings: Settings, key_ring: KeyRing
) -> Tokens:
    moment = int(clock.now().timestamp())
    access = key_ring.sign(
        {
            "iss": settings.token_issuer,
            "aud": settings.token_audience,
            "sub": str(account_id),
            "sid": str(session_id),
            "iat": moment,
            "exp": moment + settings.access_token_lifetime,
        }
    )
    return Tokens(access_token=access, refresh_token=refresh_token, expires_in=settings.access_token_lifetime)
