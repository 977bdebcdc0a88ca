"""How outside identities, and log-ins at providers, are found and changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row as ResultRow
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from merkato.domains.identity.models import Account, Authorization, EndedIdentity, OutsideIdentity, ended_hash
from merkato.domains.identity.queries.factors import app_on
from merkato.domains.identity.queries.roles import defined_scopes
from merkato.kit import ids
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging


async def outsider(
    session: Session, issuer: str, subject: str
) -> ResultRow[UUID, bool, list[str], list[str] | None, Sequence[str], bool] | None:
    """The account of an identity, whether it is active, what it may be granted, and whether a second factor is `protecting` it: read for each
    request.
    """
    found = (
        select(
            Account.id,
            Account.active,
            Account.roles,
            Account.scopes,
            defined_scopes(),
            app_on(Account.id).label("protecting"),
        )
        .join(OutsideIdentity, OutsideIdentity.account_id == Account.id)
        .where(OutsideIdentity.issuer == issuer, OutsideIdentity.subject == subject)
    )
    return (await session.execute(found)).one_or_none()


async def holder(session: Session, email_key: str) -> Account | None:
    """The account of an address, locked, so that what is decided about it stays true."""
    found = select(Account).where(Account.email_key == email_key, Account.deleted_at.is_(None))
    return await session.scalar(found.with_for_update())


async def entrance(session: Session, account_id: UUID) -> ResultRow[str, bool, bool] | None:
    """Password hash, whether active, and whether a second factor is `protecting` it, for a log-in elsewhere."""
    found = select(Account.password_hash, Account.active, app_on(Account.id).label("protecting")).where(
        Account.id == account_id, Account.deleted_at.is_(None)
    )
    return (await session.execute(found)).one_or_none()


async def insert_identity(session: Session, values: dict[str, Any]) -> OutsideIdentity | None:
    """None if the identity is there already. It waits for another transaction that is writing the same one."""
    written = insert(OutsideIdentity).values(values).on_conflict_do_nothing(index_elements=["issuer", "subject"])
    return await session.scalar(written.returning(OutsideIdentity))


async def identity_of(session: Session, issuer: str, subject: str) -> OutsideIdentity | None:
    found = select(OutsideIdentity).where(OutsideIdentity.issuer == issuer, OutsideIdentity.subject == subject)
    return await session.scalar(found)


async def own_identity(session: Session, account_id: UUID, identity_id: UUID) -> OutsideIdentity | None:
    found = select(OutsideIdentity).where(OutsideIdentity.id == identity_id, OutsideIdentity.account_id == account_id)
    return await session.scalar(found)


async def identities(session: Session, account_id: UUID, paging: Paging) -> tuple[list[OutsideIdentity], str | None]:
    """Oldest first."""
    return await paging.fetch(
        session, select(OutsideIdentity).where(OutsideIdentity.account_id == account_id), Key(OutsideIdentity.id)
    )


async def count_identities(session: Session, account_id: UUID) -> int:
    found = select(func.count()).select_from(OutsideIdentity).where(OutsideIdentity.account_id == account_id)
    return await session.scalar(found) or 0


async def end_identities(session: Session, account_id: UUID, moment: datetime) -> None:
    """Delete an account's identities, and keep of each that it was ended."""
    gone = delete(OutsideIdentity).where(OutsideIdentity.account_id == account_id)
    for issuer, subject in (
        await session.execute(gone.returning(OutsideIdentity.issuer, OutsideIdentity.subject))
    ).all():
        kept = insert(EndedIdentity).values(id=ids.new(), hash=ended_hash(issuer, subject), ended_at=moment)
        await session.execute(kept.on_conflict_do_update(index_elements=["hash"], set_={"ended_at": moment}))


async def has_ended(session: Session, issuer: str, subject: str) -> bool:
    """Whether this identity opened an account that was deleted."""
    return bool(await session.scalar(select(exists().where(EndedIdentity.hash == ended_hash(issuer, subject)))))


async def delete_identities_of(session: Session, account_id: UUID) -> None:
    await session.execute(delete(OutsideIdentity).where(OutsideIdentity.account_id == account_id))


async def delete_ended_identities(session: Session, before: datetime) -> None:
    await session.execute(delete(EndedIdentity).where(EndedIdentity.ended_at < before))


async def use_authorization(
    session: Session, state_hash: bytes, secret_hash: bytes, moment: datetime
) -> Authorization | None:
    """What was begun with this state by who holds this secret, once, until it expires."""
    used = (
        update(Authorization)
        .where(
            Authorization.state_hash == state_hash,
            Authorization.secret_hash == secret_hash,
            Authorization.used_at.is_(None),
            Authorization.expires_at > moment,
        )
        .values(used_at=moment)
    )
    return await session.scalar(used.returning(Authorization))


async def delete_authorizations_before(session: Session, moment: datetime) -> None:
    await session.execute(delete(Authorization).where(Authorization.expires_at < moment))
