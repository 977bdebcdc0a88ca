"""What orders do when others announce something."""

from merkato.domains.orders import flows
from merkato.domains.payments import providers
from merkato.domains.payments.events import PaymentReported
from merkato.store import Store


async def hear(store: Store, event: PaymentReported) -> None:
    """Look at the payment of an order that its provider speaks of."""
    present = providers.build(store.database, store.settings)
    await flows.hear(store.database, present, event.attempt_id, settings=store.settings)
