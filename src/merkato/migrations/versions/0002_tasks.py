"""background tasks"""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _schema() -> str:
    return f"{context.config.attributes['schema']}_tasks"


def upgrade() -> None:
    op.execute(sa.text(f'CREATE SCHEMA "{_schema()}"'))
    # Procrastinate's text names no schema; meanwhile this is where its tables go.
    op.execute(sa.text(f'SET LOCAL search_path TO "{_schema()}"'))
    connection: Any = op.get_bind().connection.dbapi_connection
    # It is many statements, which only the driver itself takes at once.
    connection.run_async(lambda driver: driver.execute(SchemaManager.get_schema()))
    # Its triggers do the same, and would find their tables over connections of the workers only.
    triggers = sa.text(
        "SELECT CAST(oid AS regprocedure) FROM pg_proc WHERE prorettype = CAST('trigger' AS regtype)"
        " AND pronamespace = CAST(:schema AS regnamespace)"
    )
    for (function,) in op.get_bind().execute(triggers, {"schema": f'"{_schema()}"'}).all():
        op.execute(sa.text(f'ALTER FUNCTION {function} SET search_path TO "{_schema()}"'))
    op.execute(sa.text(f'SET LOCAL search_path TO "{context.config.attributes["schema"]}"'))


def downgrade() -> None:
    op.execute(sa.text(f'DROP SCHEMA IF EXISTS "{_schema()}" CASCADE'))
