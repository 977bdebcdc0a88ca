"""How Alembic reaches the database: over the connection that it is given, in the store's own schema."""

import importlib.util
import pkgutil

from alembic import context

from merkato import domains
from merkato.kit import audit, events, idempotency
from merkato.kit.rows import Row

TABLES_OF_THE_KIT = (audit.AuditEntry, events.OutboxEvent, idempotency.IdempotencyKeyRow)
for domain in pkgutil.iter_modules(domains.__path__, f"{domains.__name__}."):
    if importlib.util.find_spec(f"{domain.name}.models"):
        # Importing the models is what makes their tables known, also those of a domain without routes.
        importlib.import_module(f"{domain.name}.models")

connection = context.config.attributes["connection"]
schema = context.config.attributes["schema"]


def _ours(_object: object, _name: str | None, kind: str, reflected: bool, _compared: object) -> bool:  # noqa: FBT001 - Alembic's.
    """Leave tables alone that other programs keep in the same schema."""
    return not (kind == "table" and reflected and _name not in Row.metadata.tables)


context.configure(
    connection=connection.execution_options(schema_translate_map={None: schema}),
    target_metadata=Row.metadata,
    version_table="merkato_revision",
    version_table_schema=schema,
    compare_type=True,
    compare_server_default=True,
    include_object=_ours,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
