"""What hiring does when it is time."""

from merkato.domains.hiring import flows, service
from merkato.domains.payments import providers
from merkato.store import Store


async def sweep(store: Store) -> None:
    """Heal payments that a crash left half done, end agreements that were not paid in time, and release what was held long enough."""
    await flows.sweep(store.database, providers.build(store.database, store.settings), store.settings)


async def forget_feed(store: Store) -> None:
    """Delete events of the feed that are older than they are kept."""
    while await store.database.run(service.forget_feed, store.settings.feed_days):
        pass
