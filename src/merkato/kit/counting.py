"""How many rows there are of each kind, for those who look again and again: never more than a bounded number is counted."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

COUNTED_MAX: Final = 100_000
"""Whether more than this many wait makes no difference to anybody."""


async def counted(
    session: AsyncSession, by: Sequence[InstrumentedAttribute[Any]], bound: ColumnElement[bool]
) -> dict[tuple[str, ...], int]:
    """How many rows have each value of some columns, of all within a bound; of more than `COUNTED_MAX`, among so many of them."""
    rows = select(*by).where(bound).limit(COUNTED_MAX).subquery()
    found = select(*rows.c, func.count()).group_by(*rows.c)
    return {tuple(values): many for *values, many in await session.execute(found)}
