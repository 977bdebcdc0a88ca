"""The database: who may commit, what a reader sees, and what is tried again.

`transaction()` holds the only commit in the code. `reading()` is one statement on its own, `snapshot()` several that must agree.
`run()` does a whole unit again when the database asks for it; requests get the same from `kit.http`. `at_the_end()` is for the
statement on which others wait until the COMMIT, `listen()` for what other processes tell.
"""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Concatenate, Final, ParamSpec, TypeVar

import asyncpg
from sqlalchemy import event, exc, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.pool import NullPool

from merkato.kit import audit
from merkato.kit.errors import Busy, Problem, Unavailable, of_constraint
from merkato.kit.loops import any_of

ATTEMPTS: Final = 5
"""How often a unit is tried in all before the caller is told 503."""

_RETRIED_STATES: Final = {
    "40001",  # serialization failure
    "40P01",  # deadlock
    "25006",  # read-only: a standby that has not been promoted yet
    "57P01",  # the server is shutting down
    "57P02",
    "57P03",  # the server is starting
    "0A000",  # a prepared statement whose table has changed ("cached plan must not change result type")
    "26000",  # a prepared statement that a connection pooler has dropped
}
TASKS: Final = "tasks"
"""What the tables of background tasks name as their schema: that of the store's name with `_tasks` behind it."""
_MAY_COMMIT: Final = "may_commit"
_LAST: Final = "last"

# Parameters of a URL: what libpq calls otherwise than asyncpg, what we decide ourselves, and what asyncpg takes.
_DRIVER_NAMES: Final = {"sslmode": "ssl"}
_PASSED_OVER: Final = frozenset({"application_name", "channel_binding", "connect_timeout", "gssencmode"})
_PARAMETERS: Final = frozenset(
    {"host", "port", "user", "password", "database", "ssl", "passfile", "target_session_attrs"}
)

_REASONS: Final = {
    "28000": "it refuses the user or the password",
    "28P01": "it refuses the user or the password",
    "3D000": "it has no database of that name",
    "42501": "its user lacks a privilege",
    "53300": "it takes no more connections",
    "57P03": "it is starting or stopping",
}
_REASONS_OF_KINDS: Final = (
    (socket.gaierror, "its host is unknown"),
    (TimeoutError, "it does not answer in time"),
    ((ConnectionRefusedError, FileNotFoundError), "nothing answers at its address"),
    (asyncpg.ClientConfigurationError, "its URL asks for something that is not there, as a certificate"),
    (OSError, "the connection failed"),
)

_LISTENING: Final = {
    "timeout": 10,
    # A silent connection whose other end is gone is found out within about a minute.
    "server_settings": {"application_name": "merkato listen", "tcp_keepalives_idle": "30", "tcp_keepalives_count": "3"},
}

P = ParamSpec("P")
T = TypeVar("T")


class OutcomeUnknown(Exception):  # noqa: N818 - it is not known to be an error.
    """The connection was lost during COMMIT: what was asked may have happened or not."""


class _Guarded(SyncSession):
    """A session that only `Database.transaction` can commit."""


@event.listens_for(_Guarded, "before_commit")
def _refuse_foreign_commits(session: SyncSession) -> None:
    if not session.in_nested_transaction() and not session.info.get(_MAY_COMMIT):
        raise RuntimeError("Only Database.transaction() commits; a service works in its caller's transaction.")


class _Changing(_Guarded):
    """The session of a transaction: what staff change in it is noted in the audit log."""


audit.watch(_Changing)


class Session(AsyncSession):
    """One unit of work on one connection. It rolls back unless the `Database.transaction` that made it ends well."""

    sync_session_class = _Guarded


class Database:
    """The connections of one store to its PostgreSQL; connects when first used."""

    def __init__(  # noqa: PLR0913 - each is a setting.
        self,
        url: str,
        *,
        replica_url: str | None = None,
        direct_url: str | None = None,
        schema: str = "public",
        pool_size: int = 10,
        pool_timeout: float = 20,
        lock_timeout: float = 15,
        statement_timeout: float = 30,
    ) -> None:
        self.url = dsn(url)
        self.schema = schema
        limits = {
            "application_name": "merkato",
            "timezone": "UTC",
            "jit": "off",
            "lock_timeout": str(int(lock_timeout * 1000)),
            "statement_timeout": str(int(statement_timeout * 1000)),
            "idle_in_transaction_session_timeout": "60000",
        }

        def engine(to: URL, **settings: str) -> AsyncEngine:
            return create_async_engine(
                to,
                pool_size=pool_size,
                max_overflow=0,
                pool_timeout=pool_timeout,
                pool_use_lifo=True,
                hide_parameters=True,
                connect_args={
                    "server_settings": limits | settings,
                    "timeout": 10,
                    "prepared_statement_cache_size": 500,
                },
                execution_options={"schema_translate_map": {None: schema, TASKS: f"{schema}_tasks"}},
            )

        self._writer = engine(self.url)
        self._reader = engine(self.url, default_transaction_read_only="on")
        self._replica = engine(dsn(replica_url), default_transaction_read_only="on") if replica_url else self._reader
        self._direct_url = dsn(direct_url) if direct_url else self.url
        self._snapshot = self._reader.execution_options(isolation_level="REPEATABLE READ")

    @property
    def pools(self) -> dict[str, AsyncEngine]:
        """What keeps connections, by what they are for."""
        pools = {"changes": self._writer, "reads": self._reader, "replica": self._replica}
        return {name: engine for name, engine in pools.items() if name != "replica" or engine is not self._reader}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """A unit of changes, committed when the block ends and rolled back when it raises.

        Raises OutcomeUnknown when the connection is lost at COMMIT, and whatever the database says before.
        """
        async with Session(self._writer, expire_on_commit=False, sync_session_class=_Changing) as session:
            yield session
            await session.flush()
            await audit.write(session)
            for step in session.info.pop(_LAST, ()):
                await step(session)
            session.info[_MAY_COMMIT] = True
            try:
                await session.commit()
            except Exception as error:
                if lost(error):
                    raise OutcomeUnknown from error
                raise

    @asynccontextmanager
    async def reading(self, *, may_lag: bool = False) -> AsyncIterator[Session]:
        """For one statement: no transaction around it, and the database refuses changes. What may lag is asked of the replica."""
        engine = self._replica if may_lag else self._reader
        async with Session(engine.execution_options(isolation_level="AUTOCOMMIT")) as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """For several statements that must see the same moment; the database refuses changes."""
        async with Session(self._snapshot) as session:
            yield session

    async def run(self, step: Callable[Concatenate[Session, P], Awaitable[T]], *args: P.args, **options: P.kwargs) -> T:
        """Run a step in a transaction of its own, again if the database asks for it.

        The step must be safe to repeat: it may have happened although its answer was lost. Raises Unavailable after
        the last attempt.
        """
        for attempt in range(ATTEMPTS):
            try:
                async with self.transaction() as session:
                    return await step(session, *args, **options)
            except Exception as error:
                if not (isinstance(error, OutcomeUnknown) or retried(error)):
                    raise
                await pause(attempt)
        raise Unavailable

    async def listen(self, channel: str, heard: Callable[[], object], until: asyncio.Event) -> None:
        """Tell of each notification on a channel, over a connection of its own, and once when that is made, for what came before.

        Raises when the connection cannot be made, or is lost.
        """
        engine = create_async_engine(self._direct_url, poolclass=NullPool, connect_args=_LISTENING)
        over = asyncio.Event()
        async with engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, asyncpg.Connection)  # noqa: S101 - `dsn` names no other driver.

            def on_notification(*_: object) -> None:
                heard()

            driver.add_termination_listener(lambda *_: over.set())
            await driver.add_listener(channel, on_notification)
            heard()
            await any_of([over, until])
        if over.is_set() and not until.is_set():
            raise ConnectionResetError("The connection that listens was lost.")

    async def check(self) -> None:
        """Raise what stands between us and the database, if anything."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._reader.dispose()
        await self._replica.dispose()


def at_the_end(session: Session, step: Callable[[Session], Awaitable[object]]) -> None:
    """Run a step right before the COMMIT of this transaction, after all else: others wait for the row that it locks.

    It runs even if a savepoint around this call was rolled back.
    """
    session.info.setdefault(_LAST, []).append(step)


def dsn(url: str) -> URL:
    """A database URL as users and hosting companies write it (`postgres://`, `?sslmode=require`), for the asyncpg driver.

    Raises ValueError, in words that do not quote it, for what is no such URL.
    """
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):
        raise ValueError("it must look like postgresql://user:password@host:5432/name") from None
    if parsed.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("it must begin with postgresql://, for only PostgreSQL will do")
    query = {_DRIVER_NAMES.get(name, name): value for name, value in parsed.query.items() if name not in _PASSED_OVER}
    if unknown := sorted(set(query) - _PARAMETERS):
        raise ValueError(f"its parameter {unknown[0][:40]} is not known here")
    return parsed.set(drivername="postgresql+asyncpg", query=query)


async def pause(attempt: int) -> None:
    """Wait a little before the next attempt; longer each time, and never together with the others."""
    await asyncio.sleep(random.uniform(0.5, 1) * 0.02 * 3**attempt)  # noqa: S311 - jitter is no secret.


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it wraps: SQLAlchemy keeps the driver's as `orig`, the driver asyncpg's as `__cause__`."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = getattr(current, "orig", None) or current.__cause__
    return chain


def _state(error: BaseException) -> str | None:
    return next((state for cause in _causes(error) if (state := getattr(cause, "sqlstate", None))), None)


def lost(error: BaseException) -> bool:
    """The connection broke, with or without an SQLSTATE."""
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return True
    state = _state(error)
    if state is not None:
        return state.startswith("08") or state in {"57P01", "57P02", "57P03"}
    return any(
        isinstance(cause, OSError | asyncpg.InterfaceError) and not isinstance(cause, TimeoutError)
        for cause in _causes(error)
        if not isinstance(cause, asyncpg.exceptions.DataError)
    )


def reason_of(error: BaseException) -> str | None:
    """Why the database cannot be used, in words for whoever runs the server; None when it is something else."""
    state = _state(error)
    if state in _REASONS:
        return _REASONS[state]
    words = (words for kinds, words in _REASONS_OF_KINDS for cause in _causes(error) if isinstance(cause, kinds))
    return next(words, "the connection broke" if lost(error) else None)


def retried(error: BaseException) -> bool:
    """Whether to run the whole unit again. Never after a unique violation: that is an answer, not an accident."""
    if isinstance(error, Problem | OutcomeUnknown):
        return False
    return _state(error) in _RETRIED_STATES or (isinstance(error, exc.DBAPIError | OSError) and lost(error))


def problem_of(error: BaseException) -> Problem | None:
    """What a failure of the database means for the client, or None when it is a fault of ours."""
    if isinstance(error, OutcomeUnknown):
        return Unavailable(
            "The connection to the database was lost while saving; it may be saved or not. Look before repeating."
        )
    if isinstance(error, exc.TimeoutError):
        return Unavailable("All connections to the database are in use.")
    if isinstance(error, exc.IntegrityError):
        name = next((name for cause in _causes(error) if (name := getattr(cause, "constraint_name", None))), "")
        return of_constraint(name or "")
    if _state(error) == "55P03":
        return Busy()
    if _state(error) == "57014" or retried(error) or _state(error) == "53300":
        return Unavailable()
    return None
