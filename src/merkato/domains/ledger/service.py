"""How the books are written, inside the transaction of what causes the entry."""

from collections.abc import Mapping
from uuid import UUID

from merkato.domains.ledger import queries
from merkato.domains.ledger.errors import BookedOtherwise
from merkato.domains.ledger.models import SIDES, TransferKind
from merkato.kit import clock, ids
from merkato.kit.database import Session


async def book(
    session: Session, cause_id: UUID, subject_id: UUID, currency: str, amounts: Mapping[TransferKind, int]
) -> None:
    """Book so much (in minor units) of each kind; zero is left out. The same cause and figures again book nothing.

    Raises ValueError for a negative amount, and BookedOtherwise if this cause has booked other figures.
    """
    if any(amount < 0 for amount in amounts.values()):
        raise ValueError(f"A transfer moves a positive amount, unlike one of {dict(amounts)}.")
    moment = clock.now()
    rows = [
        {
            "id": ids.new(),
            "kind": kind.value,
            "debit": SIDES[kind][0].value,
            "credit": SIDES[kind][1].value,
            "amount_minor": amount,
            "currency": currency,
            "cause_id": cause_id,
            "subject_id": subject_id,
            "created_at": moment,
        }
        for kind, amount in amounts.items()
        if amount
    ]
    if not rows or len(await queries.add(session, rows)) == len(rows):
        return
    before = await queries.of_cause(session, cause_id)
    for row in rows:
        if before[str(row["kind"])] != (row["amount_minor"], currency):
            raise BookedOtherwise(f"{cause_id} has booked {before} before, and now {dict(amounts)} {currency}.")
