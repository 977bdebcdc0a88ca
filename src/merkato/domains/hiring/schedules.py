"""What hiring does when it is time."""

from merkato.domains.hiring import flows
from merkato.domains.payments import providers
from merkato.store import Store


async def sweep(store: Store) -> None:
    """Heal payments that a crash left half done, end agreements that were not paid in time, and release what was held long enough."""
    await flows.sweep(store.database, providers.build(store.database, store.settings), store.settings)
