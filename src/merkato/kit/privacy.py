"""What each column says of people: declared once, with its table, for the audit log, for exports and for erasure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ARRAY, Boolean, Date, DateTime, Float, Integer, Numeric, Uuid
from sqlalchemy.sql.elements import NamedColumn


class Says(StrEnum):
    """What a column says of somebody."""

    NOTHING = "nothing"
    """The audit log shows it."""
    PERSONAL = "personal"
    """Who somebody is, or what they wrote: exported to them, and gone when they are erased."""
    BOOKS = "books"
    """What somebody bought, paid or got back: exported to them, and kept for the books."""
    SEALED = "sealed"
    """A secret as a hash, or something that only the store can read: never told, and gone with its owner."""


Privacy = Mapping[str, Says]
"""What the texts of a table say, by column."""
CLASSIFIED: Final = "says"
"""The key in a column's `info` by which a field type says it for every column of that type."""
_FIGURES: Final = (Boolean, Integer, Numeric, Float, Date, DateTime, Uuid)


def says(*, nothing: str = "", personal: str = "", books: str = "", sealed: str = "") -> Privacy:
    """The declaration of a table: the names of its columns, with spaces between them, by what they say."""
    named = {Says.NOTHING: nothing, Says.PERSONAL: personal, Says.BOOKS: books, Says.SEALED: sealed}
    return {name: said for said, names in named.items() for name in names.split()}


def said_by(declared: Privacy, column: NamedColumn[Any]) -> Says | None:
    """What a column says; None if nobody has decided it.

    Numbers, times, ids and truth values say nothing by themselves. Whatever can hold words has to be declared.
    """
    said: Says | None = declared.get(column.key) or column.info.get(CLASSIFIED)
    figures = isinstance(column.type, _FIGURES) or (
        isinstance(column.type, ARRAY) and isinstance(column.type.item_type, _FIGURES)
    )
    return said or (Says.NOTHING if figures else None)
