"""What checkout does when it is time."""

from merkato.domains.checkout import flows
from merkato.domains.payments import providers
from merkato.store import Store


async def sweep(store: Store) -> None:
    """Heal what a crash left half done, and free what was held for too long."""
    await flows.sweep(store.database, providers.build(store.database, store.settings), store.settings)
