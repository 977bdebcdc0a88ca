"""A payout is noted under a key that is kept as long as money's are. Nobody is asked: the money was sent before, and not by us."""

from merkato.domains.hiring import service
from merkato.domains.hiring.schemas import PayoutDraft, PayoutView
from merkato.domains.identity.models import Actor
from merkato.kit.database import Database, Session
from merkato.kit.idempotency import KEPT_FOR_MONEY, Answer, Claim


async def pay_out(database: Database, staff: Actor, draft: PayoutDraft, *, claim: Claim) -> Answer:
    """Note a payout; the answer to send. Raises PayoutTooLarge."""
    return await database.run(_noted, staff, draft, claim=claim)


async def _noted(session: Session, staff: Actor, draft: PayoutDraft, *, claim: Claim) -> Answer:
    begun = await claim.begin(session, kept=KEPT_FOR_MONEY)
    if isinstance(begun, Answer):
        return begun
    payout = await service.pay_out(session, staff, draft)
    answer = Answer.showing(PayoutView.model_validate(payout), 201, {"location": "/v1/payouts"})
    await claim.keep(session, answer)
    return answer
