"""What remains of fulfilments and returns when somebody is erased."""

from collections.abc import Sequence
from uuid import UUID

from merkato.domains.fulfilment import queries
from merkato.kit.database import Session


async def forget(session: Session, order_ids: Sequence[UUID]) -> None:
    """Remove tracking numbers and what was written about returns. How many pieces went where stays."""
    await queries.empty(session, order_ids)
