"""What is asked of payment providers, outside any transaction. Each flow is safe to run twice."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar
from uuid import UUID

from merkato.domains.payments import queries, service
from merkato.domains.payments.errors import ProviderUnreachable
from merkato.domains.payments.models import (
    Attempt,
    AttemptState,
    Charge,
    Outcome,
    Refunded,
    Reversal,
    ReversalState,
    Status,
)
from merkato.domains.payments.providers.provider import Ability, Provider, Providers
from merkato.kit.database import Database

TRIES: Final = 2
"""How often a charge is asked for at once while its provider answers, but not with an outcome."""

T = TypeVar("T")


async def authorise(providers: Providers, attempt: Attempt) -> Outcome | None:
    """Ask for the money of an attempt; None if it is still unknown what happened.

    After a lost answer the provider is asked what became of it, or, if it cannot say, for the same again under the same key. What it has
    never heard of in the end is closed there, so that it cannot happen later either.
    """
    try:
        provider = _of(providers, attempt)
        for _ in range(TRIES):
            try:
                return await _answer(provider, provider.authorise(_charge(attempt)))
            except ProviderUnreachable:
                if Ability.LOOK_UP not in provider.can:
                    continue
                found = await _answer(provider, provider.find(_charge(attempt)))
                if found is not None:
                    return found
        if not {Ability.LOOK_UP, Ability.VOID} <= provider.can:
            return None
        closed = await _answer(provider, provider.void(_charge(attempt)))
    except ProviderUnreachable:
        return None
    if closed.status is Status.VOIDED:
        return Outcome(Status.DECLINED, code="provider_error", message="The payment provider could not be reached.")
    return closed


async def look(providers: Providers, attempt: Attempt) -> Outcome | None:
    """What became of an attempt; None if the provider cannot be asked, or has not heard of it."""
    try:
        provider = _of(providers, attempt)
        asked = provider.find if Ability.LOOK_UP in provider.can else provider.authorise
        return await _answer(provider, asked(_charge(attempt)))
    except ProviderUnreachable:
        return None


async def pursue(providers: Providers, attempt: Attempt, *, overdue: bool) -> Outcome | None:
    """The next question about a pending attempt: begin it, look what became of it, or close it when its time is over.

    It is closed at the provider before its stock is given away. None if what happened is still not known.
    """
    if overdue:
        return await cancel(providers, attempt)
    if attempt.reference is None:
        return await authorise(providers, attempt)
    return await look(providers, attempt)


async def cancel(providers: Providers, attempt: Attempt) -> Outcome | None:
    """Close an attempt at the provider before its stock is given away; None if the provider cannot be asked.

    Where nothing can be closed, it is only asked what became of the attempt: it stays pending as long as the provider says so.
    """
    try:
        provider = _of(providers, attempt)
        if Ability.VOID not in provider.can:
            return await look(providers, attempt)
        return await _answer(provider, provider.void(_charge(attempt)))
    except ProviderUnreachable:
        return None


async def capture(database: Database, providers: Providers, attempt_id: UUID) -> bool:
    """Take the authorised money of an attempt, or what staff want of it. Whether it is taken now; if not, it is tried again later."""
    async with database.reading() as session:
        attempt = await queries.attempt(session, attempt_id)
    if attempt is None or attempt.state != AttemptState.AUTHORIZED:
        return attempt is not None and attempt.state == AttemptState.CAPTURED
    try:
        provider = _of(providers, attempt)
        amount = attempt.amount_minor if attempt.capturing_minor is None else attempt.capturing_minor
        outcome = await _answer(provider, provider.capture(_charge(attempt), amount))
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
        try:
            outcome = await _reverse(_of(providers, attempt), attempt, reversal)
        except ProviderUnreachable:
            return None
        await database.run(service.finish_reversal, reversal_id, outcome)
    return attempt


async def _reverse(provider: Provider, attempt: Attempt, reversal: Reversal) -> Outcome | Refunded:
    needed = Ability.VOID if reversal.kind == "void" else Ability.REFUND
    if needed not in provider.can:
        return Refunded(ReversalState.FAILED, reason=f"The provider {provider.name} cannot do this: {needed}.")
    if reversal.kind == "void":
        return await _answer(provider, provider.void(_charge(attempt)))
    return await _answer(provider, provider.refund(_charge(attempt), reversal.id, reversal.amount_minor))


def _of(providers: Providers, attempt: Attempt) -> Provider:
    """The provider of an attempt. One that the settings no longer name cannot be reached."""
    provider = providers.get(attempt.provider)
    if provider is None:
        raise ProviderUnreachable(f"There is no provider {attempt.provider} in the settings.")
    return provider


def _charge(attempt: Attempt) -> Charge:
    return Charge(
        attempt.id, attempt.token, attempt.amount_minor, attempt.currency, attempt.created_at, attempt.reference
    )


async def _answer(provider: Provider, answer: Awaitable[T]) -> T:
    """An answer within the provider's time, else ProviderUnreachable: silence is an unknown outcome."""
    try:
        return await asyncio.wait_for(answer, provider.patience)
    except (TimeoutError, OSError) as error:
        raise ProviderUnreachable from error
