"""What payments does when it is time."""

from datetime import timedelta
from typing import Final

from merkato.domains.payments import queries
from merkato.kit import clock
from merkato.store import Store

EVENTS_KEPT: Final = timedelta(days=90)
"""No provider repeats an event after so long."""


async def forget_events(store: Store) -> None:
    """Forget which events were received long ago."""
    await store.database.run(queries.delete_events, clock.now() - EVENTS_KEPT)
