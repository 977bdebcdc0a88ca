"""What happens to payment attempts and reversals in our books, inside the caller's transaction."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from merkato.domains.ledger import queries as ledger_queries
from merkato.domains.ledger import service as ledger
from merkato.domains.ledger.models import TransferKind
from merkato.domains.payments import queries
from merkato.domains.payments.errors import CaptureTooLarge, CaptureUnderWay, NothingAuthorized, RefundTooLarge
from merkato.domains.payments.events import PaymentChanged, PaymentReported
from merkato.domains.payments.models import (
    TRANSITIONS,
    Attempt,
    AttemptState,
    Outcome,
    Refunded,
    Reversal,
    ReversalState,
    Status,
)
from merkato.domains.payments.queries import Standing
from merkato.domains.payments.schemas import PaymentDraft, Report
from merkato.kit import clock, ids
from merkato.kit.database import Session
from merkato.kit.events import publish

ASKED_AT_LEAST_EVERY: Final = timedelta(minutes=10)
_STATE_OF = {
    Status.AUTHORIZED: AttemptState.AUTHORIZED,
    Status.CAPTURED: AttemptState.CAPTURED,
    Status.DECLINED: AttemptState.DECLINED,
}


async def start(session: Session, payable_id: UUID, draft: PaymentDraft, amount: int, currency: str) -> Attempt:
    """A new attempt to get an amount (in minor units). There is at most one open attempt for one thing.

    The first attempt has the id of what it pays for: a payment service that knows orders by their ids alone is told that one. After a
    refusal the service would repeat its answer under the same id; so each attempt after the first has an id of its own.
    """
    first = not await queries.attempts(session, [payable_id])
    attempt = Attempt(
        id=payable_id if first else ids.new(),
        payable_id=payable_id,
        provider=draft.provider,
        token=draft.token,
        amount_minor=amount,
        currency=currency,
    )
    session.add(attempt)
    await session.flush()
    return attempt


def ask_again_at(attempt: Attempt) -> datetime:
    """When the sweep asks again: soon at first, ever more rarely when the provider leaves a payment open for hours or days."""
    moment = clock.now()
    return moment + min((moment - attempt.created_at) / 10, ASKED_AT_LEAST_EVERY)


async def record(session: Session, attempt_id: UUID, outcome: Outcome) -> Attempt:
    """Write down what the provider says of an attempt. Answers that are late, repeated or out of order change nothing."""
    attempt = await _locked(session, attempt_id)
    before = AttemptState(attempt.state)
    after = _STATE_OF.get(outcome.status)
    if outcome.status is Status.VOIDED:
        after = AttemptState.CANCELED if before is AttemptState.PENDING else AttemptState.VOIDED
    if after is AttemptState.CAPTURED and before is AttemptState.PENDING:
        before = AttemptState.AUTHORIZED
    changed = after is not None and after in TRANSITIONS[before]
    if after is not None and changed:
        attempt.state = after.value
        if after is AttemptState.CAPTURED:
            await _book_capture(session, attempt, outcome)
        if after in {AttemptState.CAPTURED, AttemptState.VOIDED}:
            await publish(session, PaymentChanged(payable_id=attempt.payable_id))
    if changed or attempt.state == AttemptState.PENDING:
        attempt.reference = outcome.reference or attempt.reference
        attempt.next_action = outcome.next_action if after is None else None
        attempt.decline_code, attempt.message = outcome.code, outcome.message
    await session.flush()
    return attempt


async def plan_reversals(
    session: Session, payable_ids: list[UUID], *, reason: str, only: UUID | None = None
) -> list[UUID]:
    """Decide to give back all that is reserved or taken (or what `only` one attempt is); `flows.carry_out` asks the provider afterwards."""
    planned = []
    for attempt, left in await _left(session, payable_ids):
        if left and only in {None, attempt.id}:
            kind = "void" if attempt.state == AttemptState.AUTHORIZED else "refund"
            planned.append(await _plan(session, attempt, kind, left, reason))
    return [reversal.id for reversal in planned]


async def plan_capture(session: Session, payable_ids: list[UUID], amount: int | None) -> Attempt:
    """Decide to take reserved money, or so much of it: the rest is let go. `flows.capture` asks the provider afterwards.

    Raises NothingAuthorized, CaptureTooLarge, and CaptureUnderWay if another amount is being taken.
    """
    attempt = await _reserved(session, payable_ids)
    wanted = attempt.amount_minor if amount is None else amount
    if wanted > attempt.amount_minor:
        raise CaptureTooLarge(authorized=attempt.amount_minor)
    if attempt.capturing_minor not in {None, wanted}:
        raise CaptureUnderWay
    attempt.capturing_minor = wanted
    await session.flush()
    return attempt


async def plan_void(session: Session, payable_ids: list[UUID], *, reason: str) -> Reversal:
    """Decide to let reserved money go; `flows.carry_out` asks the provider afterwards. Raises NothingAuthorized, CaptureUnderWay."""
    attempt = await _reserved(session, payable_ids)
    if attempt.capturing_minor is not None:
        raise CaptureUnderWay
    return await _plan(session, attempt, "void", attempt.amount_minor, reason)


async def _reserved(session: Session, payable_ids: list[UUID]) -> Attempt:
    held = [attempt for attempt, _ in await _left(session, payable_ids) if attempt.state == AttemptState.AUTHORIZED]
    if not held:
        raise NothingAuthorized
    return held[-1]


async def plan_refund(session: Session, payable_ids: list[UUID], amount: int, *, reason: str) -> list[Reversal]:
    """Decide to give an amount of the taken money back, the oldest payment's first; `flows.carry_out` asks the provider afterwards.

    Raises RefundTooLarge.
    """
    taken = [found for found in await _left(session, payable_ids) if found[0].state == AttemptState.CAPTURED]
    refundable = sum(left for _, left in taken)
    if amount > refundable:
        raise RefundTooLarge(refundable=refundable)
    planned = []
    for attempt, left in taken:
        part = min(amount, left)
        if part:
            planned.append(await _plan(session, attempt, "refund", part, reason))
            amount -= part
    return planned


async def _book_capture(session: Session, attempt: Attempt, outcome: Outcome) -> None:
    attempt.captured_minor = outcome.captured
    amounts = {TransferKind.CAPTURE: outcome.captured, TransferKind.FEE: outcome.fee or 0}
    await ledger.book(session, attempt.id, attempt.payable_id, attempt.currency, amounts)


async def _left(session: Session, payable_ids: list[UUID]) -> list[tuple[Attempt, int]]:
    """The attempts that hold money, locked, each with what of it is not given back, nor about to be."""
    found = await queries.attempts(session, payable_ids, lock=True)
    moved = await ledger_queries.money(session, payable_ids)
    given, voided, unvoidable = Counter[UUID](), set[UUID](), set[UUID]()
    for row in await queries.reversals(session, payable_ids):
        given[row.attempt_id] += row.amount_minor if row.state == ReversalState.PENDING else moved.get(row.id, 0)
        if row.kind == "void":
            # It gives back all there is: should it come too late, it becomes a refund.
            (unvoidable if row.state == ReversalState.FAILED else voided).add(row.attempt_id)
    taken = [attempt for attempt in found if attempt.state == AttemptState.CAPTURED and attempt.id not in voided]
    reserved = {attempt.id for attempt in found if attempt.state == AttemptState.AUTHORIZED} - voided - unvoidable
    return [
        (attempt, attempt.amount_minor if attempt.id in reserved else moved.get(attempt.id, 0) - given[attempt.id])
        for attempt in found
        if attempt.id in reserved or attempt in taken
    ]


async def pending(session: Session, payable_ids: list[UUID]) -> int:
    """How much is on its way back, and not booked yet."""
    rows = await queries.reversals(session, payable_ids)
    return sum(row.amount_minor for row in rows if row.kind == "refund" and row.state == ReversalState.PENDING)


async def _plan(session: Session, attempt: Attempt, kind: str, amount: int, reason: str) -> Reversal:
    reversal = Reversal(attempt_id=attempt.id, kind=kind, amount_minor=amount, reason=reason)
    session.add(reversal)
    await session.flush()
    return reversal


async def finish_reversal(session: Session, reversal_id: UUID, outcome: Outcome | Refunded) -> Attempt | None:
    """Write down what the provider did. A void that came too late, because the money was taken meanwhile, becomes a refund."""
    found = await queries.reversal(session, reversal_id, lock=True)
    if found is None or found[0].state != ReversalState.PENDING:
        return None
    reversal, attempt = found
    if isinstance(outcome, Refunded):
        reversal.state, reversal.failure = outcome.state.value, outcome.reason
        reversal.reference = outcome.reference or reversal.reference
        if outcome.state is ReversalState.SUCCEEDED:
            amounts = {TransferKind.REFUND: reversal.amount_minor}
            await ledger.book(session, reversal.id, attempt.payable_id, attempt.currency, amounts)
            await publish(session, PaymentChanged(payable_id=attempt.payable_id))
    else:
        await record(session, attempt.id, outcome)
        if outcome.status is Status.CAPTURED:
            reversal.kind, reversal.amount_minor = "refund", attempt.captured_minor
        elif outcome.status in {Status.VOIDED, Status.DECLINED}:
            reversal.state = ReversalState.SUCCEEDED.value
    await session.flush()
    return attempt


async def forget(session: Session, payable_ids: Sequence[UUID]) -> None:
    """Remove words and tokens from the ended payments of somebody who is erased. What was paid stays."""
    await queries.empty(session, payable_ids)


async def receive(session: Session, provider: str, report: Report) -> None:
    """Note a provider's event, once, and have its payment looked at. What the event says of the payment is not believed."""
    if not await queries.insert_event(session, provider, report.event_id, report.kind) or report.key is None:
        return
    attempt = await queries.attempt(session, report.key)
    if attempt is not None and attempt.provider == provider:
        await publish(session, PaymentReported(attempt_id=attempt.id, payable_id=attempt.payable_id))


async def standing(session: Session, payable_ids: list[UUID]) -> Standing:
    """What was asked for, reserved, taken and given back, over all attempts for one thing."""
    return await queries.standing(session, payable_ids)


async def _locked(session: Session, attempt_id: UUID) -> Attempt:
    attempt = await queries.attempt(session, attempt_id, lock=True)
    if attempt is None:
        raise LookupError(f"There is no payment attempt {attempt_id}.")
    return attempt
