"""How Alembic reaches the database: over the connection that it is given, in the store's own schema."""

from alembic import context

from merkato.migrations import tables

TABLES = tables.known()
connection = context.config.attributes["connection"]
schema = context.config.attributes["schema"]


def _ours(_object: object, _name: str | None, kind: str, reflected: bool, _compared: object) -> bool:  # noqa: FBT001 - Alembic's.
    """Leave tables alone that other programs keep in the same schema."""
    return not (kind == "table" and reflected and _name not in TABLES.tables)


context.configure(
    connection=connection.execution_options(schema_translate_map={None: schema}),
    target_metadata=TABLES,
    version_table="merkato_revision",
    version_table_schema=schema,
    compare_type=True,
    compare_server_default=True,
    include_object=_ours,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
