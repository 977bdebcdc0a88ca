"""What notifications does when it is time."""

from merkato.domains.notifications import service
from merkato.store import Store


async def forget(store: Store) -> None:
    """Delete the notes of mail that was sent long ago."""
    await store.database.run(service.forget)
