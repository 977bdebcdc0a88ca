"""What webhooks does when anything that others may know is announced."""

from merkato.domains.webhooks import flows, service
from merkato.domains.webhooks.events import DeliveryRequested
from merkato.kit.events import Event
from merkato.kit.tasks import NotYet
from merkato.store import Store


class NotDelivered(NotYet):
    """The webhook was not reached, or did not want it; it is tried again."""


async def fan_out(store: Store, event: Event) -> None:
    """Ask for a delivery to each webhook that wants to know."""
    await store.database.run(service.fan_out, event)


async def deliver(store: Store, event: DeliveryRequested) -> None:
    """Make one attempt. Raises NotDelivered or BeingTried to be tried again; a delivery that is dead is listed as such, not as a task."""
    if not await flows.deliver(store, event.delivery_id, event.turn):
        raise NotDelivered
