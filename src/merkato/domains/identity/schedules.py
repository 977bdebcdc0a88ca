"""What identity does when it is time."""

from merkato.domains.identity import service
from merkato.store import Store


async def forget(store: Store) -> None:
    """Delete tokens from mail that nobody can use any more."""
    await store.database.run(service.forget_challenges)
