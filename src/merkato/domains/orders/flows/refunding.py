"""Giving money back: decided in one transaction, asked of the provider outside any, noted in another."""

from collections.abc import Sequence
from uuid import UUID

from merkato.domains.identity.models import Actor
from merkato.domains.orders import service
from merkato.domains.orders.errors import NothingToRefund
from merkato.domains.orders.schemas import RefundDraft
from merkato.domains.payments import flows as payments
from merkato.domains.payments import queries as payment_queries
from merkato.domains.payments.models import Reversal, ReversalState
from merkato.domains.payments.providers.provider import Ability, Providers, demand
from merkato.domains.payments.schemas import RefundView
from merkato.kit.database import Database, Session
from merkato.kit.idempotency import KEPT_FOR_MONEY, Answer, Claim


async def refund(
    database: Database, providers: Providers, actor: Actor, order_id: UUID, draft: RefundDraft, *, claim: Claim
) -> Answer:
    """Give money of an order back; the answer to send. Raises what `service.refund` does, NothingToRefund, and NotSupported.

    The decision stands as soon as it is committed; a provider that cannot be reached is asked again by the sweep.
    """
    decided = await database.run(_decide, actor, order_id, draft, claim=claim, providers=providers)
    if isinstance(decided, Answer):
        return decided
    for reversal_id in decided:
        await payments.carry_out(database, providers, reversal_id)
    await database.run(service.note_payment, order_id)
    return await database.run(_told, order_id, decided, claim=claim)


async def _decide(
    session: Session, actor: Actor, order_id: UUID, draft: RefundDraft, *, claim: Claim, providers: Providers
) -> list[UUID] | Answer:
    """The reversals to carry out, or the Answer that this key was given before.

    That it is pending is left as the answer at once: should the process die, the sweep goes on, and a repeat decides nothing anew.
    """
    begun = await claim.begin(session, kept=KEPT_FOR_MONEY)
    if isinstance(begun, Answer):
        return begun
    planned = await service.refund(session, order_id, draft, by=actor.by)
    if not planned:
        raise NothingToRefund
    for reversal in planned:
        attempt = await payment_queries.attempt(session, reversal.attempt_id)
        demand(providers, attempt.provider if attempt else "", Ability.REFUND)
    await claim.keep(session, _answer(order_id, planned))
    return [reversal.id for reversal in planned]


async def _told(session: Session, order_id: UUID, reversal_ids: Sequence[UUID], *, claim: Claim) -> Answer:
    """What became of it, also for repeats."""
    answer = _answer(order_id, await payment_queries.reversals_by_id(session, reversal_ids))
    await claim.keep(session, answer)
    return answer


def _answer(order_id: UUID, parts: Sequence[Reversal]) -> Answer:
    """The parts of one refund as one: an order that was paid in several goes is given back in several."""
    states = {ReversalState(part.state) for part in parts}
    worst = next(
        state for state in (ReversalState.FAILED, ReversalState.PENDING, ReversalState.SUCCEEDED) if state in states
    )
    shown = RefundView.model_validate(parts[0]).model_copy(
        update={"state": worst.value, "amount": sum(part.amount_minor for part in parts)}
    )
    return Answer.showing(shown, 201, {"location": f"/v1/orders/{order_id}/refunds"})
