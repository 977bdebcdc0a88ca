"""How second factors and passkeys are found, used and removed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy import Row as ResultRow
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from merkato.domains.identity.models import Account, Authenticator, Passkey, RecoveryCode, Spent
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging


def app_on(account_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether the account of a row has a confirmed authenticator app."""
    return exists().where(Authenticator.account_id == account_id, Authenticator.confirmed_at.is_not(None))


def factor_on(account_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether the account of a row has an app or a passkey."""
    return or_(app_on(account_id), exists().where(Passkey.account_id == account_id))


async def has_factor(session: Session, account_id: UUID) -> bool:
    return bool(await session.scalar(select(factor_on(Account.id)).where(Account.id == account_id)))


async def factors(session: Session, account_id: UUID) -> ResultRow[bool, int, int] | None:
    """Whether the app is on, how many recovery codes are left, and how many passkeys there are."""
    codes = select(func.count()).where(RecoveryCode.account_id == Account.id, RecoveryCode.used_at.is_(None))
    keys = select(func.count()).where(Passkey.account_id == Account.id)
    found = select(app_on(Account.id), codes.scalar_subquery(), keys.scalar_subquery()).where(Account.id == account_id)
    return (await session.execute(found)).one_or_none()


async def put_authenticator(session: Session, values: dict[str, Any]) -> bool:
    """Whether it was written, in the place of one that waited; not over a confirmed one."""
    put = insert(Authenticator).values(values)
    put = put.on_conflict_do_update(
        index_elements=[Authenticator.account_id],
        set_={name: put.excluded[name] for name in ("sealed", "created_at")},
        where=Authenticator.confirmed_at.is_(None),
    )
    return await session.scalar(put.returning(Authenticator.account_id)) is not None


async def authenticator(session: Session, account_id: UUID) -> Authenticator | None:
    return await session.get(Authenticator, account_id, populate_existing=True)


async def use_step(session: Session, account_id: UUID, step: int) -> bool:
    """Whether no code of this time step, or of a later one, was used before."""
    unused = or_(Authenticator.used_step.is_(None), Authenticator.used_step < step)
    used = update(Authenticator).where(Authenticator.account_id == account_id, unused).values(used_step=step)
    return await session.scalar(used.returning(Authenticator.account_id)) is not None


async def use_recovery_code(session: Session, account_id: UUID, code_hash: bytes, moment: datetime) -> bool:
    """Whether there was such a code that had not been used."""
    used = update(RecoveryCode).where(
        RecoveryCode.account_id == account_id, RecoveryCode.hash == code_hash, RecoveryCode.used_at.is_(None)
    )
    return await session.scalar(used.values(used_at=moment).returning(RecoveryCode.id)) is not None


async def replace_recovery_codes(session: Session, account_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    await session.execute(insert(RecoveryCode).values(rows))


async def delete_app(session: Session, account_id: UUID) -> bool:
    """Forget the app and the recovery codes; whether the app was on."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    gone = delete(Authenticator).where(Authenticator.account_id == account_id)
    return await session.scalar(gone.returning(Authenticator.confirmed_at)) is not None


async def delete_passkeys_of(session: Session, account_id: UUID) -> bool:
    """Whether there were any."""
    gone = delete(Passkey).where(Passkey.account_id == account_id)
    return bool((await session.scalars(gone.returning(Passkey.id))).all())


async def delete_factors_since(session: Session, account_id: UUID, moment: datetime) -> None:
    """Forget the app, with its recovery codes, if it is as young as this, and passkeys that are."""
    young = delete(Authenticator).where(Authenticator.account_id == account_id, Authenticator.created_at >= moment)
    if await session.scalar(young.returning(Authenticator.account_id)) is not None:
        await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    await session.execute(delete(Passkey).where(Passkey.account_id == account_id, Passkey.created_at >= moment))


async def passkey(
    session: Session, passkey_id: UUID, visible: ColumnElement[bool], *, lock: bool = False
) -> Passkey | None:
    found = select(Passkey).where(Passkey.id == passkey_id, visible)
    return await session.scalar(found.with_for_update() if lock else found)


async def passkeys(session: Session, visible: ColumnElement[bool], paging: Paging) -> tuple[list[Passkey], str | None]:
    """Oldest first."""
    return await paging.fetch(session, select(Passkey).where(visible), Key(Passkey.id))


async def credential_ids(session: Session, account_id: UUID) -> list[bytes]:
    """What an account's devices call its passkeys."""
    found = select(Passkey.credential_id).where(Passkey.account_id == account_id)
    return list(await session.scalars(found.order_by(Passkey.id)))


async def passkey_of(session: Session, credential_id: bytes) -> Passkey | None:
    """The passkey that a device calls so, if its account may sign in."""
    found = select(Passkey).join(Account, Account.id == Passkey.account_id)
    return await session.scalar(
        found.where(Passkey.credential_id == credential_id, Account.active, Account.deleted_at.is_(None))
    )


async def use_passkey(session: Session, passkey_id: UUID, sign_count: int, moment: datetime) -> bool:
    """Whether it is still there, and its count went on; a device that does not count says zero each time."""
    onward = Passkey.sign_count < sign_count if sign_count else Passkey.sign_count == 0
    used = update(Passkey).where(Passkey.id == passkey_id, onward)
    used = used.values(sign_count=sign_count, last_used_at=moment).returning(Passkey.id)
    return await session.scalar(used) is not None


async def insert_spent(session: Session, word_id: UUID, moment: datetime) -> bool:
    """Whether it had not been used before."""
    spent = insert(Spent).values(id=word_id, spent_at=moment).on_conflict_do_nothing(index_elements=[Spent.id])
    return await session.scalar(spent.returning(Spent.id)) is not None


async def delete_spent_before(session: Session, moment: datetime) -> None:
    await session.execute(delete(Spent).where(Spent.spent_at < moment))


async def delete_unconfirmed_before(session: Session, moment: datetime) -> None:
    """Forget the apps that waited too long."""
    waiting = Authenticator.confirmed_at.is_(None), Authenticator.created_at < moment
    await session.execute(delete(Authenticator).where(*waiting))
