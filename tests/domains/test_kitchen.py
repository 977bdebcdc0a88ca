"""The kitchen: one ticket for each order, whatever the kitchen's service does, and it moves the order on."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from doors import SignIn
from make import orders, products
from make.answers import code, made
from make.orders import stock
from make.tasks import settle
from merkato.domains.fulfilment import flows, schedules
from merkato.domains.fulfilment.providers.http import Http
from merkato.domains.fulfilment.service import fulfilling, tickets
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.settings import Settings
from services.kitchen import FakeKitchen
from services.server import HANG, LOST, NONSENSE, RESET, Fault, Server, says, slow

SHORT = 0.4
"""The patience where the kitchen hangs."""
SIZE = {"name": "Größe", "values": ["Klein", "Groß"]}


@pytest.fixture
def kitchen() -> FakeKitchen:
    return FakeKitchen()


@pytest.fixture
async def server(kitchen: FakeKitchen) -> AsyncIterator[Server]:
    async with Server(kitchen.app) as server:
        yield server


@pytest.fixture
def settings(settings: Settings, server: Server) -> Settings:
    return settings.model_copy(update={"kitchen_url": server.url})


class Counter:
    """A café with one thing to drink, who buys it, and who sells it."""

    def __init__(self, app: FastAPI, server: Server, variant_id: str) -> None:
        self.app, self.variant_id = app, variant_id
        self.database: Database = app.state.database
        self.url = server.url

    async def order(self, client: httpx.AsyncClient, quantity: int = 1) -> dict[str, Any]:
        """An order of which the kitchen has not been told."""
        shown = await orders.checkout(client, lines=[{"variant_id": self.variant_id, "quantity": quantity}])
        placed = await orders.complete(client, shown)
        assert placed.status_code == 201, placed.text
        found: dict[str, Any] = placed.json()
        return found

    async def begin(self, order: dict[str, Any], patience: float = 5) -> None:
        """What follows from placing it."""
        await flows.begin(self.database, Http(self.url, patience), UUID(order["id"]))

    async def tend(self, order: dict[str, Any], patience: float = 5) -> None:
        """Ask the kitchen about it now."""
        await flows.tend(self.database, Http(self.url, patience), UUID((await self.ticket(order))["id"]))

    async def ticket(self, order: dict[str, Any]) -> dict[str, Any]:
        fulfilments = await self.staff.get(f"/v1/orders/{order['id']}/fulfilments")
        (ticket,) = [each["ticket"] for each in fulfilments.json()["data"] if each["ticket"]]
        found: dict[str, Any] = ticket
        return found

    async def standing(self, order: dict[str, Any]) -> tuple[str, str, str]:
        found = (await self.staff.get(f"/v1/orders/{order['id']}")).json()
        return found["status"], found["payment_status"], found["fulfilment_status"]

    async def history(self, order: dict[str, Any]) -> list[str]:
        events = await self.staff.get(f"/v1/orders/{order['id']}/events")
        return [event["name"] for event in events.json()["data"] if not event["name"].startswith("order.p")]

    staff: httpx.AsyncClient


@pytest.fixture
async def counter(app: FastAPI, server: Server, staff: httpx.AsyncClient) -> Counter:
    coffee = await orders.product(app.state.database, title="Latte", stock=9, fulfilment="kitchen")
    counter = Counter(app, server, coffee["variant_id"])
    counter.staff = staff
    return counter


async def test_what_is_ordered_is_cooked_and_handed_over(
    app: FastAPI, sign_in: SignIn, staff: httpx.AsyncClient, kitchen: FakeKitchen, server: Server, counter: Counter
) -> None:
    anna = await sign_in("Anna")
    tea = await products.product(app.state.database, title="Tea", stock=9, fulfilment="kitchen", options=[SIZE])
    large = await products.variant(app.state.database, tea["product_id"], options={"Größe": "Groß"})
    order = await orders.later(anna, (str(tea["variant_id"]), 1), (str(large), 2), (counter.variant_id, 1))
    await counter.begin(order)
    assert code(await staff.post(f"/v1/orders/{order['id']}/fulfilments", json={})) == (409, "not-fulfillable")
    paid = [await orders.pay(anna, order) for _ in range(2)]
    assert [answer.status_code for answer in paid] == [200, 409]
    await asyncio.gather(*(counter.begin(order) for _ in range(5)))
    await settle(app)
    (schedule,) = kitchen.schedules.values()
    assert schedule["order"] == [
        {"product": "Latte", "size": "medium", "quantity": 1},
        {"product": "Tea", "size": "big", "quantity": 2},
        {"product": "Tea", "size": "small", "quantity": 1},
    ]
    assert [each.path for each in server.seen if each.method == "POST"] == ["/kitchen/schedules"]
    assert server.seen[0].json == {"order": schedule["order"]}
    (fulfilment,) = (await anna.get(f"/v1/orders/{order['id']}/fulfilments")).json()["data"]
    ticket = fulfilment["ticket"]
    assert (fulfilment["way"], fulfilment["state"], ticket["state"]) == ("kitchen", "open", "pending")
    assert (ticket["schedule_id"], ticket["items"]) == (schedule["id"], schedule["order"])
    assert await counter.standing(order) == ("paid", "paid", "unfulfilled")
    assert code(await staff.post(f"/v1/orders/{order['id']}/fulfilments", json={})) == (409, "more-than-left")

    kitchen.all_become("progress")
    with clock.moved(timedelta(seconds=-10)):
        await schedules.tend_kitchen(app.state.store)
    assert await counter.standing(order) == ("paid", "paid", "unfulfilled"), "It is not asked before it is time."
    with clock.moved(timedelta(seconds=5)):
        await schedules.tend_kitchen(app.state.store)
    assert await counter.standing(order) == ("in_progress", "paid", "in_progress")
    kitchen.all_become("finished")
    with clock.moved(timedelta(seconds=10)):
        await schedules.tend_kitchen(app.state.store)
    assert await counter.standing(order) == ("dispatched", "paid", "dispatched")
    assert await stock(staff, str(large)) == {"on_hand": 8, "reserved": 0, "available": 8}
    assert code(await anna.post(f"/v1/orders/{order['id']}/cancel")) == (409, "too-late-to-cancel")
    assert (await staff.post(f"/v1/fulfilments/{fulfilment['id']}/deliver")).status_code == 200
    assert await counter.standing(order) == ("delivered", "paid", "delivered")
    assert code(await staff.post(f"/v1/orders/{order['id']}/cancel")) == (409, "too-late-to-cancel")
    assert (await counter.history(order))[1:] == ["fulfilment.dispatched", "order.dispatched", "order.delivered"]
    asked = len(server.seen)
    with clock.moved(timedelta(hours=1)):
        await schedules.tend_kitchen(app.state.store)
    assert len(server.seen) == asked
    assert [each["state"] for each in (await staff.get("/v1/tickets?state=finished")).json()["data"]] == ["finished"]


async def test_a_kitchen_that_fails_delays_the_ticket_and_loses_nothing(
    sign_in: SignIn, kitchen: FakeKitchen, server: Server, counter: Counter
) -> None:
    anna = await sign_in("Anna")
    order = await counter.order(anna)
    await server.cut()
    await counter.begin(order)
    assert (await counter.ticket(order))["trouble"] == "The kitchen cannot be reached."
    await server.back()
    assert await counter.standing(order) == ("paid", "paid", "unfulfilled")
    elsewhere = says(302, location=f"{server.url}/kitchen/schedules?since=2020-01-01T00:00:00Z")
    lies: list[Fault | None] = [RESET, HANG, NONSENSE, says(500, b"<html>"), elsewhere, says(201, {"id": "none"})]
    lies += [says(201, b"\xff{"), says(201, b"[" * 90_000), says(201, b" " * 5_000_000)]
    for place, lie in enumerate(lies):
        # From the second time on the kitchen is first asked whether it has the ticket.
        server.next(*([None] if place else []), lie)
        await counter.tend(order, SHORT if lie is HANG else 5)
        ticket = await counter.ticket(order)
        assert (ticket["state"], bool(ticket["trouble"]), kitchen.schedules) == ("to_schedule", True, {}), lie
    for lie in (RESET, NONSENSE, says(200, {"schedules": [{"id": 1}]}), says(404, {"detail": "what?"})):
        server.next(lie)
        await counter.tend(order)
        assert kitchen.schedules == {}
    assert [(each.method) for each in server.seen].count("POST") == len(lies)
    await counter.tend(order)
    ticket = await counter.ticket(order)
    assert (ticket["state"], ticket["trouble"], kitchen.statuses) == ("pending", None, ["pending"])
    for lie in (RESET, HANG, NONSENSE, says(404, {"detail": "unknown"}), says(200, {"status": "burnt"})):
        server.next(None, lie)
        await counter.tend(order, SHORT if lie is HANG else 5)
        assert (await counter.ticket(order))["state"] == "pending"
    # It has been quick: that it was at work was never seen.
    kitchen.all_become("finished")
    await counter.tend(order)
    assert await counter.standing(order) == ("dispatched", "paid", "dispatched")
    assert await counter.history(order) == ["kitchen.delayed", "fulfilment.dispatched", "order.dispatched"]
    assert len((await anna.get(f"/v1/orders/{order['id']}/payments")).json()["data"]) == 1


async def test_a_refusal_is_known_and_asked_again_without_fear(
    sign_in: SignIn, kitchen: FakeKitchen, server: Server, counter: Counter
) -> None:
    order = await counter.order(await sign_in("Anna"))
    server.next(says(422, {"detail": "no milk"}))
    await counter.begin(order)
    assert (await counter.ticket(order))["trouble"] == "The kitchen refused the ticket (422)."
    await counter.tend(order)
    assert [each.method for each in server.seen] == ["POST", "POST"]
    assert len(kitchen.schedules) == 1


async def test_a_lost_answer_is_found_again_and_nothing_is_cooked_twice(
    sign_in: SignIn, kitchen: FakeKitchen, server: Server, counter: Counter
) -> None:
    buyers = [await sign_in(name) for name in ("Anna", "Bert", "Cleo")]
    placed = [await counter.order(buyer) for buyer in buyers]
    server.next(LOST, LOST, HANG.after_doing)
    await asyncio.gather(*(counter.begin(order, SHORT) for order in placed))
    assert len(kitchen.schedules) == 3
    assert {(await counter.ticket(order))["state"] for order in placed} == {"to_schedule"}
    for _ in range(3):
        # Together they see three schedules, and none of them knows which is its own.
        await asyncio.gather(*(again(order) for order in placed for again in (counter.tend, counter.begin)))
    tickets = [await counter.ticket(order) for order in placed]
    assert {ticket["schedule_id"] for ticket in tickets} == set(kitchen.schedules)
    assert [ticket["state"] for ticket in tickets] == ["pending"] * 3
    assert [each.method for each in server.seen].count("POST") == 3
    kitchen.all_become("finished")
    for order in placed:
        await counter.tend(order)
        assert await counter.standing(order) == ("dispatched", "paid", "dispatched")
        assert (await counter.ticket(order))["suspected_duplicates"] == []


async def test_what_another_order_is_told_at_this_moment_is_not_taken_for_ones_own(
    app: FastAPI, sign_in: SignIn, kitchen: FakeKitchen, server: Server, counter: Counter
) -> None:
    first, second, third = [await counter.order(await sign_in(name)) for name in ("Anna", "Bert", "Cleo")]
    server.next(RESET, slow(0.2))
    await counter.begin(first)
    under_way = asyncio.create_task(counter.begin(second))
    await kitchen.added.wait()
    await counter.tend(first)
    await under_way
    assert (await counter.ticket(second))["schedule_id"] in kitchen.schedules
    assert (await counter.ticket(first))["schedule_id"] is None
    await counter.tend(first)
    # One whose worker dies when it has begun is nobody's until its lease is over.
    ticket_id = await app.state.database.run(fulfilling.begin, UUID(third["id"]))
    taken = await app.state.database.run(tickets.take, ticket_id)
    assert await app.state.database.run(tickets.begin_try, ticket_id)
    await counter.tend(third)
    assert len(kitchen.schedules) == 2
    with clock.moved(tickets.LEASE):
        await counter.tend(third)
    found = [await counter.ticket(order) for order in (first, second, third)]
    assert {ticket["schedule_id"] for ticket in found} == set(kitchen.schedules)
    assert len(kitchen.schedules) == 3
    # It was only frozen, and tells the kitchen as it thaws.
    again = UUID(kitchen.add(found[2]["items"])["id"])
    assert taken is not None
    await app.state.database.run(tickets.scheduled, taken, again, certain=True)
    thawed = await counter.ticket(third)
    assert (thawed["schedule_id"], thawed["suspected_duplicates"]) == (found[2]["schedule_id"], [str(again)])


async def test_the_duplicate_that_stays_possible_is_shown_to_staff(
    sign_in: SignIn, staff: httpx.AsyncClient, kitchen: FakeKitchen, server: Server, counter: Counter
) -> None:
    order, other = await counter.order(await sign_in("Anna")), await counter.order(await sign_in("Bert"), 2)
    server.next(HANG)
    await counter.begin(order, SHORT)
    await counter.begin(other)
    await counter.tend(order)
    assert (await counter.ticket(order))["suspected_duplicates"] == []
    # Only now does the first request arrive.
    late = kitchen.add(server.seen[0].json["order"])
    await counter.tend(order)
    (ticket,) = (await staff.get("/v1/tickets?suspected=true")).json()["data"]
    assert (ticket["order_id"], ticket["suspected_duplicates"]) == (order["id"], [late["id"]])
    assert [each["order_id"] for each in (await staff.get("/v1/tickets?suspected=false")).json()["data"]] == [
        other["id"]
    ]
    assert late["id"] != ticket["schedule_id"]


async def test_a_cancelled_order_is_taken_back_from_the_kitchen(
    app: FastAPI, sign_in: SignIn, kitchen: FakeKitchen, server: Server, counter: Counter
) -> None:
    anna = await sign_in("Anna")
    scheduled, lost, unheard, made_already = [await counter.order(anna) for _ in range(4)]
    await counter.begin(scheduled)
    server.next(LOST)
    await counter.begin(lost)
    await counter.begin(made_already)
    await server.cut()
    await counter.begin(unheard)
    await server.back()
    first, second, third = kitchen.schedules.values()
    third["status"] = "finished"
    for order in (scheduled, lost, unheard, made_already):
        assert (await anna.post(f"/v1/orders/{order['id']}/cancel")).json()["status"] == "cancelled"
    server.next(says(500), says(500))
    await settle(app)
    states = [(await counter.ticket(order))["state"] for order in (scheduled, unheard)]
    assert (states, first["status"]) == (["to_cancel", "withdrawn"], "pending")
    for _ in range(2):
        for order in (scheduled, lost, made_already):
            await counter.tend(order)
    states = [(await counter.ticket(order))["state"] for order in (scheduled, lost, made_already)]
    assert states == ["withdrawn", "withdrawn", "finished"]
    assert (first["status"], second["status"], len(kitchen.schedules)) == ("cancelled", "cancelled", 3)
    assert await counter.standing(made_already) == ("cancelled", "refunded", "unfulfilled")
    assert await stock(counter.staff, counter.variant_id) == {"on_hand": 9, "reserved": 0, "available": 9}


async def test_a_request_on_its_way_is_waited_for_before_it_is_given_up(
    app: FastAPI, sign_in: SignIn, kitchen: FakeKitchen, server: Server, counter: Counter
) -> None:
    anna = await sign_in("Anna")
    order = await counter.order(anna)
    server.next(RESET)
    await counter.begin(order)
    await anna.post(f"/v1/orders/{order['id']}/cancel")
    await settle(app)
    await counter.tend(order)
    assert (await counter.ticket(order))["state"] == "to_cancel"
    with clock.moved(timedelta(minutes=2)):
        await counter.tend(order)
    assert (await counter.ticket(order))["state"] == "withdrawn"
    assert kitchen.schedules == {}


async def test_what_the_kitchen_cancels_is_left_to_staff(
    app: FastAPI, sign_in: SignIn, staff: httpx.AsyncClient, kitchen: FakeKitchen, counter: Counter
) -> None:
    anna = await sign_in("Anna")
    order, other = await counter.order(anna, 2), await counter.order(anna)
    await settle(app)
    kitchen.all_become("progress")
    await counter.tend(order)
    kitchen.all_become("cancelled")
    await counter.tend(order)
    await counter.tend(other)
    assert await counter.standing(order) == ("paid", "paid", "unfulfilled")
    assert await counter.history(order) == ["kitchen.cancelled"]
    listed = (await staff.get("/v1/tickets?state=cancelled")).json()["data"]
    assert [ticket["order_id"] for ticket in listed] == [other["id"], order["id"]]
    by_hand = await made(staff, f"/v1/orders/{order['id']}/fulfilments")
    assert (await staff.post(f"/v1/fulfilments/{by_hand['id']}/dispatch")).status_code == 200
    assert await counter.standing(order) == ("dispatched", "paid", "dispatched")
    assert (await staff.post(f"/v1/orders/{other['id']}/cancel")).json()["payment_status"] == "refunded"
    await settle(app)
    assert await stock(staff, counter.variant_id) == {"on_hand": 7, "reserved": 0, "available": 7}


async def test_staff_do_without_the_kitchen(
    app: FastAPI, sign_in: SignIn, staff: httpx.AsyncClient, kitchen: FakeKitchen, server: Server, counter: Counter
) -> None:
    anna = await sign_in("Anna")
    given_up, from_elsewhere, untold = [await counter.order(anna) for _ in range(3)]
    await counter.begin(given_up)
    await counter.begin(from_elsewhere)
    await server.cut()
    await counter.begin(untold)
    await server.back()
    for order, verb in ((given_up, "cancel"), (from_elsewhere, "dispatch"), (untold, "dispatch")):
        (fulfilment,) = (await staff.get(f"/v1/orders/{order['id']}/fulfilments")).json()["data"]
        assert (await staff.post(f"/v1/fulfilments/{fulfilment['id']}/{verb}")).status_code == 200
    await settle(app)
    await schedules.tend_kitchen(app.state.store)
    states = [(await counter.ticket(order))["state"] for order in (given_up, from_elsewhere, untold)]
    assert (states, kitchen.statuses) == (["withdrawn"] * 3, ["cancelled"] * 2)
    standings = [(await counter.standing(order))[2] for order in (given_up, from_elsewhere, untold)]
    assert standings == ["unfulfilled", "dispatched", "dispatched"]
    by_hand = await made(staff, f"/v1/orders/{given_up['id']}/fulfilments")
    assert (await staff.post(f"/v1/fulfilments/{by_hand['id']}/dispatch")).status_code == 200
    assert await stock(staff, counter.variant_id) == {"on_hand": 6, "reserved": 0, "available": 6}


async def test_pieces_refunded_while_they_are_made_are_not_handed_over(
    app: FastAPI, sign_in: SignIn, staff: httpx.AsyncClient, kitchen: FakeKitchen, counter: Counter
) -> None:
    order = await counter.order(await sign_in("Anna"), 2)
    await settle(app)
    refund = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}], "restock": True}
    key = {"Idempotency-Key": "one of two"}
    assert (await staff.post(f"/v1/orders/{order['id']}/refunds", json=refund, headers=key)).status_code == 201
    kitchen.all_become("finished")
    await counter.tend(order)
    assert await counter.standing(order) == ("dispatched", "partially_refunded", "dispatched")
    assert await stock(staff, counter.variant_id) == {"on_hand": 8, "reserved": 0, "available": 8}
