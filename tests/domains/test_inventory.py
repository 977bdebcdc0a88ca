"""Stock: never more promised than there is, whoever asks at the same time."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from doors import SignIn
from make import products
from merkato.domains.inventory import queries, service
from merkato.domains.inventory.errors import OutOfStock
from merkato.domains.inventory.models import Stock
from merkato.kit import clock
from merkato.kit.database import Database, Session
from merkato.kit.ids import new


async def hold(database: Database, holder: UUID, quantities: dict[UUID, int], minutes: int = 15) -> bool:
    """Whether there was enough."""
    until = clock.now() + timedelta(minutes=minutes)
    try:
        async with database.transaction() as session:
            await service.hold(session, holder, quantities, until=until)
    except OutOfStock:
        return False
    return True


async def allocate(database: Database, holder: UUID, order: UUID, quantities: dict[UUID, int]) -> None:
    async with database.transaction() as session:
        await service.allocate(session, holder, order, quantities)


async def release(database: Database, holder: UUID) -> bool:
    async with database.transaction() as session:
        return await service.release(session, holder)


async def cancel(database: Database, order: UUID) -> bool:
    async with database.transaction() as session:
        return await service.release_allocations(session, order)


async def stock(database: Database, variant: UUID) -> tuple[int, int]:
    """On hand and reserved."""
    async with database.reading() as session:
        found = await queries.stock(session, variant)
    assert found is not None
    return found.on_hand, found.reserved


async def availability(client: httpx.AsyncClient, slug: str) -> str:
    shown: str = (await client.get(f"/v1/products/{slug}")).json()["availability"]
    return shown


async def test_as_many_holds_succeed_as_there_are_units(database: Database, client: httpx.AsyncClient) -> None:
    made = await products.product(database, stock=5)
    variant = made["variant_id"]
    assert await availability(client, made["slug"]) == "in_stock"

    async def take() -> None:
        async with database.transaction() as session:
            await service.hold(session, new(), {variant: 1}, until=clock.now())

    done = await asyncio.gather(*(take() for _ in range(25)), return_exceptions=True)
    refusals = [each for each in done if each is not None]
    assert len(refusals) == 20
    # Each is told what is there, although others were at it at the same moment.
    short = {"variants": [{"variant_id": str(variant), "requested": 1, "available": 0}]}
    assert [each.members for each in refusals if isinstance(each, OutOfStock)] == [short] * 20
    assert await stock(database, variant) == (5, 5)
    assert await availability(client, made["slug"]) == "out_of_stock"


async def test_a_refusal_names_each_short_variant_and_takes_nothing(database: Database) -> None:
    enough, short = [(await products.product(database, stock=count))["variant_id"] for count in (10, 2)]
    with pytest.raises(OutOfStock) as refusal:
        async with database.transaction() as session:
            await service.hold(session, new(), {enough: 3, short: 3}, until=clock.now())
    assert refusal.value.members == {"variants": [{"variant_id": str(short), "requested": 3, "available": 2}]}
    assert (await stock(database, enough), await stock(database, short)) == ((10, 0), (2, 0))


async def test_buyers_with_lines_in_opposite_order_do_not_wait_for_each_other(database: Database) -> None:
    one, two = [(await products.product(database, stock=100))["variant_id"] for _ in range(2)]
    orders = [{one: 1, two: 1} if number % 2 else {two: 1, one: 1} for number in range(30)]
    # A deadlock would raise: this does not go through the repeats of a request.
    assert all(await asyncio.gather(*(hold(database, new(), quantities) for quantities in orders)))
    assert (await stock(database, one), await stock(database, two)) == ((100, 30), (100, 30))


async def test_stock_is_locked_in_key_order(database: Database) -> None:
    low, high = sorted([(await products.product(database, stock=100))["variant_id"] for _ in range(2)])

    async def lock(session: Session, variant: UUID) -> None:
        await session.execute(select(Stock).where(Stock.variant_id == variant).with_for_update(nowait=True))

    for quantities in ({low: 1, high: 1}, {high: 1, low: 1}) * 4:
        # The first in the table is now the last in key order.
        await hold(database, new(), {low: 1})
        async with database.transaction() as session:
            await lock(session, low)
            waiting = asyncio.create_task(hold(database, new(), quantities))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            async with database.transaction() as other:
                # Who waits for the first has not taken the second.
                await lock(other, high)
        assert await waiting


async def test_holding_again_replaces_the_hold(database: Database) -> None:
    one, two = [(await products.product(database, stock=5))["variant_id"] for _ in range(2)]
    holder = new()
    assert await hold(database, holder, {one: 5})
    assert await hold(database, holder, {one: 4, two: 1})
    assert (await stock(database, one), await stock(database, two)) == ((5, 4), (5, 1))
    assert not await hold(database, holder, {one: 6})
    assert await stock(database, one) == (5, 4)
    assert await hold(database, holder, {two: 5})
    assert (await stock(database, one), await stock(database, two)) == ((5, 0), (5, 5))


async def test_a_hold_is_freed_once(database: Database, client: httpx.AsyncClient) -> None:
    made = await products.product(database, stock=3)
    variant, holder, other = made["variant_id"], new(), new()
    await hold(database, holder, {variant: 2})
    await hold(database, other, {variant: 1})
    assert await availability(client, made["slug"]) == "out_of_stock"
    freed = await asyncio.gather(*(release(database, holder) for _ in range(8)))
    assert sum(freed) == 1
    assert await stock(database, variant) == (3, 1)
    assert await availability(client, made["slug"]) == "in_stock"


async def test_a_hold_becomes_an_allocation_that_is_given_back_once(database: Database) -> None:
    variant = (await products.product(database, stock=3))["variant_id"]
    holder, order = new(), new()
    await hold(database, holder, {variant: 2})
    await allocate(database, holder, order, {variant: 2})
    assert await stock(database, variant) == (3, 2)
    assert await release(database, holder) is False
    assert await stock(database, variant) == (3, 2)
    assert sum(await asyncio.gather(*(cancel(database, order) for _ in range(8)))) == 1
    assert await stock(database, variant) == (3, 0)


async def test_a_hold_that_is_gone_is_taken_anew_if_there_is_enough(database: Database) -> None:
    variant = (await products.product(database, stock=2))["variant_id"]
    late, quick = new(), new()
    await hold(database, late, {variant: 2})
    await release(database, late)
    await allocate(database, late, new(), {variant: 1})
    assert await stock(database, variant) == (2, 1)
    await hold(database, quick, {variant: 1})
    with pytest.raises(OutOfStock):
        await allocate(database, late, new(), {variant: 1})
    assert await stock(database, variant) == (2, 2)
    # Of a hold that is too small only the rest is taken anew.
    await allocate(database, quick, new(), {variant: 1})
    assert await stock(database, variant) == (2, 2)


async def test_untracked_variants_are_passed_over(database: Database, client: httpx.AsyncClient) -> None:
    made = await products.product(database, stock=None)
    assert await availability(client, made["slug"]) == "in_stock"
    assert await hold(database, new(), {made["variant_id"]: 9_999})
    async with database.reading() as session:
        assert await queries.stock(session, made["variant_id"]) is None


async def test_the_database_refuses_to_oversell(database: Database) -> None:
    variant = (await products.product(database, stock=2))["variant_id"]
    for change in ("reserved = 3", "reserved = -1", "on_hand = -1"):
        with pytest.raises(IntegrityError):
            async with database.transaction() as session:
                await session.execute(text(f"UPDATE inventory_stock SET {change}"))
    assert await stock(database, variant) == (2, 0)


async def test_stock_is_counted_and_moved(database: Database, sign_in: SignIn) -> None:
    staff = await sign_in("Staff", "staff")
    made = await products.product(database, stock=None, variant={"track_stock": True})
    url = f"/v1/variants/{made['variant_id']}/stock"
    assert await availability(staff, made["slug"]) == "out_of_stock"
    assert (await staff.get(url)).json() == {"on_hand": 0, "reserved": 0, "available": 0}
    counted = await staff.put(url, json={"on_hand": 8})
    assert (counted.status_code, counted.json()) == (200, {"on_hand": 8, "reserved": 0, "available": 8})
    assert await availability(staff, made["slug"]) == "in_stock"
    moved = await staff.post(f"{url}/movements", json={"delta": -3, "reason": "broken"})
    assert (moved.status_code, moved.json()["on_hand"]) == (201, 5)
    await hold(database, new(), {made["variant_id"]: 4})
    assert (await staff.get(url)).json() == {"on_hand": 5, "reserved": 4, "available": 1}
    for answer in (
        await staff.put(url, json={"on_hand": 3}),
        await staff.post(f"{url}/movements", json={"delta": -2, "reason": "lost"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "below-reserved")
    listed = (await staff.get(f"{url}/movements")).json()["data"]
    assert [(each["delta"], each["on_hand"], each["reason"]) for each in listed] == [
        (-3, 5, "broken"),
        (8, 8, "counted"),
    ]
    assert {each["account_id"] for each in listed} == {(await staff.get("/v1/me")).json()["id"]}
    assert (await staff.put(url, json={"on_hand": 4})).json()["available"] == 0
    assert await availability(staff, made["slug"]) == "out_of_stock"


async def test_what_is_wrong_with_a_stock_is_named(database: Database, sign_in: SignIn) -> None:
    staff, anna = await sign_in("Staff", "staff"), await sign_in("Anna")
    made = await products.product(database)
    url = f"/v1/variants/{made['variant_id']}/stock"
    bodies: list[Any] = [{"on_hand": -1}, {"on_hand": "3"}, {"on_hand": 10**12}, {}, {"on_hand": None}]
    for body in bodies:
        answer = await staff.put(url, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/on_hand"), body
    for delta in (0, 10**10, None, 1.5):
        assert (await staff.post(f"{url}/movements", json={"delta": delta, "reason": "x"})).status_code == 422
    assert (await staff.post(f"{url}/movements", json={"delta": 10**9, "reason": "x"})).status_code == 422
    assert (await staff.post(f"{url}/movements", json={"delta": 1, "reason": " "})).status_code == 422
    assert (await staff.get(f"/v1/variants/{new()}/stock")).status_code == 404
    untracked = await products.product(database, stock=None)
    answer = await staff.put(f"/v1/variants/{untracked['variant_id']}/stock", json={"on_hand": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-tracked")
    for refused in (await anna.get(url), await anna.put(url, json={"on_hand": 1}), await anna.get(f"{url}/movements")):
        assert refused.status_code == 403
    del anna.headers["Authorization"]
    assert (await anna.get(url)).status_code == 401
    assert await stock(database, made["variant_id"]) == (10, 0)


async def test_tracking_can_be_ended_and_begun(database: Database, sign_in: SignIn) -> None:
    staff = await sign_in("Staff", "staff")
    made = await products.product(database, stock=1)
    variant, holder, order = made["variant_id"], new(), new()
    await hold(database, holder, {variant: 1})
    assert await availability(staff, made["slug"]) == "out_of_stock"
    assert (await staff.patch(f"/v1/variants/{variant}", json={"track_stock": False})).status_code == 200
    assert await availability(staff, made["slug"]) == "in_stock"
    await allocate(database, holder, order, {variant: 1})
    assert (await staff.patch(f"/v1/variants/{variant}", json={"track_stock": True})).status_code == 200
    assert await availability(staff, made["slug"]) == "out_of_stock"
    # What was promised while nobody counted is not given back to a stock that never had it.
    assert await cancel(database, order) is False
    assert await stock(database, variant) == (0, 0)
