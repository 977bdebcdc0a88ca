"""What crosses the border: a letter, once, to the mail server or into the folder of mail."""

from uuid import UUID

import structlog

from merkato.domains.notifications import service
from merkato.domains.notifications.models import Message, Template
from merkato.kit import mail
from merkato.kit.events import Event
from merkato.kit.mail import Letter
from merkato.kit.tasks import Hopeless
from merkato.store import Store

_log = structlog.get_logger("merkato.mail")


async def send(store: Store, event: Event, template: Template, subject_id: UUID) -> None:
    """Write about an event to whom it concerns, unless that was done. Safe to repeat: it is the same message each time.

    Raises Unreachable or UnderWay to be tried again later, and Hopeless when the server refuses for good.
    """
    domain = store.settings.mail_from.rpartition("@")[2]
    message = await store.database.run(service.take, event.id, template, subject_id, domain=domain)
    if message is None:
        return
    async with store.database.snapshot() as session:
        letter = await service.letter(session, store, message)
    if letter is None:
        await store.database.run(service.drop, message.id)
        return
    try:
        await _hand_over(store, message, letter)
    except mail.Refused as refusal:
        await store.database.run(service.fail, message.id, str(refusal))
        raise Hopeless(str(refusal)) from None
    except mail.Unreachable as failure:
        await store.database.run(service.rest, message.id, str(failure))
        raise
    await store.database.run(service.note_sent, message.id)
    _log.info("sent", template=template.value, message=str(message.id), tries=message.tries)


async def _hand_over(store: Store, message: Message, letter: Letter) -> None:
    settings = store.settings
    made = mail.message(
        letter,
        sender=settings.mail_from,
        name=settings.shop_name,
        message_id=message.message_id,
        at=message.created_at,
    )
    if settings.smtp_url is None:
        await mail.keep(settings.mail_folder, message.id.hex, made)
    else:
        await mail.send(mail.relay(settings.smtp_url.get_secret_value()), made)
