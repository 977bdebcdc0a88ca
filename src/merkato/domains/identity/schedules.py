"""What identity does when it is time."""

from merkato.domains.identity import service
from merkato.store import Store


async def forget(store: Store) -> None:
    """Delete what nobody can use any more: tokens from mail, unconfirmed apps, log-ins elsewhere, and the note of which words were used."""
    await store.database.run(service.forget_challenges)
    await store.database.run(service.forget_waiting)
    await store.database.run(service.forget_spent)
    await store.database.run(service.forget_outside)
