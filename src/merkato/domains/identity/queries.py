"""How accounts, sessions and refresh tokens are found and changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select, update
from sqlalchemy import Row as ResultRow
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased, selectinload

from merkato.domains.identity.models import Account, AccountSession, ApiKey, Challenge, Profile, Purpose, RefreshToken
from merkato.domains.identity.schemas import AccountFilters, AuditFilters
from merkato.kit.audit import AuditEntry
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging


async def insert_account(session: Session, values: dict[str, Any]) -> bool:
    """Whether the row was written; not if its e-mail address is taken."""
    written = insert(Account).values(values).on_conflict_do_nothing(index_elements=[Account.email_key])
    return await session.scalar(written.returning(Account.id)) is not None


async def insert_profile(session: Session, values: dict[str, Any]) -> bool:
    """Whether the row was written; not if its handle is taken."""
    written = insert(Profile).values(values).on_conflict_do_nothing(index_elements=[Profile.handle])
    return await session.scalar(written.returning(Profile.account_id)) is not None


def _accounts() -> Select[Account]:
    return select(Account).options(selectinload(Account.profile)).where(Account.deleted_at.is_(None))


async def account(session: Session, account_id: UUID, *, lock: bool = False) -> Account | None:
    found = _accounts().where(Account.id == account_id)
    return await session.scalar(found.with_for_update() if lock else found)


async def accounts(session: Session, filters: AccountFilters, paging: Paging) -> tuple[list[Account], str | None]:
    """Oldest first."""
    found = _accounts()
    if filters.q is not None:
        found = found.where(
            or_(Account.name.icontains(filters.q, autoescape=True), Account.email.icontains(filters.q, autoescape=True))
        )
    if filters.role is not None:
        found = found.where(Account.roles.contains([filters.role.value]))
    if filters.active is not None:
        found = found.where(Account.active.is_(filters.active))
    return await paging.fetch(session, found, Key(Account.created_at), Key(Account.id))


async def credentials(session: Session, email_key: str) -> ResultRow[UUID, str, bool] | None:
    """Id, password hash and whether active, for a log-in."""
    found = select(Account.id, Account.password_hash, Account.active).where(
        Account.email_key == email_key, Account.deleted_at.is_(None)
    )
    return (await session.execute(found)).one_or_none()


async def own_credentials(session: Session, account_id: UUID) -> ResultRow[str, str] | None:
    """Address key and password hash of an account."""
    found = select(Account.email_key, Account.password_hash).where(
        Account.id == account_id, Account.deleted_at.is_(None)
    )
    return (await session.execute(found)).one_or_none()


async def set_password_hash(session: Session, account_id: UUID, password_hash: str) -> None:
    await session.execute(update(Account).where(Account.id == account_id).values(password_hash=password_hash))


async def live_session(
    session: Session, session_id: UUID, moment: datetime
) -> ResultRow[UUID, list[str], list[str] | None] | None:
    """The account of a session that still lasts, with its roles and own scopes: read for each request."""
    found = (
        select(Account.id, Account.roles, Account.scopes)
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


async def lock_admins(session: Session) -> list[UUID]:
    """The active admins who can make others, locked, so that the last two cannot demote each other."""
    able = or_(Account.scopes.is_(None), Account.scopes.contains(["accounts:write"]))
    found = select(Account.id).where(
        Account.roles.contains(["admin"]), able, Account.active, Account.deleted_at.is_(None)
    )
    return list(await session.scalars(found.order_by(Account.id).with_for_update()))


async def profile(session: Session, handle: str) -> Profile | None:
    found = (
        select(Profile).join(Account).where(func.lower(Profile.handle) == handle.lower(), Account.deleted_at.is_(None))
    )
    return await session.scalar(found)


async def own_profile(session: Session, account_id: UUID) -> Profile | None:
    return await session.scalar(select(Profile).where(Profile.account_id == account_id).with_for_update())


async def account_is_active(session: Session, account_id: UUID) -> bool:
    found = select(exists().where(Account.id == account_id, Account.active, Account.deleted_at.is_(None)))
    return bool(await session.scalar(found))


async def lock_account(session: Session, account_id: UUID) -> None:
    await session.execute(select(Account.id).where(Account.id == account_id).with_for_update())


async def challenge(session: Session, challenge_id: UUID) -> Challenge | None:
    """As it stands now, whatever this session has read of it before."""
    return await session.get(Challenge, challenge_id, populate_existing=True)


async def challenges_since(session: Session, account_id: UUID, purpose: Purpose, since: datetime) -> list[datetime]:
    """When tokens of this purpose were asked for, oldest first."""
    found = select(Challenge.created_at).where(
        Challenge.account_id == account_id, Challenge.purpose == purpose.value, Challenge.created_at > since
    )
    return list(await session.scalars(found.order_by(Challenge.created_at)))


async def end_older_challenges(session: Session, newest: Challenge, moment: datetime) -> None:
    """Let the tokens expire that the newest one of its account and purpose replaces."""
    await session.execute(
        update(Challenge)
        .where(
            Challenge.account_id == newest.account_id,
            Challenge.purpose == newest.purpose,
            Challenge.id != newest.id,
            Challenge.expires_at > moment,
        )
        .values(expires_at=moment)
    )


async def end_challenges(session: Session, account_id: UUID, purpose: Purpose, moment: datetime) -> None:
    """Let every token of this purpose expire."""
    await session.execute(
        update(Challenge)
        .where(Challenge.account_id == account_id, Challenge.purpose == purpose.value, Challenge.expires_at > moment)
        .values(expires_at=moment)
    )


async def delete_challenges_of(session: Session, account_id: UUID) -> None:
    await session.execute(delete(Challenge).where(Challenge.account_id == account_id))


async def delete_challenges_before(session: Session, moment: datetime) -> None:
    await session.execute(delete(Challenge).where(Challenge.created_at < moment))


async def live_key(
    session: Session, secret_hash: bytes, moment: datetime
) -> ResultRow[UUID, UUID, list[str], datetime | None, list[str], list[str] | None] | None:
    """A key that is valid, when it was used, and what its maker may do: read for each request."""
    found = (
        select(ApiKey.id, ApiKey.account_id, ApiKey.scopes, ApiKey.last_used_at, Account.roles, Account.scopes)
        .join(Account, Account.id == ApiKey.account_id)
        .where(
            ApiKey.hash == secret_hash,
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > moment),
            Account.active,
            Account.deleted_at.is_(None),
        )
    )
    return (await session.execute(found)).one_or_none()


async def note_use(session: Session, key_id: UUID, moment: datetime, unless_since: datetime) -> None:
    stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= unless_since)
    await session.execute(update(ApiKey).where(ApiKey.id == key_id, stale).values(last_used_at=moment))


async def api_key(session: Session, key_id: UUID, visible: ColumnElement[bool]) -> ApiKey | None:
    return await session.scalar(select(ApiKey).where(ApiKey.id == key_id, visible).with_for_update())


async def api_keys(session: Session, visible: ColumnElement[bool], paging: Paging) -> tuple[list[ApiKey], str | None]:
    """Oldest first."""
    return await paging.fetch(session, select(ApiKey).where(visible), Key(ApiKey.id))


async def count_keys(session: Session, account_id: UUID) -> int:
    return await session.scalar(select(func.count()).select_from(ApiKey).where(ApiKey.account_id == account_id)) or 0


async def delete_keys_of(session: Session, account_id: UUID) -> None:
    await session.execute(delete(ApiKey).where(ApiKey.account_id == account_id))


async def audit(session: Session, filters: AuditFilters, paging: Paging) -> tuple[list[AuditEntry], str | None]:
    """Newest first."""
    found = select(AuditEntry)
    if filters.actor is not None:
        found = found.where(or_(AuditEntry.account_id == filters.actor, AuditEntry.api_key_id == filters.actor))
    if filters.subject is not None:
        found = found.where(AuditEntry.subject_id == filters.subject)
    if filters.since is not None:
        found = found.where(AuditEntry.at >= filters.since)
    if filters.until is not None:
        found = found.where(AuditEntry.at < filters.until)
    return await paging.fetch(session, found, Key(AuditEntry.at, descending=True), Key(AuditEntry.id, descending=True))
