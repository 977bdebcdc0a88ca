"""What reconciliation does when it is time."""

from merkato.domains.payments import providers
from merkato.domains.reconciliation import flows
from merkato.store import Store


async def reconcile(store: Store) -> None:
    """Find what does not fit together, and set right what may be."""
    await flows.reconcile(store.database, providers.build(store.database, store.settings), store.settings)


async def prove_books(store: Store) -> None:
    """Find where the books disagree with orders, payments and stock."""
    await flows.prove_books(store.database)
