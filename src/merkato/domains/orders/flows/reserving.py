"""Taking reserved money, or letting it go: decided in one transaction, asked of the provider outside any, noted in another."""

from uuid import UUID

from merkato.domains.orders import service
from merkato.domains.orders.errors import CaptureRefused
from merkato.domains.orders.models import Order, PaymentStatus
from merkato.domains.orders.schemas import CaptureDraft, OrderView
from merkato.domains.payments import flows as payments
from merkato.domains.payments import queries as payment_queries
from merkato.domains.payments.errors import NothingAuthorized
from merkato.domains.payments.providers.provider import Ability, Providers, demand
from merkato.kit.database import Database, Session
from merkato.kit.http import problem_answer
from merkato.kit.idempotency import AGAIN_SOON, KEPT_FOR_MONEY, LEASE, Answer, Claim, Start


async def capture(
    database: Database, providers: Providers, order_id: UUID, draft: CaptureDraft, *, claim: Claim
) -> Answer:
    """Take the reserved money of an order; the answer to send. Raises what `service.capture` does, and NotSupported.

    A provider that cannot be reached is asked again by the sweep, and by a repeat of the request.
    """
    begun = await database.run(_begin_capture, order_id, draft, claim=claim, providers=providers)
    if isinstance(begun, Answer):
        return begun
    if begun is not None:
        await payments.capture(database, providers, begun)
    order = await database.run(service.note_payment, order_id)
    if order.payment_status in {PaymentStatus.VOIDED, PaymentStatus.UNPAID}:
        return await _kept(database, claim, problem_answer(CaptureRefused()))
    return await _told(database, claim, order)


async def void(database: Database, providers: Providers, order_id: UUID, *, claim: Claim) -> Answer:
    """Let the reserved money of an order go; the answer to send. Raises what `service.void` does, and NotSupported.

    A provider that cannot be reached is asked again, as by `capture`. Money that it has taken meanwhile is given back.
    """
    begun = await database.run(_begin_void, order_id, claim=claim, providers=providers)
    if isinstance(begun, Answer):
        return begun
    if begun is not None:
        await payments.carry_out(database, providers, begun)
    return await _told(database, claim, await database.run(service.note_payment, order_id))


async def _begin_capture(
    session: Session, order_id: UUID, draft: CaptureDraft, *, claim: Claim, providers: Providers
) -> UUID | Answer | None:
    """The attempt to capture; None when that is done already; or the Answer that this key was given before."""
    begun = await claim.begin(session, kept=KEPT_FOR_MONEY, lease=LEASE)
    if isinstance(begun, Answer):
        return begun
    try:
        attempt = await service.capture(session, order_id, draft.amount)
    except NothingAuthorized:
        if begun is Start.RESUMED:
            return None
        raise
    demand(providers, attempt.provider, Ability.CAPTURE)
    return attempt.id


async def _begin_void(session: Session, order_id: UUID, *, claim: Claim, providers: Providers) -> UUID | Answer | None:
    """The reversal to carry out; None when that is for the sweep or done; or the Answer that this key was given before."""
    begun = await claim.begin(session, kept=KEPT_FOR_MONEY, lease=LEASE)
    if isinstance(begun, Answer):
        return begun
    try:
        reversal = await service.void(session, order_id)
    except NothingAuthorized:
        if begun is Start.RESUMED:
            return None
        raise
    attempt = await payment_queries.attempt(session, reversal.attempt_id)
    demand(providers, attempt.provider if attempt else "", Ability.VOID)
    return reversal.id


async def _told(database: Database, claim: Claim, order: Order) -> Answer:
    """The order; while its money is still reserved, the provider has not said what it did: ask again."""
    shown = OrderView.model_validate(order)
    if order.payment_status == PaymentStatus.AUTHORIZED:
        await database.run(claim.rest)
        return Answer.showing(shown, 202, AGAIN_SOON)
    return await _kept(database, claim, Answer.showing(shown))


async def _kept(database: Database, claim: Claim, answer: Answer) -> Answer:
    await database.run(claim.keep, answer)
    return answer
