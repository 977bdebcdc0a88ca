"""Every table there is, also those of domains that nobody has loaded yet."""

import pkgutil
from importlib import import_module
from importlib.util import find_spec

from sqlalchemy import MetaData

from merkato import domains
from merkato.kit import audit, events, idempotency
from merkato.kit.rows import Row

TABLES_OF_THE_KIT = (audit.AuditEntry, events.OutboxEvent, idempotency.IdempotencyKeyRow)


def known() -> MetaData:
    """Load the models of all domains: only then does each foreign key find the table that it names."""
    for domain in pkgutil.iter_modules(domains.__path__, f"{domains.__name__}."):
        if find_spec(f"{domain.name}.models"):
            import_module(f"{domain.name}.models")
    return Row.metadata
