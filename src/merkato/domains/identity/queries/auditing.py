"""How the audit log is read."""

from sqlalchemy import or_, select

from merkato.domains.identity.schemas import AuditFilters
from merkato.kit.audit import AuditEntry
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging


async def audit(session: Session, filters: AuditFilters, paging: Paging) -> tuple[list[AuditEntry], str | None]:
    """Newest first."""
    found = select(AuditEntry)
    if filters.actor is not None:
        found = found.where(or_(AuditEntry.account_id == filters.actor, AuditEntry.api_key_id == filters.actor))
    if filters.subject is not None:
        found = found.where(AuditEntry.subject_id == filters.subject)
    if filters.since is not None:
        found = found.where(AuditEntry.at >= filters.since)
    if filters.until is not None:
        found = found.where(AuditEntry.at < filters.until)
    return await paging.fetch(session, found, Key(AuditEntry.at, descending=True), Key(AuditEntry.id, descending=True))
