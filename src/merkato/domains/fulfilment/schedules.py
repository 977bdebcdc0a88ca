"""What fulfilment does when it is time."""

from merkato.domains.fulfilment import flows, providers
from merkato.store import Store


async def tend_kitchen(store: Store) -> None:
    """Tell the kitchen what it does not know yet, and ask how far it is."""
    await flows.tend_all(store.database, providers.build(store.database, store.settings))


async def finish_returns(store: Store) -> None:
    """A refund that was slow or away has come through."""
    await flows.finish_returns(store.database)
