"""How messages are found and written."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from merkato.domains.notifications.models import UNSENT, Message, MessageState
from merkato.kit.counting import counted
from merkato.kit.database import Session


async def insert_message(session: Session, values: dict[str, Any]) -> None:
    """Unless there is one with this key."""
    await session.execute(insert(Message).values(values).on_conflict_do_nothing(index_elements=[Message.key]))


async def by_key(session: Session, key: str) -> Message:
    """The message of this key, locked."""
    return (await session.scalars(select(Message).where(Message.key == key).with_for_update())).one()


async def message(session: Session, message_id: UUID) -> Message | None:
    """One message, locked."""
    return await session.scalar(select(Message).where(Message.id == message_id).with_for_update())


async def delete_before(session: Session, moment: datetime) -> None:
    """Delete old messages, but none that waits."""
    await session.execute(
        delete(Message).where(Message.created_at < moment, Message.state != MessageState.WAITING.value)
    )


async def unsent(session: Session) -> dict[str, int]:
    """How many messages wait, and how many have failed."""
    # Written out, because the index that holds just these is found by them.
    states: BindParameter[MessageState] = bindparam("unsent", UNSENT, expanding=True, literal_execute=True)
    found = await counted(session, [Message.state], Message.state.in_(states))
    return {state: many for (state,), many in found.items()}
