"""What happens to findings, inside the caller's transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from merkato.domains.checkout import queries as checkouts
from merkato.domains.hiring import queries as hiring
from merkato.domains.identity.models import Actor
from merkato.domains.ledger.queries.proving import Proof
from merkato.domains.orders import queries as orders
from merkato.domains.payments import queries as payment_queries
from merkato.domains.payments import service as payments
from merkato.domains.reconciliation.errors import AlreadyResolved
from merkato.domains.reconciliation.events import FindingOpened
from merkato.domains.reconciliation.models import Finding, FindingKind
from merkato.domains.reconciliation.queries import findings, money
from merkato.domains.reconciliation.schemas import Found, Look, Resolution
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.errors import NotFound
from merkato.kit.events import publish


async def note(
    session: Session, kind: FindingKind, known: Sequence[UUID], still: Sequence[Found], fresh: Sequence[Found]
) -> None:
    """Write down a look at one kind: of what was `known` to be open what is `still` so, and what was found among what is recent.

    What people have resolved is not opened again while its figures are the same. Done twice, or by two at once, it opens nothing twice.
    """
    remaining = {each.subject_id for each in still}
    await findings.see_again(session, kind, [*remaining])
    await findings.resolve_gone(session, kind, [each for each in known if each not in remaining])
    new = [each for each in fresh if each.subject_id not in remaining]
    settled = await findings.resolutions(session, kind, [each.subject_id for each in new])
    for each in new:
        if (each.subject_id, dict(each.details)) in settled:
            continue
        finding_id = await findings.open_finding(session, kind, each)
        if finding_id is not None:
            await publish(session, FindingOpened(finding_id=finding_id, kind=kind.value, subject_id=each.subject_id))


def of_proofs(proofs: Sequence[Proof]) -> list[Found]:
    """What the books disagree about, once for each thing, with what each proof expected and found."""
    broken: dict[UUID, dict[str, Any]] = {}
    for proof in proofs:
        for each in proof.breaks:
            if each.subject_id is not None:
                details = broken.setdefault(each.subject_id, {})
                details[proof.name] = {"expected": each.expected, "found": each.found}
                if each.order_number is not None:
                    details["order_number"] = each.order_number
    return [Found(subject_id, details) for subject_id, details in broken.items()]


async def heal(session: Session, finding_id: UUID, look: Look) -> list[UUID]:
    """Decide to give money back that has no order; the reversals to be carried out. Once, and only if it is still so.

    Whoever could make an order of it at this moment is kept waiting. What the provider has refused before is left to people.
    """
    finding = await findings.finding(session, finding_id, lock=True)
    if finding is None or finding.resolved_at is not None or finding.healed_at is not None:
        return []
    attempt = await payment_queries.attempt(session, finding.subject_id)
    if attempt is None:
        return []
    await checkouts.checkout(session, attempt.payable_id, lock=True)
    order_id = await orders.order_paid_under(session, attempt.payable_id)
    if order_id is not None:
        await orders.order(session, order_id, lock=True)
    await hiring.agreement(session, attempt.payable_id, lock=True)
    still = await findings.found(session, money.money_without_order(look), [attempt.id])
    if not still or await payment_queries.has_failed_reversal(session, attempt.id):
        return []
    finding.healed_at = clock.now()
    return await payments.plan_reversals(session, [attempt.payable_id], reason="no order", only=attempt.id)


async def resolve(session: Session, actor: Actor, finding_id: UUID, said: Resolution) -> Finding:
    """Somebody has seen to it. Raises NotFound, AlreadyResolved."""
    finding = await findings.finding(session, finding_id, lock=True)
    if finding is None:
        raise NotFound
    if finding.resolved_at is not None:
        raise AlreadyResolved
    finding.resolved_at, finding.resolved_by, finding.note = clock.now(), actor.answerable, said.note
    await session.flush()
    return finding


async def forget(session: Session, order_ids: Sequence[UUID], payable_ids: Sequence[UUID]) -> None:
    """Remove what staff noted about the orders and payments of somebody who is erased. What was found stays."""
    await findings.empty(session, order_ids, payable_ids)
