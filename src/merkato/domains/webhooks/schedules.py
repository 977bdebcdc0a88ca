"""What webhooks does when it is time."""

from datetime import timedelta
from typing import Final

from merkato.domains.webhooks import queries
from merkato.domains.webhooks.models import GIVE_UP, KEPT
from merkato.kit import clock
from merkato.store import Store

AT_ONCE: Final = 1_000
_LOST: Final = GIVE_UP + timedelta(days=2)


async def forget(store: Store) -> None:
    """Delete what ended long ago, and end what nobody tries any more."""
    moment = clock.now()
    await store.database.run(queries.bury, moment - _LOST)
    while await store.database.run(queries.forget, moment - KEPT, AT_ONCE) == AT_ONCE:
        pass
