"""The Idempotency-Key header (IETF draft): the same request sent again gets the first answer again.

The key's row is written in the transaction of its effect, so that both are there or neither. A second request with the same key waits
on the row's unique constraint. A flow that asks outside services holds a lease instead, and leaves its answer at its end.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Self
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import Index, LargeBinary, SmallInteger, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit import clock, ids
from merkato.kit.errors import BadRequest, Conflict, Invalid
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Row
from merkato.kit.security import Secret

HEADER: Final = "idempotency-key"
REPLAYED: Final = "Idempotent-Replayed"
LEASE: Final = timedelta(seconds=60)
KEPT: Final = timedelta(hours=24)
KEPT_FOR_MONEY: Final = timedelta(days=30)
_KEPT_HEADERS: Final = ("location", "retry-after", "content-type")
_PURPOSE: Final = "idempotency"
AGAIN_SOON: Final = MappingProxyType({"retry-after": "2"})
"""For a 202: the outcome is open, and the same request may be sent again after so many seconds."""


class IdempotencyKeyRow(Row):
    """A key that was used, by whom and for what (as HMACs), and the sealed answer once there is one.

    `caller` says whose it is also without the key: by it the answers to somebody are forgotten with them.
    """

    __tablename__ = "idempotency_keys"
    privacy: ClassVar[Privacy] = says(sealed="scope request caller answer")

    scope: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    request: Mapped[bytes] = mapped_column(LargeBinary)
    caller: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    holder: Mapped[UUID]
    leased_until: Mapped[datetime | None]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[Created]
    expires_at: Mapped[datetime]

    __table_args__ = (Index(None, "expires_at"),)


class KeyMissing(BadRequest):
    """This operation moves money and asks for an `Idempotency-Key` header, so that a repeat is not a second payment."""

    code, title = "idempotency-key-missing", "An Idempotency-Key is needed"
    fix = "Send an `Idempotency-Key` header with a fresh random value (a UUID), and the same value when you repeat the request."


class KeyReused(Invalid):
    """The `Idempotency-Key` was used before with another body."""

    code, title = "idempotency-key-reused", "This Idempotency-Key was used for something else"
    fix = "Use a fresh key for a new request; repeat a request with exactly the same body."


class StillRunning(Conflict):
    """The first request with this `Idempotency-Key` has not been answered yet."""

    code, title = "still-running", "The first request is still running"
    fix = "Send the same request with the same key again in a moment."


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered first; `repeated` when it is given again."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    repeated: bool = False

    @classmethod
    def showing(cls, view: BaseModel, status: int = 200, headers: Mapping[str, str] = MappingProxyType({})) -> Self:
        """The answer that says what is seen now, as a route would."""
        return cls(status, {"content-type": "application/json", **headers}, view.model_dump_json().encode())

    def response(self) -> Response:
        """The answer as it is sent, marked if it is a repeat."""
        return Response(self.body, self.status, {**self.headers, **({REPLAYED: "true"} if self.repeated else {})})


class Start(Enum):
    """How a claim begins when there is no answer yet."""

    FRESH = "fresh"
    RESUMED = "resumed"
    """This key's first request began and was never answered: its process died, or the outcome is still open."""


class Replayed(Exception):  # noqa: N818 - not an error: it carries the answer out of the route.
    """This request was answered before."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("answered before")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Claim:
    """One request under one key. `holder` is this very attempt, so that a retried transaction finds its own row."""

    scope: bytes
    request: bytes
    holder: UUID
    secret: Secret
    caller: bytes | None = None

    async def begin(
        self, session: AsyncSession, *, kept: timedelta = KEPT, lease: timedelta | None = None
    ) -> Answer | Start:
        """Take the key, as the first statement of its effect; an Answer if it was answered before.

        Raises KeyReused for another body, and StillRunning while another holder's lease runs.
        """
        moment = clock.now()
        fresh = {
            "request": self.request,
            "caller": self.caller,
            "holder": self.holder,
            "leased_until": moment + lease if lease else None,
            "status": None,
            "answer": None,
            "created_at": moment,
            "expires_at": moment + kept,
        }
        taken = insert(IdempotencyKeyRow).values(scope=self.scope, **fresh)
        taken = taken.on_conflict_do_update(
            index_elements=[IdempotencyKeyRow.scope], set_=fresh, where=IdempotencyKeyRow.expires_at <= moment
        )
        if await session.scalar(taken.returning(IdempotencyKeyRow.holder)):
            return Start.FRESH
        row = await session.scalar(
            select(IdempotencyKeyRow)
            .where(IdempotencyKeyRow.scope == self.scope)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if row is None or row.request != self.request:
            raise KeyReused
        if row.status is not None and (answer := self._opened(row)) is not None:
            return answer
        if row.holder != self.holder and row.leased_until is not None and row.leased_until > moment:
            raise StillRunning(headers={"Retry-After": "1"})
        row.holder, row.leased_until = self.holder, moment + lease if lease else None
        return Start.RESUMED

    async def keep(self, session: AsyncSession, answer: Answer) -> None:
        """Leave the answer for repeats, in the transaction of the effect (or of the flow's last step)."""
        content = json.dumps([answer.headers, answer.body.decode()]).encode()
        await session.execute(
            update(IdempotencyKeyRow)
            .where(IdempotencyKeyRow.scope == self.scope, IdempotencyKeyRow.holder == self.holder)
            .values(status=answer.status, answer=self.secret.seal(_PURPOSE, content), leased_until=None)
        )

    async def rest(self, session: AsyncSession) -> None:
        """End the lease without an answer: the outcome is open, and the next request with this key goes on from there."""
        await session.execute(
            update(IdempotencyKeyRow)
            .where(IdempotencyKeyRow.scope == self.scope, IdempotencyKeyRow.holder == self.holder)
            .values(leased_until=None)
        )

    async def release(self, session: AsyncSession) -> None:
        """Forget the key of a flow that was refused and changed nothing."""
        await session.execute(
            delete(IdempotencyKeyRow).where(
                IdempotencyKeyRow.scope == self.scope,
                IdempotencyKeyRow.holder == self.holder,
                IdempotencyKeyRow.status.is_(None),
            )
        )

    def _opened(self, row: IdempotencyKeyRow) -> Answer | None:
        content = self.secret.unseal(_PURPOSE, row.answer or b"")
        if content is None or row.status is None:
            return None
        headers, body = json.loads(content)
        return Answer(row.status, headers, body.encode(), repeated=True)


def claim(request: Request, caller: str) -> Claim | None:
    """The claim that a request makes by its header, or None without one. `caller` names who asks, in one stable word."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise Invalid.field(
            f"/{HEADER}", "idempotency-key", "must be 1 to 255 visible ASCII characters", place="header"
        )
    secret: Secret = request.app.state.secret
    what = f"{caller}\n{request.method}\n{request.url.path}\n{key}".encode()
    return Claim(
        secret.sign("idempotency-scope", what),
        secret.sign("idempotency-request", request.scope["body"]),
        ids.new(),
        secret,
        _known_as(secret, caller),
    )


def claim_required(request: Request, caller: str) -> Claim:
    """The claim of a request to a route that is marked K. Raises KeyMissing."""
    found = claim(request, caller)
    if found is None:
        raise KeyMissing
    return found


def answer_of(response: Response) -> Answer:
    """What of a response is kept for repeats."""
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return Answer(response.status_code, headers, bytes(response.body))


async def forget(session: AsyncSession, secret: Secret, callers: Collection[str]) -> None:
    """Forget the keys of these callers, with the answers that were kept for them."""
    known = [_known_as(secret, caller) for caller in callers]
    await session.execute(delete(IdempotencyKeyRow).where(IdempotencyKeyRow.caller.in_(known)))


def _known_as(secret: Secret, caller: str) -> bytes:
    return secret.sign("idempotency-caller", caller.encode())


async def delete_expired(session: AsyncSession) -> None:
    """Forget keys whose time is over. For the worker's sweep."""
    await session.execute(delete(IdempotencyKeyRow).where(IdempotencyKeyRow.expires_at <= clock.now()))


async def _required(
    idempotency_key: Annotated[
        str | None,
        Header(description="A random value of your own, the same when you repeat the request. Required here."),
    ] = None,
) -> str:
    if idempotency_key is None:
        raise KeyMissing
    return idempotency_key


KeyRequired = Depends(_required)
"""For `dependencies=[...]` of a route that is marked K in the API: 400 without the header."""
