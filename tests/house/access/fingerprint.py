"""What the whole database holds, in one number for each table: so that it is seen whether a request has changed anything."""

import asyncpg

NOT_COUNTED = {"public.identity_api_keys": ("last_used_at",)}
"""What changes although a request is refused: a key is used also by who may not do what it asks for."""

_TABLES = """
SELECT schemaname || '.' || tablename FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


class Fingerprint:
    """Asks all tables in one statement."""

    def __init__(self, connection: asyncpg.Connection, statement: str) -> None:
        self._connection = connection
        self._statement = statement

    @classmethod
    async def of(cls, connection: asyncpg.Connection) -> "Fingerprint":
        """Of the database of this connection, as its tables are now."""
        tables = [row[0] for row in await connection.fetch(_TABLES)]
        return cls(connection, " UNION ALL ".join(map(_asked, tables)))

    async def take(self) -> dict[str, tuple[int, int]]:
        """For each table how many rows it has, and a number that changes when one of them does."""
        rows = await self._connection.fetch(self._statement)
        return {row["name"]: (row["rows"], row["hash"]) for row in rows}


def _asked(table: str) -> str:
    left_out = "".join(f" - '{column}'" for column in NOT_COUNTED.get(table, ()))
    row = f"(to_jsonb(t){left_out})::text" if left_out else "t::text"
    # A sum needs no order, and a row is hashed where it lies.
    hashed = f"coalesce(sum(hashtextextended({row}, 0)), 0)"
    return f"SELECT '{table}' AS name, count(*) AS rows, {hashed} AS hash FROM {table} t"
