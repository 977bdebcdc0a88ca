"""What privacy does when it is time."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from merkato.domains.privacy import queries, service
from merkato.domains.privacy.models import LOOKED
from merkato.kit import clock
from merkato.kit.loops import each_apart
from merkato.store import Store

LOOKED_AT_ONCE: Final = 100


async def finish(store: Store) -> None:
    """Go on with the erasures that had to wait, or that had much to do."""
    async with store.database.reading() as session:
        accounts = await queries.unfinished(session, clock.now() - LOOKED, LOOKED_AT_ONCE)

    async def carry_on(account_id: UUID) -> None:
        while await store.database.run(service.carry_on, account_id, secret=store.secret):
            pass

    await each_apart(accounts, carry_on)


async def forget_abandoned(store: Store) -> None:
    """Forget carts of guests and checkouts that were left long ago."""
    before = clock.now() - timedelta(days=store.settings.abandoned_days)
    while await store.database.run(service.forget_abandoned, before):
        pass
