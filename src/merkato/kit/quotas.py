"""How many requests a caller may send in a minute, told with each answer (`RateLimit`, draft-ietf-httpapi-ratelimit-headers).

It is decided before the body is read and before the database is asked. A token counts for its caller once this process has seen that it is
good, and for the network address before that: nobody gets more by inventing tokens.
"""

import asyncio
from collections.abc import Mapping
from math import ceil
from typing import Final, Generic, NamedTuple, TypeVar
from zlib import crc32

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from merkato.kit import clock
from merkato.kit.errors import TooMany
from merkato.kit.http import problem_response
from merkato.kit.security import token_hash
from merkato.kit.throttle import Throttle, network_of

WINDOW: Final = 60
"""Seconds for which a quota is given, from a caller's first request on."""
KEPT_MAX: Final = 50_000
"""How many callers, and how many tokens, are remembered before the oldest half of them is forgotten."""
KNOWN_SECONDS: Final = 600
"""How long it is believed, at most, whose token it is; it only decides which quota pays for a request."""
SHARE: Final = 20
"""Of a quota that several processes have together, each takes a twentieth at once."""
ADDRESS: Final = "address"
"""The kind of caller of whom nothing else is known."""
_COUNTED: Final = "/v1/"
_CALLER: Final = "merkato.caller"

V = TypeVar("V")


class Policy(NamedTuple):
    """How many requests each caller of a kind may send within `WINDOW`; 0: as many as they like."""

    name: str
    quota: int


class Standing(NamedTuple):
    """Whether a request is let in, how many more there may be, and after how many seconds the quota is given anew."""

    granted: bool
    remaining: int
    seconds: int


class Recent(Generic[V]):
    """What was put here lately: for at least half of `seconds`, unless more than `KEPT_MAX` others came since."""

    def __init__(self, seconds: float) -> None:
        self._half = seconds / 2
        self._new: dict[str, V] = {}
        self._old: dict[str, V] = {}
        self._turns_at = 0.0

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def get(self, name: str, now: float) -> V | None:
        self._turn(now)
        found = self._new.get(name)
        return found if found is not None else self._old.get(name)

    def put(self, name: str, value: V, now: float) -> None:
        self._turn(now, full=len(self._new) * 2 >= KEPT_MAX)
        self._new[name] = value

    def drop(self, name: str) -> None:
        self._new.pop(name, None)
        self._old.pop(name, None)

    def _turn(self, now: float, *, full: bool = False) -> None:
        if now >= self._turns_at or full:
            # Nothing is looked through: what nobody has put again since the last turn goes as a whole.
            self._old = self._new if now < self._turns_at + self._half else {}
            self._new, self._turns_at = {}, now + self._half


class _Count:
    """One caller's minute: what this process may still let in, and what of the quota nobody has taken as far as it knows."""

    __slots__ = ("ends_at", "left", "lock", "untaken")

    def __init__(self, ends_at: float, left: int, untaken: int) -> None:
        self.ends_at, self.left, self.untaken = ends_at, left, untaken
        self.lock = asyncio.Lock() if untaken else None


class Counts:
    """How much of their quotas callers have used, in this process; with a Redis, out of shares that it takes there.

    A round trip for each request would cost more than many an answer. By shares it is one in twenty at the most, and what all processes
    let in together is never more than the quota. What one of them has taken and not used is lost to the others until the minute ends.
    """

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._counts = Recent[_Count](2 * WINDOW)

    def __len__(self) -> int:
        return len(self._counts)

    async def take(self, policy: Policy, who: str, now: float) -> Standing:
        """Count one request of a caller, at this moment (seconds since 1970)."""
        name = f"{policy.name} {who}"
        count = self._counts.get(name, now)
        if count is None or not 0 < count.ends_at - now <= WINDOW:
            count = self._begun(policy, name, now)
            self._counts.put(name, count, now)
        while not count.left and count.untaken and count.lock is not None:
            async with count.lock:
                if not count.left and count.untaken:
                    await self._take_share(policy, name, count)
        granted = count.left > 0
        count.left -= granted
        return Standing(granted, count.left + count.untaken, ceil(count.ends_at - now))

    def _begun(self, policy: Policy, name: str, now: float) -> _Count:
        if not self._throttle.shared:
            return _Count(now + WINDOW, policy.quota, 0)
        # All processes agree on when a caller's minute ends; that of another one ends at another second.
        begun = crc32(name.encode()) % WINDOW
        return _Count(now + WINDOW - (int(now) + begun) % WINDOW - now % 1, 0, policy.quota)

    async def _take_share(self, policy: Policy, name: str, count: _Count) -> None:
        share = min(max(policy.quota // SHARE, 1), count.untaken)
        taken = await self._throttle.add(f"{name} {round(count.ends_at)}", share, seconds=2 * WINDOW)
        # While Redis does not answer, this process has the rest for itself.
        before = policy.quota - count.untaken if taken is None else taken - share
        count.left = max(min(share, policy.quota - before), 0)
        count.untaken = max(policy.quota - before - share, 0)


class _Caller:
    """Whose request it turns out to be."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known: tuple[str, str] | None = None


def recognise(scope: Scope, kind: str, who: str) -> None:
    """Say whose request this is, now that its token has proved good: the next ones count for them."""
    caller: _Caller | None = scope.get(_CALLER)
    if caller is not None:
        caller.known = (kind, who)


class Quotas:
    """Lets each caller in as often as their quota says, and tells them where they stand; whoever has used it up gets 429.

    `policies` has a quota for each kind of caller, `at` the kind whose quota counts for paths that begin in a certain way, by address.
    """

    def __init__(
        self, app: ASGIApp, *, throttle: Throttle, policies: Mapping[str, int], at: Mapping[str, str] | None = None
    ) -> None:
        self.app = app
        self._counts = Counts(throttle)
        self._policies = {kind: Policy(kind, quota) for kind, quota in policies.items()}
        self._at = tuple((path, self._policies[kind]) for path, kind in (at or {}).items())
        self._known = Recent[tuple[str, str]](KNOWN_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_COUNTED):
            await self.app(scope, receive, send)
            return
        token, caller = _token(scope), _Caller()
        now = clock.now().timestamp()
        policy, who = self._whose(scope, token, now)
        standing = await self._counts.take(policy, who, now) if policy.quota else None

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                if standing is not None:
                    message["headers"] = [*message["headers"], *_headers(policy, standing)]
                if token is not None:
                    self._learn(token, caller, message["status"], now)
            await send(message)

        if standing is None or standing.granted:
            scope[_CALLER] = caller
            await self.app(scope, receive, told)
        else:
            await problem_response(_refusal(policy, standing), Request(scope))(scope, receive, told)

    def _whose(self, scope: Scope, token: str | None, now: float) -> tuple[Policy, str]:
        """The quota that pays for a request, and whose it is."""
        address = network_of(scope["client"][0]) if scope.get("client") else ""
        for path, policy in self._at:
            if scope["path"].startswith(path):
                return policy, address
        kind, who = (self._known.get(token, now) if token is not None else None) or (ADDRESS, address)
        return self._policies[kind], who

    def _learn(self, token: str, caller: _Caller, status: int, now: float) -> None:
        if caller.known is not None:
            if self._known.get(token, now) is None:
                self._known.put(token, caller.known, now)
        elif status == 401:
            self._known.drop(token)


def _token(scope: Scope) -> str | None:
    """What a request authenticates itself with, as a hash."""
    sent = next((value for name, value in scope["headers"] if name == b"authorization"), None)
    return None if sent is None else token_hash(sent.decode("latin-1")).hex()


def _headers(policy: Policy, standing: Standing) -> list[tuple[bytes, bytes]]:
    return [
        (b"ratelimit-policy", f'"{policy.name}";q={policy.quota};w={WINDOW}'.encode()),
        (b"ratelimit", f'"{policy.name}";r={standing.remaining};t={standing.seconds}'.encode()),
    ]


def _refusal(policy: Policy, standing: Standing) -> TooMany:
    problem = TooMany(
        f"{policy.quota} requests in {WINDOW} seconds are allowed for each {policy.name}.",
        headers={"Retry-After": str(standing.seconds)},
    )
    problem.members["violated-policies"] = [policy.name]
    return problem
