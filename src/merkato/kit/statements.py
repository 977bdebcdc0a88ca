"""What an INSERT, UPDATE or DELETE says by itself about the rows that it writes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, ClauseElement, Delete, Table, Update, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import BinaryExpression

_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]  # So it is in the library.


class Written(NamedTuple):
    """A row with the values that a statement names; what the database works out itself is not among them.

    `key` is None for many rows at once, and where no column tells what the row is about.
    """

    key: object
    values: Mapping[str, Any]


def key_of(table: Table) -> str | None:
    """The column that tells what a row is about: the key, or the one id in it (the variant of a price in some currency)."""
    columns = list(table.primary_key.columns)
    found = columns if len(columns) == 1 else [column for column in columns if isinstance(column.type, Uuid)]
    return found[0].name if len(found) == 1 else None


def written(statement: UpdateBase, table: Table, sent: Sequence[Mapping[str, Any]]) -> list[Written]:
    """The rows that a statement writes. `sent` are the values that come beside it, when one statement is sent for many rows."""
    key = key_of(table)
    if isinstance(statement, Delete):
        return [Written(_sought(statement.whereclause, key), {})]
    if isinstance(statement, Update):
        return [Written(_sought(statement.whereclause, key), _named(statement, table))]
    rows = list(sent) or [_named(statement, table)]
    return [Written(row.get(key) if key is not None else None, row) for row in rows]


def _named(statement: UpdateBase, table: Table) -> dict[str, Any]:
    """The values that stand in a statement for one row, by column; those of many rows have other names."""
    compiled = statement.compile(dialect=_DIALECT)
    made_by_columns = {column.name for column in compiled.prefetch}
    columns = set(table.columns.keys()) - made_by_columns
    return {name: value for name, value in compiled.params.items() if name in columns}


def _sought(where: ClauseElement | None, key: str | None) -> object:
    """The key of the one row that a statement is about: `WHERE id = :id`, and perhaps more."""
    for each in visitors.iterate(where) if where is not None else ():
        if isinstance(each, BinaryExpression) and each.operator is operators.eq:
            column, value = each.left, each.right
            if getattr(column, "primary_key", False) and column.name == key and isinstance(value, BindParameter):
                return value.effective_value
    return None
