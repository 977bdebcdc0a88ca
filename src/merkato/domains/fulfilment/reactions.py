"""What fulfilment does when orders announce something."""

from merkato.domains.fulfilment import flows, providers
from merkato.domains.fulfilment.service import standing
from merkato.domains.orders.events import OrderCancelled, OrderPlaced, OrderRefunded
from merkato.store import Store


async def begin(store: Store, event: OrderPlaced) -> None:
    """The kitchen gets its ticket, and what is digital is delivered."""
    await flows.begin(store.database, providers.build(store.database, store.settings), event.order_id)


async def withdraw(store: Store, event: OrderCancelled) -> None:
    """Nothing leaves any more, and the kitchen is told."""
    await flows.withdraw(store.database, providers.build(store.database, store.settings), event.order_id)


async def reckon(store: Store, event: OrderRefunded) -> None:
    """A refund may have cancelled the last pieces that had not left."""
    await store.database.run(standing.reckon_anew, event.order_id)
