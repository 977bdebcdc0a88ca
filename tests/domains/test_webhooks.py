"""Webhooks: every event that was asked for is told, signed, until it is heard or three days are over."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from standardwebhooks import Webhook as Verifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from doors import SignIn
from make import orders
from make.answers import code, made, pointers
from make.orders import product
from make.tasks import settle
from merkato.domains.orders.events import OrderPaid, OrderPlaced
from merkato.domains.webhooks import reactions, schedules, service
from merkato.domains.webhooks.events import DeliveryRequested
from merkato.domains.webhooks.reactions import NotDelivered
from merkato.domains.webhooks.service import BeingTried
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.events import Event, publish
from merkato.kit.ids import new
from merkato.settings import Settings
from services.server import Seen, Server, says, slow


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The receivers of these tests listen on loopback."""
    return settings.model_copy(update={"private_webhooks": True})


async def hears(_request: Request) -> Response:
    return Response(status_code=204)


def receiver() -> Server:
    return Server(Starlette(routes=[Route("/hook", hears, methods=["POST"])]))


async def webhook(staff: httpx.AsyncClient, server: Server, *events: str) -> dict[str, Any]:
    return await made(staff, "/v1/webhooks", url=f"{server.url}/hook", events=list(events) or None)


async def deliveries(staff: httpx.AsyncClient, hook: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    answer = await staff.get(f"/v1/webhooks/{hook['id']}/deliveries{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def announce(app: FastAPI, *events: Event) -> None:
    """Let this have happened, and everybody react."""
    async with app.state.database.transaction() as session:
        for event in events:
            await publish(session, event)
    await settle(app)


async def requested(database: Database) -> list[DeliveryRequested]:
    """What the worker was asked to deliver and has not yet."""
    waiting = "SELECT payload FROM outbox_events WHERE name = 'delivery.requested' AND relayed_at IS NULL ORDER BY id"
    async with database.reading() as session:
        found = list(await session.scalars(text(waiting)))
    return [DeliveryRequested(delivery_id=UUID(each["delivery_id"]), turn=each["turn"]) for each in found]


def verified(seen: Seen, secret: str) -> Any:
    return Verifier(secret).verify(seen.body, seen.headers)


async def test_events_are_told_in_full_and_signed(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, staff, mug = await sign_in("Anna"), await sign_in("Staff", "staff"), await product(database)
    await settle(app)
    async with receiver() as server:
        hook = await webhook(staff, server, "order.paid", "order.placed", "order.placed")
        every = await webhook(staff, server)
        assert (hook["events"], every["events"], every["active"]) == (["order.paid", "order.placed"], None, True)
        order = await orders.order(anna, (mug["variant_id"], 1))
        bert = await sign_in("Bert")
        await settle(app)
        told: dict[str, list[Any]] = {hook["id"]: [], every["id"]: []}
        for seen in server.seen:
            ours = [each for each in (hook, every) if signed_by(seen, each["secret"])]
            assert len(ours) == 1
            told[ours[0]["id"]].append(verified(seen, ours[0]["secret"]))
        assert {each["type"] for each in told[hook["id"]]} == {"order.placed", "order.paid"}
        shown = (await staff.get(f"/v1/orders/{order['id']}")).json()
        for message in told[hook["id"]]:
            assert message["data"] == shown
            assert message["data"]["version"] >= 1
            assert set(message) == {"type", "timestamp", "data"}
        registered = next(each for each in told[every["id"]] if each["type"] == "account.registered")
        assert registered["data"] == {"account_id": (await bert.get("/v1/me")).json()["id"]}
        assert server.seen[0].headers["content-type"] == "application/json"
        assert not {"authorization", "cart-token", "checkout-token"} & set(server.seen[0].headers)

        first = (await deliveries(staff, hook))[-1]
        assert (first["event"], first["state"], first["tries"]) == ("order.placed", "delivered", 1)
        assert (first["payload"], first["attempts"][0]["status"]) == ({"order_id": order["id"]}, 204)
        ids = {each["event_id"] for each in await deliveries(staff, hook)}
        assert {each.headers["webhook-id"] for each in server.seen} >= ids
        heard = len(server.seen)
        # The relay hands an event on at least once: the second time asks for nothing.
        async with database.transaction() as session:
            await session.execute(text("UPDATE outbox_events SET relayed_at = NULL WHERE name LIKE 'order.%'"))
        await settle(app)
        assert len(server.seen) == heard

    listed = (await staff.get("/v1/webhooks")).json()["data"]
    assert [each["id"] for each in listed] == [hook["id"], every["id"]]
    assert "secret" not in listed[0]
    async with database.reading() as session:
        stored = await session.scalar(text("SELECT string_agg(webhooks::text, ' ') FROM webhooks"))
    assert hook["secret"].removeprefix("whsec_") not in stored


def signed_by(seen: Seen, secret: str) -> bool:
    """Whether one of its signatures is by this secret, however old it is."""
    timestamp = datetime.fromtimestamp(int(seen.headers["webhook-timestamp"]), UTC)
    expected = Verifier(secret).sign(seen.headers["webhook-id"], timestamp, seen.body.decode())
    return expected in seen.headers["webhook-signature"].split(" ")


async def test_two_secrets_are_valid_for_a_day(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    staff = await sign_in("Staff", "staff")
    async with receiver() as server:
        hook = await webhook(staff, server, "order.placed")
        rotated = (await staff.post(f"/v1/webhooks/{hook['id']}/rotate")).json()
        assert (hook["previous_until"], rotated["secret"] != hook["secret"]) == (None, True)
        assert rotated["previous_until"] is not None
        await announce(app, OrderPlaced(order_id=new()))
        (seen,) = server.seen
        assert verified(seen, hook["secret"])["data"] == verified(seen, rotated["secret"])["data"]
        assert len(seen.headers["webhook-signature"].split(" ")) == 2
        third = (await staff.post(f"/v1/webhooks/{hook['id']}/rotate")).json()
        (delivery,) = await deliveries(staff, hook)
        with clock.moved(timedelta(hours=24)):
            await database.run(service.retry, UUID(delivery["id"]))
            await settle(app)
        again = server.seen[1]
        secrets = (hook["secret"], rotated["secret"], third["secret"])
        assert [signed_by(again, secret) for secret in secrets] == [False, False, True]
        assert again.headers["webhook-id"] == seen.headers["webhook-id"]
        # A store whose key was changed cannot sign. It says so, and a new secret mends it.
        async with database.transaction() as session:
            await session.execute(text("UPDATE webhooks SET secret = 'x', previous_secret = NULL"))
        assert (await staff.post(f"/v1/deliveries/{delivery['id']}/retry")).json()["state"] == "waiting"
        with pytest.raises(NotDelivered):
            await settle(app)
        assert (await deliveries(staff, hook))[0]["attempts"][-1]["error"] == "secret-unreadable"
        mended = (await staff.post(f"/v1/webhooks/{hook['id']}/rotate")).json()
        await settle(app)
        assert signed_by(server.seen[2], mended["secret"])


async def test_what_fails_for_three_days_is_dead_and_its_webhook_off(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    staff = await sign_in("Staff", "staff")
    async with receiver() as server, receiver() as watcher:
        hook = await webhook(staff, server, "order.placed", "order.paid")
        watching = await webhook(staff, watcher, "webhook.disabled")
        await announce(app, OrderPlaced(order_id=new()))
        server.next(says(500, "trace"), says(302, location=f"{server.url}/elsewhere"))
        with pytest.raises(NotDelivered):
            await announce(app, OrderPaid(order_id=new()))
        (asked,) = await requested(database)
        with pytest.raises(NotDelivered):
            await settle(app)
        await server.cut()
        with pytest.raises(NotDelivered):
            await settle(app)
        (waiting,) = await deliveries(staff, hook, "?state=waiting")
        outcomes = [(each["status"], each["error"]) for each in waiting["attempts"]]
        assert outcomes == [(500, None), (302, None), (None, "connection")]
        shown = (await staff.get(f"/v1/webhooks/{hook['id']}")).json()
        assert (shown["active"], shown["failing_since"] is not None) == (True, True)
        with clock.moved(timedelta(days=3)):
            await reactions.fan_out(app.state.store, OrderPaid(order_id=new()))
            await settle(app)
        assert [each["state"] for each in await deliveries(staff, hook)] == ["ended", "dead", "delivered"]
        shown = (await staff.get(f"/v1/webhooks/{hook['id']}")).json()
        assert (shown["active"], shown["disabled_reason"]) == (False, "failing")
        (seen,) = watcher.seen
        assert (seen.json["type"], seen.json["data"]) == ("webhook.disabled", {"webhook_id": hook["id"]})

        url = f"/v1/deliveries/{waiting['id']}/retry"
        assert code(await staff.post(url)) == (409, "webhook-off")
        on = (await staff.patch(f"/v1/webhooks/{hook['id']}", json={"active": True})).json()
        assert (on["active"], on["disabled_reason"], on["events"]) == (True, None, hook["events"])
        assert (await staff.post(url)).json()["tries"] == 0
        # What is left of the tries before does nothing more.
        await reactions.deliver(app.state.store, asked)
        await server.back()
        await settle(app)
        assert len(server.seen) == 4
        (back,) = [each for each in await deliveries(staff, hook) if each["id"] == waiting["id"]]
        assert (back["state"], back["tries"], len(back["attempts"])) == ("delivered", 1, 5)
        assert server.seen[3].headers["webhook-id"] == server.seen[1].headers["webhook-id"] == back["event_id"]
        assert (await staff.get(f"/v1/webhooks/{hook['id']}")).json()["failing_since"] is None

        with clock.moved(timedelta(days=34)):
            await schedules.forget(app.state.store)
        assert await deliveries(staff, hook) == await deliveries(staff, watching) == []


async def test_whoever_is_gone_is_asked_no_more(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    staff = await sign_in("Staff", "staff")
    async with receiver() as server:
        gone, off, deleted = [await webhook(staff, server, "order.placed", "order.paid") for _ in range(3)]
        for event in (OrderPlaced(order_id=new()), OrderPaid(order_id=new())):
            await reactions.fan_out(app.state.store, event)
        for hook, change in ((off, {"active": False}), (gone, {"url": f"{server.url}/hook?gone"})):
            assert (await staff.patch(f"/v1/webhooks/{hook['id']}", json=change)).status_code == 200
        assert (await staff.delete(f"/v1/webhooks/{deleted['id']}")).status_code == 204
        assert (await staff.get(f"/v1/webhooks/{deleted['id']}")).status_code == 404
        server.next(says(410))
        await settle(app)
        await announce(app, OrderPlaced(order_id=new()))
        assert [each.path for each in server.seen] == ["/hook?gone"]
        for hook, reason in ((gone, "gone"), (off, "by-staff")):
            assert [each["state"] for each in await deliveries(staff, hook)] == ["ended", "ended"]
            assert (await staff.get(f"/v1/webhooks/{hook['id']}")).json()["disabled_reason"] == reason


async def test_two_workers_send_it_once_and_a_failing_webhook_gets_one_at_a_time(
    app: FastAPI, sign_in: SignIn, database: Database
) -> None:
    staff, store = await sign_in("Staff", "staff"), app.state.store

    async def both(*events: DeliveryRequested) -> list[str]:
        done = await asyncio.gather(*(reactions.deliver(store, each) for each in events), return_exceptions=True)
        return sorted(type(each).__name__ for each in done)

    async with receiver() as server:
        hook = await webhook(staff, server, "order.placed")
        placed = [OrderPlaced(order_id=new()) for _ in range(4)]
        await asyncio.gather(*(reactions.fan_out(store, event) for event in placed for _ in range(3)))
        first, second, third, fourth = await requested(database)
        server.next(slow(0.05), None, replace(says(500), pause=0.05), slow(0.05))
        assert await both(first, first) == ["BeingTried", "NoneType"]
        await reactions.deliver(store, first)
        assert len(server.seen) == 1
        # While all is well, several are sent at once.
        assert await both(second, third) == ["NoneType", "NotDelivered"]
        late = (
            third if (await deliveries(staff, hook, "?state=delivered"))[0]["id"] == str(second.delivery_id) else second
        )
        assert await both(late, fourth) == ["BeingTried", "NoneType"]
        # A worker that died in the middle of an attempt keeps nobody waiting for longer than its lease.
        await reactions.deliver(store, late)
        await reactions.deliver(store, fourth)
        again = await database.run(service.retry, first.delivery_id)
        assert await database.run(service.take, again.id, again.turn) is not None
        (asked,) = [each for each in await requested(database) if each.turn == again.turn]
        with pytest.raises(BeingTried):
            await reactions.deliver(store, asked)
        with clock.moved(timedelta(seconds=16)):
            await reactions.deliver(store, asked)
        assert {each["state"] for each in await deliveries(staff, hook)} == {"delivered"}


async def test_what_may_be_said_of_a_webhook(
    app: FastAPI, settings: Settings, sign_in: SignIn, database: Database
) -> None:
    staff = await sign_in("Staff", "staff")
    hook = await made(staff, "/v1/webhooks", url="http://127.0.0.1:9/", description="Ours")
    for body, wrong in (
        ({}, "/url"),
        ({"url": "ftp://example.com/"}, "/url"),
        ({"url": "http://example.com/", "events": ["order.nothing"]}, "/events/0"),
        ({"url": "http://example.com/", "events": ["delivery.requested"]}, "/events/0"),
        ({"url": "http://example.com/", "events": []}, "/events"),
        ({"url": "http://example.com/", "secret": "whsec_x"}, "/secret"),
    ):
        assert pointers(await staff.post("/v1/webhooks", json=body)) == {wrong}
    url = f"/v1/webhooks/{hook['id']}"
    assert pointers(await staff.patch(url, json={"active": None})) == {"/active"}
    assert pointers(await staff.patch(url, json={"url": None})) == {"/url"}
    narrowed = (await staff.patch(url, json={"events": ["order.paid"], "description": None})).json()
    assert (narrowed["events"], narrowed["description"]) == (["order.paid"], None)
    for _ in range(19):
        await made(staff, "/v1/webhooks", url="http://127.0.0.1:9/")
    assert code(await staff.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/"})) == (409, "too-many-webhooks")
    assert code(await staff.post(f"/v1/deliveries/{new()}/retry")) == (404, "not-found")

    # By default nothing is sent to our own network, and nothing in the clear.
    app.state.store = type(app.state.store)(
        database, settings.model_copy(update={"private_webhooks": False}), app.state.secret
    )
    for address in ("http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/"):
        assert pointers(await staff.patch(url, json={"url": address})) == {"/url"}
    await reactions.fan_out(app.state.store, OrderPaid(order_id=new()))
    with pytest.raises(NotDelivered):
        await reactions.deliver(app.state.store, (await requested(database))[-1])
    async with database.reading() as session:
        errors = list(await session.scalars(text("SELECT error FROM webhooks_attempts")))
    assert errors == ["not-allowed"]
