"""What workers have earned is paid out by staff, who note here that they have done so."""

from merkato.domains.hiring import queries
from merkato.domains.hiring.errors import PayoutTooLarge
from merkato.domains.hiring.events import PayoutNoted
from merkato.domains.hiring.models import Payout
from merkato.domains.hiring.schemas import PayoutDraft
from merkato.domains.identity.models import Actor
from merkato.domains.ledger import service as ledger
from merkato.domains.ledger.models import TransferKind
from merkato.kit.database import Session
from merkato.kit.events import publish


async def pay_out(session: Session, staff: Actor, draft: PayoutDraft) -> Payout:
    """Note that money was sent to a worker: never more than the balance. Raises PayoutTooLarge, also for who has earned nothing."""
    worker_id, amount, currency = draft.account_id, draft.amount.amount, draft.amount.currency
    if not await queries.pay_out(session, worker_id, currency, amount):
        raise PayoutTooLarge(balance=await queries.balance(session, worker_id, currency))
    payout = Payout(
        worker_id=worker_id,
        amount_minor=amount,
        currency=currency,
        reference=draft.reference,
        noted_by=staff.by,
    )
    session.add(payout)
    await session.flush()
    await ledger.book(session, payout.id, payout.id, currency, {TransferKind.PAYOUT: amount})
    await publish(session, PayoutNoted(payout_id=payout.id, account_id=worker_id))
    return payout
