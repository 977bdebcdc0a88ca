"""One look at everything: find, write down, and give back what may be given back."""

from datetime import timedelta
from uuid import UUID

import structlog

from merkato.domains.orders import service as orders
from merkato.domains.payments import flows as payments
from merkato.domains.payments.providers.provider import Providers
from merkato.domains.reconciliation import service
from merkato.domains.reconciliation.models import WINDOW, FindingKind
from merkato.domains.reconciliation.queries import books, findings
from merkato.domains.reconciliation.queries.checks import CHECKS
from merkato.domains.reconciliation.schemas import Look
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.settings import Settings

_log = structlog.get_logger("merkato.reconciliation")


async def reconcile(database: Database, providers: Providers, settings: Settings) -> None:
    """Look for everything that does not fit together. Two at once do nothing twice; one kind's trouble does not keep it from the others."""
    longest = timedelta(minutes=max(settings.hold_minutes, settings.pay_minutes))
    look = Look(clock.now(), longest_payment=longest, captures=settings.capture == "automatic")
    for kind in CHECKS:
        try:
            await _look(database, kind, look)
        except Exception as error:  # noqa: BLE001 - that is what keeps them apart.
            _log.warning("reconciliation", kind=kind.value, cause=type(error).__name__, exc_info=True)
    async with database.reading() as session:
        unhealed = await findings.to_heal(session, FindingKind.MONEY_WITHOUT_ORDER)
    for finding_id in unhealed:
        try:
            await _heal(database, providers, finding_id, look)
        except Exception as error:  # noqa: BLE001 - as above.
            _log.warning("healing", finding_id=str(finding_id), cause=type(error).__name__, exc_info=True)


async def prove_books(database: Database) -> None:
    """Compare the books with everything else, and list what disagrees by what it is about. It reads whole tables."""
    async with database.snapshot() as session:
        proofs = await books.prove(session)
        known = await findings.open_subjects(session, FindingKind.BOOKS_BROKEN)
    broken = service.of_proofs(proofs)
    whole = all(len(proof.breaks) == proof.broken for proof in proofs)
    still = [each for each in broken if each.subject_id in known]
    # Of very many breaks not all are named; then nothing is known to be mended.
    await database.run(service.note, FindingKind.BOOKS_BROKEN, known if whole else [], still, broken)


async def _look(database: Database, kind: FindingKind, look: Look) -> None:
    statement = CHECKS[kind](look)
    async with database.snapshot() as session:
        known = await findings.open_subjects(session, kind)
        still = await findings.found(session, statement, known)
        fresh = await findings.found_since(session, statement, look.moment - WINDOW - look.longest_payment)
    if known or fresh:
        await database.run(service.note, kind, known, still, fresh)


async def _heal(database: Database, providers: Providers, finding_id: UUID, look: Look) -> None:
    for reversal_id in await database.run(service.heal, finding_id, look):
        attempt = await payments.carry_out(database, providers, reversal_id)
        if attempt is not None:
            await database.run(orders.note_payment_of, attempt.payable_id)
