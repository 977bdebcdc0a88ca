"""What a provider tells of an order's payment by itself: a capture or refund made by hand, one that took days, an expired authorisation."""

from uuid import UUID

from merkato.domains.orders import queries, service
from merkato.domains.orders.flows.paying import carry_on
from merkato.domains.payments import flows as payments
from merkato.domains.payments import queries as payment_queries
from merkato.domains.payments import service as payment_service
from merkato.domains.payments.models import Attempt, AttemptState, Outcome
from merkato.domains.payments.providers.provider import Providers
from merkato.kit.database import Database, Session
from merkato.settings import Settings


async def hear(database: Database, providers: Providers, attempt_id: UUID, *, settings: Settings) -> None:
    """Ask how the payment of an order stands now, and note it; one that was pending goes on. Safe to repeat."""
    async with database.snapshot() as session:
        attempt = await payment_queries.attempt(session, attempt_id)
        if attempt is None:
            return
        order_id = await queries.order_paid_under(session, attempt.payable_id)
        waiting = await payment_queries.pending_reversals(session, attempt_id)
    if order_id is None:
        return
    if attempt.state == AttemptState.PENDING:
        await carry_on(database, providers, order_id, settings=settings)
    if attempt.state == AttemptState.AUTHORIZED:
        outcome = await payments.look(providers, attempt)
        if outcome is not None:
            await database.run(_note, order_id, attempt, outcome)
    for reversal_id in waiting:
        await payments.carry_out(database, providers, reversal_id)
    if waiting:
        await database.run(service.note_payment, order_id)


async def _note(session: Session, order_id: UUID, attempt: Attempt, outcome: Outcome) -> None:
    await payment_service.record(session, attempt.id, outcome)
    await service.note_payment(session, order_id)
