"""The books proved as a whole: against orders, payments and stock, and against agreements on work and what workers have earned."""

from merkato.domains.hiring.queries import books as hiring
from merkato.domains.ledger.queries import proving
from merkato.domains.ledger.queries.proving import Proof
from merkato.domains.orders.queries import books as orders
from merkato.kit.database import Session


async def prove(session: Session) -> list[Proof]:
    """Every comparison there is, in a snapshot."""
    return await proving.prove(session, {**orders.comparisons(), **hiring.comparisons()})
