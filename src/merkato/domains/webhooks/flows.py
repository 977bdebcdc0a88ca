"""What of webhooks crosses the border: asking where a name leads, and sending."""

from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook as Signer

from merkato.domains.webhooks import service
from merkato.domains.webhooks.models import DeliveryState, Webhook
from merkato.domains.webhooks.schemas import Parcel, WebhookChange, WebhookDraft
from merkato.kit import clock, outgoing
from merkato.kit.errors import Invalid
from merkato.kit.outgoing import NotAllowedThere, Reply
from merkato.store import Store


async def add(store: Store, draft: WebhookDraft) -> tuple[Webhook, str]:
    """A new webhook and its secret. Raises Invalid for an address that nothing is sent to, TooManyWebhooks."""
    await _check(store, draft.url)
    return await store.database.run(service.add, store.secret, draft)


async def change(store: Store, webhook_id: UUID, said: WebhookChange) -> Webhook:
    """Some of a webhook. Raises Invalid for an address that nothing is sent to, NotFound."""
    if "url" in said.model_fields_set:
        await _check(store, said.url)
    return await store.database.run(service.change, webhook_id, said)


async def deliver(store: Store, delivery_id: UUID, turn: int) -> bool:
    """Make one attempt to deliver; whether there is no need of another. Raises BeingTried.

    The attempt is counted before it is made, and its lease keeps a second worker from making it at the same time. One that dies in
    between leaves the receiver with the same `webhook-id` twice.
    """
    parcel = await store.database.run(service.take, delivery_id, turn)
    if parcel is None:
        return True
    headers = _signed(store, parcel, clock.now())
    if headers is None:
        reply = Reply(None, "secret-unreadable", 0)
    else:
        private = store.settings.private_webhooks
        reply = await outgoing.post(parcel.url, headers, parcel.body.encode(), private=private)
    return await store.database.run(service.note, parcel, turn, reply) is not DeliveryState.WAITING


async def _check(store: Store, url: str) -> None:
    try:
        await outgoing.check(url, private=store.settings.private_webhooks)
    except NotAllowedThere as refusal:
        raise Invalid.field("/url", "not-allowed", str(refusal)) from None


def _signed(store: Store, parcel: Parcel, moment: datetime) -> dict[str, str] | None:
    """The headers of Standard Webhooks; None when no secret can be read."""
    values = [value for sealed in parcel.secrets if (value := service.opened(store.secret, sealed))]
    if not values:
        return None
    message_id = str(parcel.event_id)
    return {
        "content-type": "application/json",
        "user-agent": "Merkato-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Signer(value).sign(message_id, moment, parcel.body) for value in values),
    }
