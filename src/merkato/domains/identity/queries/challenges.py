"""How the tokens of mails are found and ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from merkato.domains.identity.models import Challenge, Purpose
from merkato.kit.database import Session


async def challenge(session: Session, challenge_id: UUID) -> Challenge | None:
    """As it stands now, whatever this session has read of it before."""
    return await session.get(Challenge, challenge_id, populate_existing=True)


async def insert_waiting(session: Session, values: dict[str, Any]) -> bool:
    """Whether it was written; one of the same address that still waits is given the new times instead."""
    written = insert(Challenge).values(values)
    again = written.on_conflict_do_update(
        index_elements=[Challenge.email_key],
        index_where=Challenge.account_id.is_(None),
        set_={"created_at": written.excluded.created_at, "expires_at": written.excluded.expires_at},
    )
    return bool(await session.scalar(again.returning(Challenge.id)) == values["id"])


async def waiting(session: Session, most: int) -> int:
    """How many wait until it is known whose address theirs is; counted up to `most`."""
    found = select(Challenge.id).where(Challenge.account_id.is_(None)).limit(most).subquery()
    return await session.scalar(select(func.count()).select_from(found)) or 0


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


async def delete_challenges_of(session: Session, account_id: UUID, email_key: str | None = None) -> None:
    """Those of an account; with an address, those too that were asked for under it and whose account is not known yet."""
    theirs = Challenge.account_id == account_id
    if email_key is not None:
        theirs |= Challenge.account_id.is_(None) & (Challenge.email_key == email_key)
    await session.execute(delete(Challenge).where(theirs))


async def delete_challenges_before(session: Session, moment: datetime) -> None:
    await session.execute(delete(Challenge).where(Challenge.created_at < moment))
