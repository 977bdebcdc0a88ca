"""How the books are proved: each comparison gives two sums for one thing, and a proof names where they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, Text, case, cast, func, null, select, union_all

from merkato.domains.ledger.models import Account, Transfer, TransferKind
from merkato.kit.database import Session

SHOWN: Final = 50
"""So many breaks of one proof are named; all are counted."""
Compared = Select[Any, Any, Any, Any]
"""The number of an order (or none), the id of what is compared, and two sums that must be equal."""
Comparisons = Mapping[str, tuple[str, Compared]]
"""By name, with a sentence that says what is so when nothing is broken."""
NO_ORDER: Final = cast(null(), BigInteger).label("number")


@dataclass(frozen=True, slots=True)
class Break:
    """Where two sums differ. Amounts are in minor units."""

    order_number: int | None
    """None for what belongs to no order."""
    subject_id: UUID | None
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Proof:
    """One comparison: how many were compared, how many differ, and the first of these."""

    name: str
    sentence: str
    compared: int
    broken: int
    breaks: tuple[Break, ...]


async def prove(session: Session, comparisons: Comparisons) -> list[Proof]:
    """Compare everything, in a snapshot. It reads whole tables, and takes as long as that takes."""
    await session.execute(select(func.set_config("statement_timeout", "0", True)))
    return [await _proof(session, name, sentence, compared) for name, (sentence, compared) in comparisons.items()]


async def balances(session: Session) -> list[tuple[str, Account, int]]:
    """The balance of each account in each currency, debits less credits; those of a currency sum to zero."""
    debits = select(Transfer.currency, Transfer.debit.label("account"), Transfer.amount_minor.label("amount"))
    credits_ = select(Transfer.currency, Transfer.credit, -Transfer.amount_minor)
    both = union_all(debits, credits_).subquery()
    found = select(both.c.currency, both.c.account, func.sum(both.c.amount)).group_by(both.c.currency, both.c.account)
    rows = await session.execute(found.order_by(both.c.currency, both.c.account))
    return [(currency, Account(account), int(amount)) for currency, account, amount in rows]


def sums(kinds: Mapping[TransferKind, int], column: ColumnElement[UUID]) -> CTE:
    """Per cause or subject, the sum over kinds that add to it or take from it."""
    amount = case({kind.value: sign for kind, sign in kinds.items()}, value=Transfer.kind) * Transfer.amount_minor
    found = select(column.label("id"), func.sum(amount).label("amount")).where(Transfer.kind.in_(list(kinds)))
    return found.group_by(column).cte()


async def _proof(session: Session, name: str, sentence: str, compared: Compared) -> Proof:
    table = compared.cte()
    differs = table.c.expected.is_distinct_from(table.c.found)
    counted = select(func.count(), func.count().filter(differs)).select_from(table)
    count, broken = (await session.execute(counted)).one()
    shown: Sequence[Any] = ()
    if broken:
        named = select(table.c.number, table.c.subject_id, cast(table.c.expected, Text), cast(table.c.found, Text))
        shown = (await session.execute(named.where(differs).order_by(table.c.number).limit(SHOWN))).all()
    return Proof(name, sentence, count, broken, tuple(Break(*row) for row in shown))
