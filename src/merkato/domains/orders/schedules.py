"""What orders do when it is time."""

from merkato.domains.orders import flows
from merkato.domains.payments import providers
from merkato.store import Store


async def sweep(store: Store) -> None:
    """Heal payments that a crash left half done, and end orders that were not paid in time."""
    await flows.sweep(store.database, providers.build(store.database, store.settings), store.settings)
