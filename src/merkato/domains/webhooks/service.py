"""What happens to webhooks and deliveries, inside the caller's transaction."""

import base64
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from merkato.domains.orders import queries as orders
from merkato.domains.orders.schemas import OrderView
from merkato.domains.webhooks import queries
from merkato.domains.webhooks.errors import TooManyWebhooks, WebhookOff
from merkato.domains.webhooks.events import DeliveryRequested, WebhookDisabled
from merkato.domains.webhooks.models import (
    GIVE_UP,
    GONE,
    LEASE,
    OVERLAP,
    WEBHOOKS_MAX,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Disabled,
    Webhook,
)
from merkato.domains.webhooks.schemas import Parcel, WebhookChange, WebhookDraft
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.errors import NotFound
from merkato.kit.events import Event, publish
from merkato.kit.outgoing import Reply
from merkato.kit.security import Secret
from merkato.kit.tasks import NotYet

_PURPOSE: Final = "webhooks"
_SECRET_BYTES: Final = 32


class BeingTried(NotYet):
    """Another worker is sending to this webhook, and it is not one to be sent two things at once now."""


async def add(session: Session, secret: Secret, draft: WebhookDraft) -> tuple[Webhook, str]:
    """A new webhook and its secret. Raises TooManyWebhooks."""
    if await queries.count(session) >= WEBHOOKS_MAX:
        raise TooManyWebhooks
    value, sealed = _new_secret(secret)
    webhook = Webhook(url=draft.url, description=draft.description, events=_listed(draft.events), secret=sealed)
    session.add(webhook)
    await session.flush()
    return webhook, value


async def change(session: Session, webhook_id: UUID, said: WebhookChange) -> Webhook:
    """Some of a webhook. What is sent to another address, or asks for other events, goes on as it is. Raises NotFound."""
    webhook = await locked(session, webhook_id)
    sent = said.sent()
    active = sent.pop("active", webhook.active)
    if "events" in sent:
        sent["events"] = _listed(sent["events"])
    for name, value in sent.items():
        setattr(webhook, name, value)
    if active and not webhook.active:
        webhook.enable()
    elif webhook.active and not active:
        await _disable(session, webhook, Disabled.BY_STAFF)
    await session.flush()
    return webhook


async def rotate(session: Session, secret: Secret, webhook_id: UUID) -> tuple[Webhook, str]:
    """A new secret; the one before is valid beside it for a day. Of more than two the oldest ends at once. Raises NotFound."""
    webhook = await locked(session, webhook_id)
    value, sealed = _new_secret(secret)
    webhook.previous_secret, webhook.previous_until = webhook.secret, clock.now() + OVERLAP
    webhook.secret = sealed
    await session.flush()
    return webhook, value


async def remove(session: Session, webhook_id: UUID) -> None:
    """Delete a webhook with its deliveries. Raises NotFound."""
    await session.delete(await locked(session, webhook_id))
    await session.flush()


async def locked(session: Session, webhook_id: UUID) -> Webhook:
    webhook = await queries.webhook(session, webhook_id, lock=True)
    if webhook is None:
        raise NotFound
    return webhook


def opened(secret: Secret, sealed: bytes) -> str | None:
    """A sealed secret as its holder knows it; None when the store's key has changed since."""
    value = secret.unseal(_PURPOSE, sealed)
    return value.decode() if value else None


async def fan_out(session: Session, event: Event) -> None:
    """Ask for one delivery of an event to each webhook that wants it. Again, it asks for nothing."""
    webhook_ids = await queries.that_want(session, event.name)
    if webhook_ids:
        for delivery_id in await queries.insert_deliveries(session, webhook_ids, event):
            await publish(session, DeliveryRequested(delivery_id=delivery_id, turn=1))


async def retry(session: Session, delivery_id: UUID) -> Delivery:
    """Begin to deliver anew, whatever came of it before. Raises NotFound, WebhookOff."""
    webhook, delivery = await _both(session, delivery_id)
    if webhook is None or delivery is None:
        raise NotFound
    if not webhook.active:
        raise WebhookOff
    delivery.become(DeliveryState.WAITING)
    delivery.turn, delivery.tries, delivery.requested_at = delivery.turn + 1, 0, clock.now()
    await publish(session, DeliveryRequested(delivery_id=delivery.id, turn=delivery.turn))
    await session.flush()
    return delivery


async def take(session: Session, delivery_id: UUID, turn: int) -> Parcel | None:
    """Begin an attempt; None when there is nothing (more) to do. Raises BeingTried.

    A webhook that fails is sent one thing at a time, so that one which hangs cannot keep every worker waiting.
    """
    webhook, delivery = await _both(session, delivery_id)
    if webhook is None or delivery is None or delivery.turn != turn or delivery.state != DeliveryState.WAITING:
        return None
    moment = clock.now()
    leased = delivery.leased_until is not None and delivery.leased_until > moment
    if leased or (webhook.failing_since is not None and await queries.under_way(session, webhook.id)):
        raise BeingTried
    delivery.leased_until = moment + LEASE
    delivery.tries += 1
    doubled = webhook.previous_secret if webhook.previous_until and webhook.previous_until > moment else None
    return Parcel(
        delivery_id=delivery.id,
        url=webhook.url,
        event_id=delivery.event_id,
        body=await _body(session, delivery),
        secrets=(webhook.secret, *((doubled,) if doubled else ())),
    )


async def note(session: Session, parcel: Parcel, turn: int, reply: Reply) -> DeliveryState:
    """Write down what became of an attempt, and what follows from it; where the delivery stands then."""
    webhook, delivery = await _both(session, parcel.delivery_id)
    if webhook is None or delivery is None:
        # Deleted while it was being sent.
        return DeliveryState.ENDED
    session.add(
        DeliveryAttempt(
            delivery_id=delivery.id, status=reply.status, error=reply.error, milliseconds=reply.milliseconds
        )
    )
    delivery.leased_until, moment = None, clock.now()
    reached = reply.status is not None and 200 <= reply.status < 300
    if reached:
        webhook.delivered_at, webhook.failing_since = moment, None
    else:
        webhook.failing_since = webhook.failing_since or moment
    if delivery.state == DeliveryState.WAITING and delivery.turn == turn:
        if reached:
            delivery.become(DeliveryState.DELIVERED)
        elif moment >= delivery.requested_at + GIVE_UP:
            delivery.become(DeliveryState.DEAD)
            if webhook.delivered_at is None or webhook.delivered_at < delivery.requested_at:
                await _disable(session, webhook, Disabled.FAILING)
    if reply.status == GONE:
        await _disable(session, webhook, Disabled.GONE)
    await session.flush()
    await session.refresh(delivery, ["state"])
    return DeliveryState(delivery.state)


async def _both(session: Session, delivery_id: UUID) -> tuple[Webhook | None, Delivery | None]:
    """A delivery and its webhook, locked: the webhook first, as by whoever switches it off."""
    webhook_id = await queries.webhook_of(session, delivery_id)
    webhook = await queries.webhook(session, webhook_id, lock=True) if webhook_id else None
    return webhook, await queries.delivery(session, delivery_id, lock=True)


async def _disable(session: Session, webhook: Webhook, reason: Disabled) -> None:
    """Switch a webhook off once; what waits for it ends."""
    if not webhook.active:
        return
    webhook.disable(reason, clock.now())
    await session.flush()
    await queries.end_waiting(session, webhook.id)
    if reason is not Disabled.BY_STAFF:
        await publish(session, WebhookDisabled(webhook_id=webhook.id))


def _new_secret(secret: Secret) -> tuple[str, bytes]:
    value = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return value, secret.seal(_PURPOSE, value.encode())


def _listed(events: list[str] | None) -> list[str] | None:
    return events and sorted(set(events))


async def _body(session: Session, delivery: Delivery) -> str:
    resource = delivery.event.partition(".")[0]
    show = _DOCUMENTS.get(resource)
    document = await show(session, delivery.payload) if show else None
    message = {
        "type": delivery.event,
        "timestamp": delivery.happened_at.isoformat().replace("+00:00", "Z"),
        "data": document or delivery.payload,
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


async def _order(session: Session, payload: dict[str, Any]) -> dict[str, Any] | None:
    order = await orders.order(session, UUID(payload["order_id"]))
    return None if order is None else OrderView.model_validate(order).model_dump(mode="json")


_DOCUMENTS: Final[dict[str, Callable[[Session, dict[str, Any]], Awaitable[dict[str, Any] | None]]]] = {"order": _order}
"""Resources that are told in full, as they are now, with a `version`. Of the others an event's own ids are told."""
