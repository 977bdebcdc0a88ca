"""The audit log: who of the staff, or which key, changed what.

An entry is written in the transaction of its change, and nothing in the application can alter or delete one. Rows that the session
changes are noted with what they were before; of a set-based statement it is noted which row it is about, if it names one, and what it writes.
Of many rows at once only the table is known, unless the caller of `note` says more.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import Index, Insert, String, Table, event, insert, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    InstanceState,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
    mapped_column,
)
from sqlalchemy.sql.dml import UpdateBase

from merkato.kit import clock, ids, statements
from merkato.kit.fields import Word
from merkato.kit.privacy import Privacy, Says, said_by, says
from merkato.kit.rows import Created, Key, Row

CHANGES_MAX: Final = 100
"""How many changes of one transaction are listed; of the others it is known how many there were."""
TEXT_MAX: Final = 500
_NOTED: Final = "audit"
_SAVEPOINTS: Final = "audit_savepoints"
_OWN: Final = "audit_entries"
_NOT_NOTED: Final = frozenset({_OWN, "outbox_events", "idempotency_keys"})


class AuditEntry(Row):
    """What one transaction of staff, or of a key, has changed."""

    __tablename__ = _OWN
    privacy: ClassVar[Privacy] = says(nothing="request_id method route subject_type changes")

    id: Mapped[Key]
    at: Mapped[Created]
    account_id: Mapped[UUID]
    api_key_id: Mapped[UUID | None]
    request_id: Mapped[str] = mapped_column(String(128))
    method: Mapped[Word]
    route: Mapped[str] = mapped_column(String(200))
    subject_type: Mapped[Word | None]
    subject_id: Mapped[UUID | None]
    changes: Mapped[list[dict[str, Any]]]
    unlisted: Mapped[int]

    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "account_id", "at"),
        Index(None, "api_key_id", "at"),
        Index(None, "subject_id", "at"),
    )


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, by which request. A key's `account_id` is that of the one who made it."""

    account_id: UUID
    api_key_id: UUID | None
    request_id: str
    method: str
    route: str
    subject_type: str | None
    subject_id: UUID | None


_act: Final[ContextVar[Act | None]] = ContextVar("act", default=None)


@contextmanager
def unattended() -> Iterator[None]:
    """Within, nobody acts until `begin` is called; afterwards it is as it was."""
    before = _act.set(None)
    try:
        yield
    finally:
        _act.reset(before)


def begin(act: Act) -> None:
    """What the transactions of this request change is this one's act from here on."""
    _act.set(act)


def attended() -> bool:
    """Whether what is changed now is noted."""
    return _act.get() is not None


def note(
    session: AsyncSession, table: type[Row], row_id: UUID, *, before: Mapping[str, object], after: Mapping[str, object]
) -> None:
    """Say what set-based statements have changed, in the place of what they say themselves. Nothing personal may be in it."""
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    if _act.get() is not None and changed:
        listed = _listed(session.sync_session)
        listed[:] = [each for each in listed if (each["table"], each["id"]) != (table.__tablename__, str(row_id))]
        listed.append(
            _change(
                table.__tablename__,
                row_id,
                "changed",
                before={name: _told(value) for name, value in before.items() if name in changed},
                after={name: _told(value) for name, value in after.items() if name in changed},
            )
        )


def watch(kind: type[Session]) -> None:
    """Note the changes that sessions of this class make, and refuse those of the log itself."""
    event.listen(kind, "before_flush", _refuse_rows)
    event.listen(kind, "after_flush", _note_rows)
    event.listen(kind, "do_orm_execute", _note_statement)
    event.listen(kind, "after_transaction_create", _set_mark)
    event.listen(kind, "after_soft_rollback", _go_back)


async def write(session: AsyncSession) -> None:
    """Write what was noted in this transaction; for its end."""
    act, noted = _act.get(), session.info.get(_NOTED)
    if act is None or not noted:
        return
    subject = (act.subject_type, act.subject_id)
    if act.subject_id is None:
        # What was made is what it is about; else what was changed first.
        known = [each for each in noted if ids.parsed(each["id"] or "")]
        first = next((each for each in known if each["action"] == "added"), known[0] if known else None)
        if first is not None:
            subject = (_singular(first["table"].partition("_")[2] or first["table"]), ids.parsed(first["id"]))
    entry = {
        "id": ids.new(),
        "at": clock.now(),
        "account_id": act.account_id,
        "api_key_id": act.api_key_id,
        "request_id": act.request_id,
        "method": act.method,
        "route": act.route,
        "subject_type": subject[0],
        "subject_id": subject[1],
        "changes": noted[:CHANGES_MAX],
        "unlisted": max(len(noted) - CHANGES_MAX, 0),
    }
    await session.execute(insert(AuditEntry).values(entry))


def _singular(name: str) -> str:
    """As paths name it: `categories` is a `category`."""
    return name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")


def _listed(session: Session) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = session.info.setdefault(_NOTED, [])
    return listed


def _change(table: str, row_id: object, action: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON.
    return {
        "table": table,
        "id": None if row_id is None else str(row_id),
        "action": action,
        "before": {},
        "after": {},
        "withheld": [],
    } | more


def _refuse_rows(session: Session, _context: UOWTransaction, _instances: object) -> None:
    altered = [*(row for row in session.dirty if session.is_modified(row)), *session.deleted]
    if any(isinstance(row, AuditEntry) for row in altered):
        raise RuntimeError("An entry of the audit log is never altered.")


def _note_rows(session: Session, _context: UOWTransaction) -> None:
    if _act.get() is None:
        return
    for action, rows in (("added", session.new), ("changed", session.dirty), ("removed", session.deleted)):
        for row in rows:
            change = _change_of(inspect(row), action)
            if change is not None:
                _listed(session).append(change)


def _change_of(state: InstanceState[Any], action: str) -> dict[str, Any] | None:
    table = str(state.mapper.local_table.name)  # type: ignore[attr-defined]  # Every row of ours is of one table.
    if table in _NOT_NOTED:
        return None
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    withheld: list[str] = []
    for attribute in state.mapper.column_attrs:
        was, now = _values(state, attribute.key, action)
        if was == now:
            continue
        if said_by(state.class_.privacy, attribute.columns[0]) is not Says.NOTHING:
            withheld.append(attribute.key)
            continue
        if action != "added":
            before[attribute.key] = _told(was)
        if action != "removed":
            after[attribute.key] = _told(now)
    if not (before or after or withheld):
        return None
    row_id = state.dict.get(statements.key_of(state.mapper.local_table) or "")  # type: ignore[arg-type]  # As above.
    return _change(table, row_id, action, before=before, after=after, withheld=withheld)


def _values(state: InstanceState[Any], name: str, action: str) -> tuple[Any, Any]:
    """What a column was and is. Equal if it has not changed."""
    if action == "added":
        return None, state.dict.get(name)
    if action == "removed":
        return state.dict.get(name), None
    history = state.attrs[name].history
    return (history.deleted or (None,))[0], (history.added or (None,))[0]


def _told(value: object) -> Any:  # noqa: ANN401 - JSON.
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value[:TEXT_MAX]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list) and all(isinstance(each, str | int | UUID | None) for each in value):
        return [_told(each) for each in value[:CHANGES_MAX]]
    return json.dumps(value, default=str, ensure_ascii=False)[:TEXT_MAX]


def _note_statement(asked: ORMExecuteState) -> None:
    statement = asked.statement
    if not isinstance(statement, UpdateBase) or not isinstance(statement.table, Table):
        return
    table = statement.table.name
    adds = isinstance(statement, Insert)
    if table == _OWN and not adds:
        raise RuntimeError("The audit log is never altered.")
    mapper = asked.bind_mapper
    if _act.get() is None or table in _NOT_NOTED or (mapper is not None and mapper.class_.derived):
        return
    action = "added" if adds else "removed" if statement.is_delete else "changed"
    sent: Any = asked.parameters or []
    listed = _listed(asked.session)
    for row in statements.written(statement, statement.table, sent if isinstance(sent, list) else [sent]):
        change = _change(table, row.key, action, **_shown(mapper, row.values))
        # A row that was written under a name which was taken is written again under another.
        alone = adds and row.key is not None and len(statement.table.primary_key.columns) == 1
        same = (place for place, each in enumerate(listed) if alone and _is_of(each, change))
        place = next(same, None)
        if place is not None:
            listed[place] = change
        elif change not in listed:
            listed.append(change)


def _shown(mapper: Any, values: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - of any class.
    """What a statement writes, with what may be personal withheld: all of it where no class says what its columns are."""
    if mapper is None:
        return {"withheld": sorted(values)}
    after: dict[str, Any] = {}
    withheld: list[str] = []
    for attribute in mapper.column_attrs:
        if attribute.key in values and said_by(mapper.class_.privacy, attribute.columns[0]) is Says.NOTHING:
            after[attribute.key] = _told(values[attribute.key])
        elif attribute.key in values:
            withheld.append(attribute.key)
    return {"after": after, "withheld": withheld}


def _is_of(change: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(change[name] == other[name] for name in ("table", "id", "action"))


def _set_mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault(_SAVEPOINTS, {})[transaction] = len(_listed(session))


def _go_back(session: Session, transaction: SessionTransaction) -> None:
    """What was noted since a savepoint has not happened."""
    if transaction.nested:
        del _listed(session)[session.info[_SAVEPOINTS].pop(transaction) :]
