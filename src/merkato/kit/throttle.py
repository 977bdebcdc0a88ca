"""How often somebody may try something: counted in a moving window, by this process or in a Redis that several share."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Any, Final, TypeVar

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool

from merkato.kit.errors import Problem, TooMany
from merkato.kit.security import token_hash

REDIS_PATIENCE: Final = 1.0
"""Seconds that Redis has to take a connection, and for one answer."""
REDIS_PAUSE: Final = 5.0
"""Seconds that a Redis is left alone that has not answered, by what must not wait for it at each request."""
_OF_ONE_SITE: Final = 64
"""The bits of an IPv6 address that tell sites apart: behind them, one customer of a provider has as many addresses as they like."""

_log = structlog.get_logger("merkato.throttle")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tries somebody has within so many seconds. `name` keeps the counts of two limits apart."""

    name: str
    tries: int
    seconds: int

    @property
    def item(self) -> RateLimitItemPerSecond:
        return RateLimitItemPerSecond(self.tries, self.seconds, namespace=f"merkato-{self.name}")


class Throttle:
    """Counts tries. Whose they are is kept as a hash: neither memory nor Redis holds an address.

    While Redis does not answer, each process counts on its own: a cache that is away must not keep customers out, nor let everybody in.
    """

    def __init__(self, redis_url: str | None = None) -> None:
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._pool: ConnectionPool | None = None
        self._shared: MovingWindowRateLimiter | None = None
        self._storage: RedisStorage | None = None
        self._away_until = 0.0
        if redis_url is not None:
            patience = {"socket_connect_timeout": REDIS_PATIENCE, "socket_timeout": REDIS_PATIENCE}
            self._pool = ConnectionPool.from_url(redis_url, **patience)
            self._storage = _redis(redis_url, self._pool)
            self._shared = MovingWindowRateLimiter(self._storage)

    @property
    def shared(self) -> bool:
        """Whether there is a Redis, even if it does not answer."""
        return self._storage is not None

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._pool is not None:
            await self._pool.disconnect()

    async def spend(self, limit: Limit, who: str) -> None:
        """Count one try. Raises TooMany when none was left."""
        if not await self._asked(lambda counts: counts.hit(limit.item, _key(who))):
            raise await self._refusal(limit, who)

    async def check(self, limit: Limit, who: str) -> None:
        """Count nothing. Raises TooMany when no try is left."""
        if not await self._asked(lambda counts: counts.test(limit.item, _key(who))):
            raise await self._refusal(limit, who)

    async def forgive(self, limit: Limit, who: str) -> None:
        """Forget the tries so far."""
        await self._asked(lambda counts: counts.clear(limit.item, _key(who)))

    @asynccontextmanager
    async def counting(self, limit: Limit, who: str, *refusals: type[Problem]) -> AsyncIterator[None]:
        """Count what is refused inside of the block, and let nobody in who has no try left (TooMany).

        Requests that are under way at once may each get their refusal: what must hold exactly, `spend`s beforehand.
        """
        await self.check(limit, who)
        try:
            yield
        except refusals:
            await self._asked(lambda counts: counts.hit(limit.item, _key(who)))
            raise

    async def add(self, name: str, amount: int, *, seconds: int) -> int | None:
        """Add to a count that is forgotten after so many seconds: how much it is now, or None while no Redis answers."""
        if self._storage is None or time.monotonic() < self._away_until:
            return None
        try:
            return await self._storage.incr(f"merkato-{_key(name)}", seconds, amount)
        except StorageError as failure:
            _log.warning("redis", cause=type(failure.storage_error).__name__)
            self._away_until = time.monotonic() + REDIS_PAUSE
            return None

    async def _refusal(self, limit: Limit, who: str) -> TooMany:
        stats = await self._asked(lambda counts: counts.get_window_stats(limit.item, _key(who)))
        wait = min(max(ceil(stats.reset_time - time.time()), 1), limit.seconds)
        return TooMany("There were too many tries.", headers={"Retry-After": str(wait)})

    async def _asked(self, question: Callable[[MovingWindowRateLimiter], Awaitable[T]]) -> T:
        if self._shared is not None:
            try:
                return await question(self._shared)
            except StorageError as failure:
                _log.warning("redis", cause=type(failure.storage_error).__name__)
        return await question(self._own)


def network_of(address: str) -> str:
    """Whom a network address stands for: itself, or of an IPv6 address the network of its site."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped or ip_network((int(parsed), _OF_ONE_SITE), strict=False))
    return str(parsed)


def _key(who: str) -> str:
    return token_hash(who).hex()[:32]


def _redis(url: str, pool: ConnectionPool) -> RedisStorage:
    # The pool is ours, because the library has no way to close its own.
    options: dict[str, Any] = {"connection_pool": pool}
    return RedisStorage(url, wrap_exceptions=True, implementation="redispy", **options)
