"""Paying through real services that answer, hang, lie and go away: one effect for each key, and no order is lost."""

import asyncio
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import stripe
from fastapi import FastAPI
from sqlalchemy import text

from doors import ClientOf
from make import accounts, orders, tasks
from make.answers import code, made
from make.orders import count, product, sweep
from merkato.domains.payments.providers.stripe import LABEL
from merkato.kit import clock
from merkato.kit.ids import new
from merkato.sandbox.stripe import Memory, create
from merkato.settings import Settings
from services import companies
from services.payments import PaymentService, event
from services.server import HANG, LOST, Server, says

MakeApp = Callable[[Settings], FastAPI]
SECRET = "whsec_" + "a" * 40
LIMITS = {"payment_patience": companies.PATIENCE, "access_token_lifetime": 7200}
BY_HTTP = {"provider": "http", "token": "any"}


@pytest.fixture
async def shop(make_app: MakeApp, settings: Settings, client_of: ClientOf) -> Callable[..., Any]:
    """Opens a shop with these settings, and signs a customer and a member of staff in."""

    async def opened(**said: Any) -> tuple[FastAPI, httpx.AsyncClient, httpx.AsyncClient, dict[str, str]]:
        app = make_app(Settings.model_validate(settings.model_dump() | LIMITS | said))
        people = [client_of(app), client_of(app)]
        await accounts.sign_in(app, people[0], "Anna")
        await accounts.sign_in(app, people[1], "Staff", ["staff"])
        return app, people[0], people[1], await product(app.state.database, stock=20)

    return opened


async def pay(
    anna: httpx.AsyncClient, mug: dict[str, str], key: str = "k", **payment: str
) -> tuple[Any, httpx.Response]:
    checkout = await orders.checkout(anna, lines=[{"variant_id": mug["variant_id"]}])
    return checkout, await orders.complete(anna, checkout, key=key, payment=BY_HTTP | payment)


async def test_a_service_that_only_knows_orders(shop: Callable[..., Any]) -> None:
    service = PaymentService()
    async with Server(service.app) as server:
        _, anna, staff, mug = await shop(payment_service_url=server.url)
        checkout, answer = await pay(anna, mug)
        order = answer.json()
        assert (answer.status_code, order["status"], order["payment_status"]) == (201, "paid", "paid")
        assert [each.json for each in server.seen] == [{"order_id": checkout["id"]}], "Asked once."
        events = (await anna.get(f"/v1/orders/{order['id']}/events")).json()["data"]
        assert [each["name"] for each in events] == ["order.placed", "order.paid"]

        said = {"amount": 100, "reason": "scratched", "restock": False}
        url = f"/v1/orders/{order['id']}/refunds"
        refused = await staff.post(url, json=said, headers={"Idempotency-Key": "r"})
        assert code(refused) == (409, "not-supported")
        assert (await anna.get(url)).json()["data"] == []
        cancelled = await staff.post(f"/v1/orders/{order['id']}/cancel")
        assert (cancelled.status_code, cancelled.json()["payment_status"]) == (200, "paid")
        (reversal,) = (await staff.get(url)).json()["data"]
        assert (reversal["state"], reversal["amount"]) == ("failed", orders.total(order))
        assert "cannot" in reversal["failure"]

        counter = await made(anna, "/v1/orders", lines=[{"variant_id": mug["variant_id"]}])
        url = f"/v1/orders/{counter['id']}/pay"
        paid = [await anna.post(url, json={"payment": BY_HTTP}, headers={"Idempotency-Key": key}) for key in "aab"]
        assert [answer.status_code for answer in paid] == [200, 200, 409]
        assert [each.json for each in server.seen[1:]] == [{"order_id": counter["id"]}], "The order's own id, once."
        assert paid[0].json()["payment_status"] == "paid"

        # A refusal is remembered by the service under its id; what is tried then has another one.
        service.answers.append("invalid")
        checkout, answer = await pay(anna, mug, key="declined")
        assert code(answer) == (402, "payment-declined")
        answer = await orders.complete(anna, checkout, payment=BY_HTTP)
        assert (answer.status_code, answer.json()["payment_status"]) == (201, "paid")
        first, second = [each.json["order_id"] for each in server.seen[-2:]]
        assert (first, service.payments[first]["status"]) == (checkout["id"], "invalid")
        assert (second != first, service.effects["charge", second]) == (True, 1)


async def test_a_service_that_is_away_comes_back(shop: Callable[..., Any]) -> None:
    service = PaymentService()
    async with Server(service.app) as server:
        app, anna, _, mug = await shop(payment_service_url=server.url)
        provider, waiting = app.state.payment_providers["http"], []
        await server.cut()
        waiting.append(await pay(anna, mug, key="0"))
        await server.back()
        for number, fault in enumerate((HANG, HANG.after_doing, LOST, says(500), says(503).after_doing), start=1):
            server.always(fault)
            provider.patience = companies.IMPATIENCE if fault.hang else companies.PATIENCE
            waiting.append(await pay(anna, mug, key=str(number)))
        assert [answer.status_code for _, answer in waiting] == [202] * 6
        assert all(answer.headers["Retry-After"] for _, answer in waiting)
        assert await count(app.state.database, "orders") == 0
        # Back, with a third of the answers lost.
        chance = random.Random(7)  # noqa: S311 - a dice.
        server.always(lambda: LOST if chance.random() < 0.3 else None)
        with clock.moved(timedelta(minutes=2)):
            for _ in range(20):
                await sweep(app)
        server.behave()
        for number, (checkout, _) in enumerate(waiting):
            again = await orders.complete(anna, checkout, key=str(number), payment=BY_HTTP)
            assert (again.status_code, again.json()["payment_status"]) == (201, "paid")
        assert await count(app.state.database, "orders") == 6
        assert service.effects == {("charge", checkout["id"]): 1 for checkout, _ in waiting}


async def test_money_that_comes_when_its_time_is_over(shop: Callable[..., Any]) -> None:
    service = PaymentService()
    async with Server(service.app) as server:
        app, anna, staff, mug = await shop(payment_service_url=server.url)
        service.answers.extend(["pending"] * 2)
        in_time, answer = await pay(anna, mug, key="0")
        assert (answer.status_code, answer.json()["status"]) == (202, "complete_in_progress")
        late, answer = await pay(anna, mug, key="1")
        assert answer.status_code == 202
        with clock.moved(timedelta(minutes=20)):
            await sweep(app)
            assert (await anna.get(f"/v1/checkouts/{late['id']}")).json()["status"] == "complete_in_progress"
            asked = len(server.seen)
            await sweep(app)
            assert len(server.seen) == asked, "What stays open is asked ever more rarely."
            assert (await orders.stock(staff, mug["variant_id"]))["available"] == 18
            service.payments[in_time["id"]]["status"] = "paid"
            placed = await orders.complete(anna, in_time, key="0", payment=BY_HTTP)
            assert (placed.status_code, placed.json()["payment_status"]) == (201, "paid")
            await staff.put(f"/v1/variants/{mug['variant_id']}/stock", json={"on_hand": 2})
            async with app.state.database.transaction() as session:
                await session.execute(text("DELETE FROM inventory_holds"))
                await session.execute(text("UPDATE inventory_stock SET reserved = 2"))
            service.settle()
            short = await orders.complete(anna, late, key="1", payment=BY_HTTP)
        assert code(short) == (409, "out-of-stock")
        async with app.state.database.reading() as session:
            kept = (await session.execute(text("SELECT state, failure FROM payments_reversals"))).all()
        assert [(state, "cannot" in failure) for state, failure in kept] == [("failed", True)]


async def test_the_extended_service_tells_by_itself(shop: Callable[..., Any]) -> None:
    service = PaymentService(extended=True)
    async with Server(service.app) as server:
        said = {"payment_service_contract": "extended", "payment_service_webhook_secret": SECRET}
        app, anna, staff, mug = await shop(payment_service_url=server.url, **said)
        checkout, answer = await pay(anna, mug, token="pending")
        assert (answer.status_code, answer.json()["status"]) == (202, "complete_in_progress")
        url = "/v1/payments/webhooks/http"
        body, headers = event(SECRET, checkout["id"])
        old = datetime.now(tz=UTC) - timedelta(minutes=6)
        bad = [
            (body, headers | {"webhook-signature": "v1,AAAA"}),
            (body.replace(b"updated", b"deleted"), headers),
            event(SECRET, checkout["id"], at=old),
            event("whsec_" + "b" * 40, checkout["id"]),
            event(SECRET, checkout["id"], event_id="x" * 300),
            (body, {}),
        ]
        for altered, sent in bad:
            assert code(await staff.post(url, content=altered, headers=sent)) == (400, "bad-signature")
        assert await count(app.state.database, "payments_events") == 0
        service.settle()
        for _ in range(2):
            assert (await staff.post(url, content=body, headers=headers)).json() == {"received": True}
        reported = "SELECT count(*) FROM outbox_events WHERE name = 'payment.reported'"
        async with app.state.database.reading() as session:
            assert await session.scalar(text(reported)) == 1, "Each event once."
        await tasks.settle(app)
        order = (await anna.get("/v1/orders")).json()["data"][0]
        assert order["payment_status"] == "paid"
        some = {"amount": 500, "reason": "late", "restock": False}
        refund = await staff.post(f"/v1/orders/{order['id']}/refunds", json=some, headers={"Idempotency-Key": "r"})
        assert (refund.status_code, refund.json()["state"]) == (201, "succeeded")
        assert sorted(name for name, _ in service.effects) == ["capture", "charge", "refund"]
        assert code(await staff.post("/v1/payments/webhooks/stripe", json={})) == (404, "not-found")


def signed(
    kind: str, key: object, *, at: float | None = None, event_id: str | None = None
) -> tuple[bytes, dict[str, str]]:
    about = {"object": "payment_intent", "id": "pi_1", "status": "succeeded", "metadata": {LABEL: str(key)}}
    told = {"id": event_id or f"evt_{new().hex}", "object": "event", "type": kind, "data": {"object": about}}
    body = httpx.Request("POST", "http://x", json=told).content
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, at and int(at))
    return body, {"stripe-signature": header}


async def test_stripe_events_five_times_each_and_shuffled_leave_one_paid_order(shop: Callable[..., Any]) -> None:
    memory = Memory()
    async with Server(create(memory)) as server:
        said = {"stripe_secret_key": "sk_test_1", "stripe_webhook_secret": SECRET, "stripe_url": server.url}
        app, anna, staff, mug = await shop(**said)
        asks = {"provider": "stripe", "token": "pm_card_authenticationRequired"}
        checkout, answer = await pay(anna, mug, **asks)
        assert (answer.status_code, answer.json()["status"]) == (202, "requires_escalation")
        page = answer.json()["continue_url"]
        assert page.startswith(f"{server.url}/challenge/pi_")

        url = "/v1/payments/webhooks/stripe"
        lie, headers = signed("payment_intent.succeeded", checkout["id"])
        assert (await staff.post(url, content=lie, headers=headers)).status_code == 200
        await tasks.settle(app)
        assert await count(app.state.database, "orders") == 0, "What an event says is not believed."
        for altered, sent in (
            (lie + b" ", headers),
            (lie, {"stripe-signature": "t=1,v1=é"}),
            (lie, {}),
            signed("payment_intent.succeeded", checkout["id"], at=time.time() - 301),
        ):
            sent_as = {name: value.encode() for name, value in sent.items()}
            assert code(await staff.post(url, content=altered, headers=sent_as)) == (400, "bad-signature")

        async with httpx.AsyncClient() as browser:
            assert "<form" in (await browser.get(page)).text
            back = await browser.post(page, data={"answer": "yes"})
        assert back.headers["location"].startswith("http")
        kinds = ("amount_capturable_updated", "succeeded", "created", "processing", "what_is_new")
        told = [signed(f"payment_intent.{kind}", checkout["id"]) for kind in kinds] * 5
        told += [signed("charge.updated", "no-uuid"), signed("payment_intent.succeeded", new())]
        random.Random(3).shuffle(told)  # noqa: S311 - cards.
        for some in range(0, len(told), 9):
            answers = await asyncio.gather(
                *(staff.post(url, content=body, headers=headers) for body, headers in told[some : some + 9])
            )
            assert {each.status_code for each in answers} == {200}
            await tasks.settle(app)
        assert await count(app.state.database, "payments_events") == 8
        (order,) = (await anna.get("/v1/orders")).json()["data"]
        assert (order["checkout_id"], order["payment_status"]) == (checkout["id"], "paid")
        assert [effect.split()[0] for effect in memory.effects] == ["authorise", "capture"]
        booked = (await staff.get(f"/v1/orders/{order['id']}/ledger")).json()["data"]
        fees = [(each["debit"], each["credit"]) for each in booked if each["kind"] == "fee" and each["amount"] > 0]
        assert fees == [("provider_fees", "provider_clearing")]

        # Staff cancel, while a refund made by hand at Stripe leaves too little.
        refused = await pay(anna, mug, key="d", provider="stripe", token="pm_card_chargeDeclined")
        assert code(refused[1]) == (402, "payment-declined")
        assert refused[1].json()["detail"] == "Your card was declined."
        cancelled = await staff.post(f"/v1/orders/{order['id']}/cancel")
        assert cancelled.json()["payment_status"] == "refunded"


async def test_an_order_learns_what_was_done_at_the_provider_by_hand(shop: Callable[..., Any]) -> None:
    memory = Memory()
    async with Server(create(memory)) as server:
        said = {"stripe_secret_key": "sk_test_1", "stripe_webhook_secret": SECRET, "stripe_url": server.url}
        app, anna, staff, mug = await shop(capture="manual", **said)
        statuses = []
        for verb in ("capture", "cancel"):
            checkout, answer = await pay(anna, mug, key=verb, provider="stripe", token="pm_card_visa")
            assert (answer.status_code, answer.json()["payment_status"]) == (201, "authorized")
            (intent,) = (each for each in memory.intents.values() if each["status"] == "requires_capture")
            if verb == "capture":
                memory.capture(intent, {})
            else:
                memory.cancel(intent)
            body, headers = signed("payment_intent.updated", checkout["id"])
            await staff.post("/v1/payments/webhooks/stripe", content=body, headers=headers)
            await tasks.settle(app)
            statuses.append((await anna.get(f"/v1/orders/{answer.json()['id']}")).json()["payment_status"])
        assert statuses == ["paid", "voided"]
