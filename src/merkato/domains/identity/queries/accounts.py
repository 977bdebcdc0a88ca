"""How accounts and profiles are found and changed."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row as ResultRow
from sqlalchemy import Select, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from merkato.domains.identity.models import Account, Profile
from merkato.domains.identity.queries.factors import app_on
from merkato.domains.identity.schemas import AccountFilters
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
        found = found.where(Account.roles.contains([filters.role]))
    if filters.active is not None:
        found = found.where(Account.active.is_(filters.active))
    return await paging.fetch(session, found, Key(Account.created_at), Key(Account.id))


async def credentials(session: Session, email_key: str) -> ResultRow[UUID, str, bool, bool] | None:
    """Id, password hash, whether active, and whether a second factor is `protecting` it, for a log-in."""
    protecting = app_on(Account.id).label("protecting")
    found = select(Account.id, Account.password_hash, Account.active, protecting).where(
        Account.email_key == email_key, Account.deleted_at.is_(None)
    )
    return (await session.execute(found)).one_or_none()


async def own_credentials(session: Session, account_id: UUID) -> ResultRow[str, str] | None:
    """Address key and password hash of an account."""
    found = select(Account.email_key, Account.password_hash).where(
        Account.id == account_id, Account.deleted_at.is_(None)
    )
    return (await session.execute(found)).one_or_none()


async def active_password_hash(session: Session, account_id: UUID) -> str | None:
    """Of an account that may sign in."""
    found = select(Account.password_hash).where(Account.id == account_id, Account.active, Account.deleted_at.is_(None))
    return await session.scalar(found)


async def set_password_hash(session: Session, account_id: UUID, password_hash: str) -> None:
    await session.execute(update(Account).where(Account.id == account_id).values(password_hash=password_hash))


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
