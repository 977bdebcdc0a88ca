"""How sessions and refresh tokens are found and changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy import Row as ResultRow
from sqlalchemy.orm import aliased

from merkato.domains.identity.models import Account, AccountSession, Method, RefreshToken
from merkato.domains.identity.queries.roles import defined_scopes
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging


async def live_session(
    session: Session, session_id: UUID, moment: datetime
) -> ResultRow[UUID, list[str], list[str] | None, Sequence[str], str] | None:
    """The account of a session that still lasts, with what it may be granted, and how it was opened: read for each request."""
    found = (
        select(Account.id, Account.roles, Account.scopes, defined_scopes(), AccountSession.method)
        .join(AccountSession, AccountSession.account_id == Account.id)
        .where(
            AccountSession.id == session_id,
            AccountSession.revoked_at.is_(None),
            AccountSession.expires_at > moment,
            Account.active,
            Account.deleted_at.is_(None),
        )
    )
    return (await session.execute(found)).one_or_none()


async def refresh_token(session: Session, token_hash: bytes) -> tuple[RefreshToken, AccountSession] | None:
    """A refresh token with its session, both locked: two exchanges of one family never cross."""
    found = (
        select(RefreshToken, AccountSession)
        .join(AccountSession, AccountSession.id == RefreshToken.session_id)
        .where(RefreshToken.hash == token_hash)
        .with_for_update()
    )
    row = (await session.execute(found)).one_or_none()
    return None if row is None else (row[0], row[1])


async def has_used_successor(session: Session, token_id: UUID) -> bool:
    """Whether a token that this one was exchanged for has been exchanged itself."""
    child = aliased(RefreshToken)
    found = select(exists().where(child.parent_id == token_id, child.replaced_at.is_not(None)))
    return bool(await session.scalar(found))


async def revoke_session(session: Session, session_id: UUID, moment: datetime) -> None:
    await session.execute(
        update(AccountSession)
        .where(AccountSession.id == session_id, AccountSession.revoked_at.is_(None))
        .values(revoked_at=moment)
    )


async def revoke_sessions(session: Session, account_id: UUID, moment: datetime, *, besides: UUID | None = None) -> None:
    """End an account's sessions: all of them, or all `besides` one."""
    ended = update(AccountSession).where(AccountSession.account_id == account_id, AccountSession.revoked_at.is_(None))
    if besides is not None:
        ended = ended.where(AccountSession.id != besides)
    await session.execute(ended.values(revoked_at=moment))


async def strengthen(session: Session, session_id: UUID | None, method: Method) -> None:
    """Note that more than a password was proven in a session."""
    weak = AccountSession.id == session_id, AccountSession.method == Method.PASSWORD.value
    await session.execute(update(AccountSession).where(*weak).values(method=method.value))


async def weaken(session: Session, account_id: UUID) -> None:
    """Let an account's sessions count as opened by password alone."""
    of = AccountSession.account_id == account_id
    await session.execute(update(AccountSession).where(of).values(method=Method.PASSWORD.value))


async def delete_sessions_of(session: Session, account_id: UUID) -> None:
    await session.execute(delete(AccountSession).where(AccountSession.account_id == account_id))


async def sessions(
    session: Session, account_id: UUID, moment: datetime, paging: Paging
) -> tuple[list[AccountSession], str | None]:
    """The sessions of an account that last, newest first."""
    found = select(AccountSession).where(*_lasting(account_id, moment))
    order = Key(AccountSession.created_at, descending=True), Key(AccountSession.id, descending=True)
    return await paging.fetch(session, found, *order)


async def end_session(session: Session, account_id: UUID, session_id: UUID, moment: datetime) -> bool:
    """Whether this account had such a session that lasted."""
    ended = update(AccountSession).where(AccountSession.id == session_id, *_lasting(account_id, moment))
    return await session.scalar(ended.values(revoked_at=moment).returning(AccountSession.id)) is not None


def _lasting(account_id: UUID, moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        AccountSession.account_id == account_id,
        AccountSession.revoked_at.is_(None),
        AccountSession.expires_at > moment,
    )
