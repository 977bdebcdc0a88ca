"""The rows of whole tables as PostgreSQL writes and reads them (COPY): out of one snapshot, into tables that others have made.

Nothing is asked of the server but SQL, so that rows go from any version of PostgreSQL to any other, embedded or not, and into any schema.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import IO, Any, Final, NamedTuple

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from merkato.kit.libpq import conninfo

BLOCK: Final = 256 * 1024
_OPTIONS: Final = (
    "-c statement_timeout=0 -c lock_timeout=30000 -c timezone=UTC -c datestyle=ISO -c extra_float_digits=3"
)

_COLUMNS: Final = """
SELECT relname, array_agg(attname::text ORDER BY attnum) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r' AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
GROUP BY relname
"""
_PARENTS: Final = """
SELECT child.relname, parent.relname FROM pg_constraint
JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
WHERE contype = 'f' AND connamespace = to_regnamespace(%s) AND conrelid <> confrelid
"""
_COUNTERS: Final = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = %s AND last_value IS NOT NULL"


class Table(NamedTuple):
    """A table and those of its columns that are copied; the database computes the others."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """One schema, in a transaction."""

    connection: Connection
    schema: str

    def tables(self) -> list[Table]:
        """What it has, parents before their children."""
        columns = {name: tuple(names) for name, names in self._asked(_COLUMNS)}
        parents: dict[str, set[str]] = {name: set() for name in columns}
        for child, parent in self._asked(_PARENTS):
            parents[child].add(parent)
        return [Table(name, columns[name]) for name in TopologicalSorter(parents).static_order()]

    def counters(self) -> dict[str, int]:
        """The last value of each sequence that was used."""
        return dict(self._asked(_COUNTERS))

    def hold(self, tables: Iterable[Table]) -> None:
        """Let nobody alter the tables until the end of the transaction; reading and writing go on."""
        names = SQL(", ").join(self._named(table.name) for table in tables)
        self.connection.execute(SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))

    def write(self, table: Table, file: IO[bytes]) -> int:
        """Write the rows to a file; how many they were."""
        with self.connection.cursor() as cursor:
            with cursor.copy(SQL("COPY {} ({}) TO STDOUT").format(*self._columns_of(table))) as rows:
                for block in rows:
                    file.write(block)
            return cursor.rowcount

    def read(self, table: Table, file: IO[bytes]) -> int:
        """Read the rows of a file into a table, instead of what its making or a trigger has put there; how many they were."""
        self.connection.execute(SQL("DELETE FROM {}").format(self._named(table.name)))
        with self.connection.cursor() as cursor:
            with cursor.copy(SQL("COPY {} ({}) FROM STDIN").format(*self._columns_of(table))) as rows:
                while block := file.read(BLOCK):
                    rows.write(block)
            return cursor.rowcount

    def count_from(self, counters: dict[str, int]) -> None:
        """Let sequences go on where they were."""
        for name, last in counters.items():
            self.connection.execute(
                "SELECT setval(format('%%I.%%I', %s::text, %s::text), %s)", (self.schema, name, last)
            )

    def _asked(self, statement: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(statement.encode(), (self.schema,)).fetchall()

    def _named(self, name: str) -> Identifier:
        return Identifier(self.schema, name)

    def _columns_of(self, table: Table) -> tuple[Identifier, Composed]:
        return self._named(table.name), SQL(", ").join(map(Identifier, table.columns))


@contextmanager
def snapshot(url: str) -> Iterator[Connection]:
    """A connection that sees everything as it is now, and changes nothing. Raises psycopg.Error."""
    with psycopg.connect(conninfo(url, name="merkato backup", options=_OPTIONS)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


@contextmanager
def change(url: str) -> Iterator[Connection]:
    """A connection with one transaction, committed at the end of the block. Raises psycopg.Error."""
    with psycopg.connect(conninfo(url, name="merkato restore", options=_OPTIONS)) as connection:
        yield connection
