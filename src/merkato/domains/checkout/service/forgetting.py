"""What remains of checkouts when somebody is erased, or has given up long ago: what was to be bought, not by whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from merkato.domains.checkout import queries
from merkato.domains.payments import service as payments
from merkato.kit.database import Session

FORGOTTEN_AT_ONCE: Final = 2_000


async def forget(session: Session, account_id: UUID) -> None:
    """Close and empty an account's checkouts. One whose payment is under way is left until that is known."""
    await payments.forget(session, await queries.empty_of(session, account_id))


async def forget_these(session: Session, checkout_ids: Sequence[UUID]) -> None:
    """Empty the checkouts of orders that are forgotten: some were a guest's then."""
    await queries.empty(session, checkout_ids)


async def forget_abandoned(session: Session, before: datetime) -> int:
    """Empty what was given up before; how many. Some thousands at once at most."""
    emptied = await queries.empty_abandoned(session, before, FORGOTTEN_AT_ONCE)
    await payments.forget(session, emptied)
    return len(emptied)
