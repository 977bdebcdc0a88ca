"""How API keys are found."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy import Row as ResultRow

from merkato.domains.identity.models import Account, ApiKey
from merkato.domains.identity.queries.factors import factor_on
from merkato.domains.identity.queries.roles import defined_scopes
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging


async def live_key(
    session: Session, secret_hash: bytes, moment: datetime
) -> ResultRow[UUID, UUID, list[str], datetime | None, list[str], list[str] | None, Sequence[str], bool] | None:
    """A key that is valid, when it was used, what its maker may do, and whether they have a second factor: read for each request."""
    found = (
        select(
            ApiKey.id,
            ApiKey.account_id,
            ApiKey.scopes,
            ApiKey.last_used_at,
            Account.roles,
            Account.scopes,
            defined_scopes(),
            factor_on(Account.id),
        )
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
