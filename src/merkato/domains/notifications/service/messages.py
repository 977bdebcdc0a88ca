"""What happens to messages, inside the caller's transaction."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from merkato.domains.notifications import queries
from merkato.domains.notifications.models import TRANSITIONS, Message, MessageState, Template
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.tasks import NotYet

LEASE: Final = timedelta(seconds=30)
"""Longer than handing a message over may take."""
KEPT: Final = timedelta(days=90)


class UnderWay(NotYet):
    """The same task is handing this message over somewhere else, or died doing it a moment ago: come again later."""


async def take(
    session: Session, event_id: UUID, template: Template, subject_id: UUID, *, domain: str
) -> Message | None:
    """The message about an event, for the caller to hand over; None when nothing is left to do. `domain` is the sender's.

    Raises UnderWay.
    """
    moment, key, message_id = clock.now(), f"{template}:{event_id}", ids.new()
    fresh = {
        "id": message_id,
        "key": key,
        "template": template.value,
        "subject_id": subject_id,
        "message_id": f"{message_id}@{domain}",
        "state": MessageState.WAITING.value,
        "tries": 0,
        "created_at": moment,
    }
    await queries.insert_message(session, fresh)
    message = await queries.by_key(session, key)
    if not TRANSITIONS[MessageState(message.state)]:
        return None
    if message.leased_until is not None and message.leased_until > moment:
        raise UnderWay
    message.leased_until = moment + LEASE
    message.tries += 1
    return message


async def note_sent(session: Session, message_id: UUID) -> None:
    message = await _open(session, message_id)
    if message is not None:
        message.become(MessageState.SENT)
        message.sent_at, message.failure = clock.now(), None


async def fail(session: Session, message_id: UUID, reason: str) -> None:
    """It will never be taken. `reason` names no address."""
    message = await _open(session, message_id)
    if message is not None:
        message.become(MessageState.FAILED)
        message.failure = reason


async def drop(session: Session, message_id: UUID) -> None:
    """There is nobody to write to any more, or nothing to say."""
    message = await _open(session, message_id)
    if message is not None:
        message.become(MessageState.DROPPED)


async def rest(session: Session, message_id: UUID, reason: str) -> None:
    """It could not be handed over now. `reason` names no address."""
    message = await _open(session, message_id)
    if message is not None:
        message.leased_until, message.failure = None, reason


async def forget(session: Session) -> None:
    """Delete what was done with long ago."""
    await queries.delete_before(session, clock.now() - KEPT)


async def _open(session: Session, message_id: UUID) -> Message | None:
    """None for a message that has come to its end: somebody who was thought dead was faster."""
    message = await queries.message(session, message_id)
    return message if message is not None and TRANSITIONS[MessageState(message.state)] else None
