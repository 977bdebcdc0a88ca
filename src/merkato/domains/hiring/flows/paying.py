"""Getting the money for a job: the attempt is written in one transaction, the provider is asked outside any, the money is held in another.

Each step can be repeated. When the process dies between two of them, the owner's next request or the sweep goes on from there.
"""

from dataclasses import dataclass
from uuid import UUID

from merkato.domains.hiring import queries, service
from merkato.domains.hiring.access import own_job
from merkato.domains.hiring.errors import JobNotAssigned
from merkato.domains.hiring.models import Agreement, AgreementState
from merkato.domains.hiring.schemas import JobPayment, JobView, PayingJobView
from merkato.domains.hiring.service import ABANDONED, Heard
from merkato.domains.identity.models import Actor
from merkato.domains.payments import flows as payments
from merkato.domains.payments import queries as payment_queries
from merkato.domains.payments.errors import PaymentDeclined
from merkato.domains.payments.models import Attempt, AttemptState
from merkato.domains.payments.providers.provider import Providers
from merkato.kit import clock
from merkato.kit.database import Database, Session
from merkato.kit.errors import NotFound, Problem
from merkato.kit.http import problem_answer
from merkato.kit.idempotency import AGAIN_SOON, KEPT_FOR_MONEY, LEASE, Answer, Claim, Start
from merkato.kit.loops import apart
from merkato.settings import Settings


@dataclass(frozen=True, slots=True)
class Standing:
    """An agreement with its latest payment attempt."""

    agreement: Agreement
    attempt: Attempt | None

    @property
    def under_way(self) -> bool:
        return self.agreement.state == AgreementState.PENDING

    @property
    def refusal(self) -> Problem | None:
        """Why the job is not paid, once that is known."""
        if self.agreement.paid_at is not None:
            return None
        if self.agreement.state == AgreementState.UNPAID and self.attempt is not None:
            return PaymentDeclined(self.attempt.message or "The payment was declined.")
        return JobNotAssigned("The agreement ended before it was paid. What was taken is given back.")


async def pay(  # noqa: PLR0913 - what a flow needs.
    database: Database,
    providers: Providers,
    actor: Actor,
    job_id: UUID,
    said: JobPayment,
    *,
    claim: Claim,
    settings: Settings,
) -> Answer:
    """Pay for a job of one's own; the answer to send. Raises NotFound, NotAllowed and what `service.begin` does."""
    begun = await database.run(_begin, actor, job_id, said, claim=claim, providers=providers, settings=settings)
    if isinstance(begun, Answer):
        return begun
    standing = await carry_on(database, providers, begun, settings=settings)
    async with database.snapshot() as session:
        job = await service.read(session, actor, job_id)
    if standing.under_way:
        await database.run(claim.rest)
        return _still_open(job, standing)
    refusal = standing.refusal
    answer = problem_answer(refusal) if refusal is not None else Answer.showing(job)
    await database.run(claim.keep, answer)
    return answer


async def _begin(  # noqa: PLR0913 - as above.
    session: Session,
    actor: Actor,
    job_id: UUID,
    said: JobPayment,
    *,
    claim: Claim,
    providers: Providers,
    settings: Settings,
) -> UUID | Answer:
    """The agreement to go on with, or the Answer that this key was given before. A key whose attempt has begun starts no other one."""
    begun = await claim.begin(session, kept=KEPT_FOR_MONEY, lease=LEASE)
    if isinstance(begun, Answer):
        return begun
    job = await own_job(session, actor, job_id)
    if begun is Start.FRESH:
        return (await service.begin(session, job, said.payment, providers=providers, settings=settings)).id
    agreement = await queries.newest(session, job.id)
    if agreement is None:
        raise NotFound
    return agreement.id


async def carry_on(database: Database, providers: Providers, agreement_id: UUID, *, settings: Settings) -> Standing:
    """Bring an agreement on its way as far as it goes now: its payment, its deadlines, and what is to be given back."""
    agreement, attempt = await _present(database, agreement_id)
    heard = None
    if attempt is not None and attempt.state == AttemptState.PENDING:
        unwanted = agreement.state != AgreementState.PENDING or agreement.overdue(clock.now())
        outcome = await payments.pursue(providers, attempt, overdue=unwanted)
        heard = Heard(attempt.id, outcome) if outcome is not None else None
    reversals = await database.run(service.advance, agreement_id, settings=settings, heard=heard)
    agreement, attempt = await _present(database, agreement_id)
    reserved = attempt is not None and attempt.state == AttemptState.AUTHORIZED
    if attempt is not None and reserved and agreement.state == AgreementState.PENDING:
        await payments.capture(database, providers, attempt.id)
        # Whatever came of it: meanwhile the agreement may have ended, and then the money goes back.
        reversals = await database.run(service.advance, agreement_id, settings=settings)
    for reversal_id in reversals:
        await payments.carry_out(database, providers, reversal_id)
    return Standing(*await _present(database, agreement_id))


async def hear(database: Database, providers: Providers, attempt_id: UUID, *, settings: Settings) -> None:
    """Look at the payment of a job that its provider speaks of. Safe to repeat."""
    async with database.snapshot() as session:
        attempt = await payment_queries.attempt(session, attempt_id)
        agreement = await queries.agreement(session, attempt.payable_id) if attempt else None
    if attempt is None or agreement is None:
        return
    if attempt.state == AttemptState.AUTHORIZED:
        outcome = await payments.look(providers, attempt)
        if outcome is not None:
            await database.run(service.advance, agreement.id, settings=settings, heard=Heard(attempt_id, outcome))
    await carry_on(database, providers, agreement.id, settings=settings)


async def sweep(database: Database, providers: Providers, settings: Settings) -> None:
    """Look after payments whose process died or whose outcome is open, and after deadlines."""
    for agreement_id in await database.run(queries.lease_due, clock.now(), ABANDONED):
        await apart(carry_on(database, providers, agreement_id, settings=settings), agreement_id)


async def _present(database: Database, agreement_id: UUID) -> tuple[Agreement, Attempt | None]:
    async with database.snapshot() as session:
        agreement = await queries.agreement(session, agreement_id)
        if agreement is None:
            raise NotFound
        return agreement, await payment_queries.latest_attempt(session, [agreement_id])


def _still_open(job: JobView, standing: Standing) -> Answer:
    action = standing.attempt.next_action if standing.attempt else None
    shown = PayingJobView(**dict(job), next_action=action, continue_url=action.get("url") if action else None)
    return Answer.showing(shown, 202, AGAIN_SOON)
