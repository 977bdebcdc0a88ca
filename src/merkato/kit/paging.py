"""Pages by key: stable under inserts, with a cursor that is opaque, signed, and bound to its list, sort and filters."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from merkato.kit.errors import Invalid
from merkato.kit.security import SIGNATURE_BYTES, Secret

LIMIT: Final = 20
LIMIT_MAX: Final = 100
_PURPOSE: Final = "cursor"

T = TypeVar("T")
Column = ColumnElement[Any] | InstrumentedAttribute[Any]


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the page after it, null on the last."""

    data: list[T]
    next: str | None = Field(description="Send it as `cursor` to get the next page; null on the last.")


@dataclass(frozen=True, slots=True)
class Key:
    """A column of the order. The columns together must be unique and never null."""

    column: Column
    descending: bool = False

    @property
    def ordered(self) -> ColumnElement[Any]:
        return self.column.desc() if self.descending else self.column.asc()

    def beyond(self, value: Any) -> ColumnElement[bool]:  # noqa: ANN401 - of the column's type.
        beyond: ColumnElement[bool] = self.column < value if self.descending else self.column > value
        return beyond


@dataclass(frozen=True, slots=True)
class Paging:
    """What a client asked for: how many, and after which row."""

    limit: int
    after: list[str] | None
    _request: Request
    _response: Response

    async def fetch(
        self, session: AsyncSession, statement: Select[*tuple[Any, ...]], *order: Key
    ) -> tuple[list[Any], str | None]:
        """The rows of this page and the next page's cursor, in one statement.

        A statement of one column or entity gives a list of these, otherwise of tuples.
        """
        width = len(statement.selected_columns) if not _single(statement) else 1
        if self.after is not None:
            statement = statement.where(_after(order, self._values(order)))
        statement = statement.add_columns(*(key.column for key in order))
        statement = statement.order_by(None).order_by(*(key.ordered for key in order)).limit(self.limit + 1)
        found = (await session.execute(statement)).all()
        rows = found[: self.limit]
        data = [row[0] for row in rows] if width == 1 else [tuple(row)[: -len(order)] for row in rows]
        more = len(found) > self.limit
        return data, self._next(list(rows[-1])[-len(order) :]) if more else None

    def _values(self, order: Sequence[Key]) -> list[Any]:
        sent = self.after or []
        try:
            return [_READ.get(key.column.type.python_type, _same)(text) for key, text in zip(order, sent, strict=True)]
        except ValueError:
            raise _refused() from None

    def _next(self, values: Sequence[Any]) -> str:
        message = json.dumps([_write(value) for value in values], separators=(",", ":")).encode()
        secret: Secret = self._request.app.state.secret
        signature = secret.sign(_PURPOSE, _bound(self._request) + message)[:SIGNATURE_BYTES]
        cursor = base64.urlsafe_b64encode(signature + message).decode().rstrip("=")
        query = [(name, value) for name, value in self._request.query_params.multi_items() if name != "cursor"]
        address = f"{self._request.url.path}?{urlencode([*query, ('cursor', cursor)])}"
        self._response.headers["Link"] = f'<{address}>; rel="next"'
        return cursor


def _single(statement: Select[*tuple[Any, ...]]) -> bool:
    return len(statement.column_descriptions) == 1


def _same(text: str) -> str:
    return text


_READ: Final[dict[type, Any]] = {datetime: datetime.fromisoformat, UUID: UUID, int: int, float: float, bool: json.loads}


def _write(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)


def _after(order: Sequence[Key], values: Sequence[Any]) -> ColumnElement[bool]:
    """Rows behind the given one: (a > :a) or (a = :a and b > :b) or ..."""
    alternatives = [
        and_(*(order[i].column == values[i] for i in range(depth)), order[depth].beyond(values[depth]))
        for depth in range(len(order))
    ]
    first = order[0].column <= values[0] if order[0].descending else order[0].column >= values[0]
    # The first comparison is implied by the rest; written out, it lets an index be entered at the right place.
    return and_(first, or_(*alternatives))


def _bound(request: Request) -> bytes:
    """What a cursor belongs to: the path, and every parameter but the cursor and the limit."""
    rest = sorted(item for item in request.query_params.multi_items() if item[0] not in {"cursor", "limit"})
    return hashlib.sha256(repr((request.url.path, rest)).encode("utf-8", "surrogatepass")).digest()


def _refused() -> Invalid:
    return Invalid.field("/cursor", "cursor", "is not a cursor of this list, sort and filters", place="query")


def _opened(request: Request, cursor: str) -> list[str]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise _refused() from None
    signature, message = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    secret: Secret = request.app.state.secret
    if not secret.signed(_PURPOSE, _bound(request) + message, signature):
        raise _refused()
    values: list[str] = json.loads(message)
    return values


async def _paging(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="How many to list at most.")] = LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=2_000, description="`next` of the page before; the first page has none.")
    ] = None,
) -> Paging:
    return Paging(limit, None if cursor is None else _opened(request, cursor), request, response)


Asked = Annotated[Paging, Depends(_paging)]
"""The dependency of a route that lists."""
