"""What is asked of payment providers, outside any transaction. Each flow is safe to run twice."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar
from uuid import UUID

from merkato.domains.payments import queries, service
from merkato.domains.payments.errors import ProviderUnreachable
from merkato.domains.payments.models import Attempt, AttemptState, Charge, Outcome, ReversalState, Status
from merkato.domains.payments.providers.provider import Providers
from merkato.kit.database import Database

PATIENCE: Final = 20
"""Seconds that a provider has for one answer."""

T = TypeVar("T")


async def authorise(providers: Providers, attempt: Attempt) -> Outcome | None:
    """Ask for the money of an attempt; None if it is still unknown what happened.

    An answer that was lost is looked for. What the provider has never heard of is closed there, so that it cannot happen later either.
    """
    provider = providers[attempt.provider]
    try:
        return await _patiently(provider.authorise(_charge(attempt)))
    except ProviderUnreachable:
        return await look(providers, attempt, close_unknown=True)


async def look(providers: Providers, attempt: Attempt, *, close_unknown: bool) -> Outcome | None:
    """What became of an attempt; None if the provider cannot be asked, or has not heard of it and it is not to be closed."""
    provider = providers[attempt.provider]
    try:
        found = await _patiently(provider.find(attempt.id))
        if found is not None:
            return found
        if not close_unknown:
            return None
        closed = await _patiently(provider.void(attempt.id))
    except ProviderUnreachable:
        return None
    if closed.status is Status.VOIDED:
        return Outcome(Status.DECLINED, code="provider_error", message="The payment provider could not be reached.")
    return closed


async def pursue(providers: Providers, attempt: Attempt, *, overdue: bool) -> Outcome | None:
    """The next question about a pending attempt: begin it, look what became of it, or close it when its time is over.

    It is closed at the provider before its stock is given away. None if what happened is still not known.
    """
    if overdue:
        return await cancel(providers, attempt)
    if attempt.reference is None:
        return await authorise(providers, attempt)
    return await look(providers, attempt, close_unknown=False)


async def cancel(providers: Providers, attempt: Attempt) -> Outcome | None:
    """Close an attempt at the provider before its stock is given away; None if the provider cannot be asked."""
    try:
        return await _patiently(providers[attempt.provider].void(attempt.id))
    except ProviderUnreachable:
        return None


async def capture(database: Database, providers: Providers, attempt_id: UUID) -> bool:
    """Take the whole authorised money of an attempt. Whether it is taken now; if not, it is tried again later."""
    async with database.reading() as session:
        attempt = await queries.attempt(session, attempt_id)
    if attempt is None or attempt.state != AttemptState.AUTHORIZED:
        return attempt is not None and attempt.state == AttemptState.CAPTURED
    try:
        outcome = await _patiently(providers[attempt.provider].capture(attempt.id, attempt.amount_minor))
    except ProviderUnreachable:
        return False
    recorded = await database.run(service.record, attempt_id, outcome)
    return recorded.state == AttemptState.CAPTURED


async def carry_out(database: Database, providers: Providers, reversal_id: UUID) -> Attempt | None:
    """Void or refund at the provider what was decided; the attempt if something changed. Unreachable: tried again later."""
    for _ in range(2):
        # A void that came too late becomes a refund, which is then asked for at once.
        async with database.snapshot() as session:
            found = await queries.reversal(session, reversal_id)
        if found is None or found[0].state != ReversalState.PENDING:
            return found[1] if found else None
        reversal, attempt = found
        provider = providers[attempt.provider]
        try:
            outcome: Outcome | bool
            if reversal.kind == "void":
                outcome = await _patiently(provider.void(attempt.id))
            else:
                outcome = await _patiently(provider.refund(attempt.id, reversal.id, reversal.amount_minor))
        except ProviderUnreachable:
            return None
        await database.run(service.finish_reversal, reversal_id, outcome)
    return attempt


def _charge(attempt: Attempt) -> Charge:
    return Charge(attempt.id, attempt.token, attempt.amount_minor, attempt.currency)


async def _patiently(answer: Awaitable[T]) -> T:
    """An answer within its time, else ProviderUnreachable: silence is an unknown outcome."""
    try:
        return await asyncio.wait_for(answer, PATIENCE)
    except (TimeoutError, OSError) as error:
        raise ProviderUnreachable from error
