"""How often somebody may try: in one process, and together with others through a Redis that comes and goes."""

import time
from pathlib import Path

import pytest

from merkato.kit.errors import Conflict, NotFound, TooMany
from merkato.kit.throttle import Limit, Throttle, network_of
from services.redis import PROGRAM, free_port, redis

LIMIT, OTHER = Limit("test", 2, 60), Limit("other", 2, 60)


async def is_out(throttle: Throttle, who: str = "anna", limit: Limit = LIMIT) -> bool:
    try:
        await throttle.check(limit, who)
    except TooMany as refusal:
        return 1 <= int(refusal.headers["Retry-After"]) <= 60
    return False


async def test_tries_are_counted_for_each_alone() -> None:
    throttle = Throttle()
    for _ in range(2):
        assert not await is_out(throttle)
        await throttle.spend(LIMIT, "anna")
    with pytest.raises(TooMany):
        await throttle.spend(LIMIT, "anna")
    assert await is_out(throttle)
    assert not await is_out(throttle, "bert")
    assert not await is_out(throttle, limit=OTHER)
    await throttle.forgive(LIMIT, "anna")
    assert not await is_out(throttle)
    # Only the named refusals count.
    for kind in (Conflict, NotFound, Conflict):
        with pytest.raises(kind):
            async with throttle.counting(OTHER, "anna", Conflict):
                raise kind
    with pytest.raises(TooMany):
        async with throttle.counting(OTHER, "anna", Conflict):
            pytest.fail("Nobody comes in here.")


async def test_the_window_moves() -> None:
    throttle, short = Throttle(), Limit("short", 1, 1)
    await throttle.spend(short, "anna")
    assert await is_out(throttle, limit=short)
    while await is_out(throttle, limit=short):
        time.sleep(0.1)  # noqa: ASYNC251 - nothing else is under way.
    await throttle.spend(short, "anna")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_whom_an_address_stands_for(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.skipif(PROGRAM is None, reason="There is no Redis on this machine.")
async def test_several_processes_count_together_while_redis_answers(tmp_path: Path) -> None:
    port = free_port()
    async with redis(tmp_path, port) as url:
        one, two = Throttle(url), Throttle(url)
        await one.spend(LIMIT, "anna")
        await two.spend(LIMIT, "anna")
        assert await is_out(one)
        assert await is_out(two)
        await two.forgive(LIMIT, "anna")
        assert not await is_out(one)
        for _ in range(2):
            await one.spend(LIMIT, "bert")
    # It is away: each counts alone, and nobody is turned away for that.
    assert not await is_out(one, "bert")
    for _ in range(2):
        await one.spend(LIMIT, "bert")
    assert await is_out(one, "bert")
    assert not await is_out(two, "bert")
    async with redis(tmp_path, port):
        assert not await is_out(one, "bert")
        await two.spend(LIMIT, "bert")
        await one.spend(LIMIT, "bert")
        assert await is_out(two, "bert")
    await one.close()
    await two.close()
