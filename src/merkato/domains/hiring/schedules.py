"""What hiring does when it is time."""

from merkato.domains.hiring import service
from merkato.store import Store


async def forget_feed(store: Store) -> None:
    """Delete events of the feed that are older than they are kept."""
    while await store.database.run(service.forget_feed, store.settings.feed_days):
        pass
