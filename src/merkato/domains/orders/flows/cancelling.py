"""Cancelling gives money back, which the provider is asked for afterwards."""

from uuid import UUID

from merkato.domains.identity.models import Actor
from merkato.domains.orders import queries, service
from merkato.domains.orders.access import cancellable_by
from merkato.domains.orders.schemas import OrderView
from merkato.domains.payments import flows as payments
from merkato.domains.payments.providers.provider import Providers
from merkato.domains.payments.queries import reversals
from merkato.kit.database import Database, Session
from merkato.kit.errors import NotFound
from merkato.kit.idempotency import LEASE, Answer, Claim, Start


async def cancel(
    database: Database, providers: Providers, actor: Actor, order_id: UUID, *, reason: str, claim: Claim | None = None
) -> Answer:
    """Cancel an order and give its money back; the answer to send. Raises NotFound, TooLateToCancel.

    The cancellation stands as soon as it is committed; a provider that cannot be reached is asked again by the sweep.
    """
    begun = await database.run(_cancel, actor, order_id, reason=reason, claim=claim)
    if isinstance(begun, Answer):
        return begun
    for reversal_id in begun:
        await payments.carry_out(database, providers, reversal_id)
    order = await database.run(service.note_payment, order_id)
    answer = Answer.showing(OrderView.model_validate(order))
    if claim is not None:
        await database.run(claim.keep, answer)
    return answer


async def _cancel(
    session: Session, actor: Actor, order_id: UUID, *, reason: str, claim: Claim | None
) -> list[UUID] | Answer:
    """The reversals to carry out, or the Answer that this key was given before."""
    begun = await claim.begin(session, lease=LEASE) if claim else Start.FRESH
    if isinstance(begun, Answer):
        return begun
    order = await queries.order(session, order_id, cancellable_by(actor))
    if order is None:
        raise NotFound
    if begun is Start.RESUMED and order.cancelled_at is not None:
        return [reversal.id for reversal in await reversals(session, order.payables)]
    return await service.cancel(session, actor, order_id, reason=reason)
