"""What does not fit together is found, set right where that is safe, and otherwise listed until somebody has seen to it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from doors import SignIn
from make import orders
from make.answers import code, pointers
from make.orders import product
from make.tasks import settle
from merkato.domains.payments.models import Charge, Outcome, Refunded, ReversalState
from merkato.domains.payments.providers.simulated import Simulated
from merkato.domains.reconciliation import flows, schedules
from merkato.kit import clock
from merkato.kit.database import Database
from merkato.kit.ids import new

SOON, LATER = timedelta(minutes=16), timedelta(hours=2)


class Away(Simulated):
    """The simulated provider, which reserves money and then is not there any more."""

    async def capture(self, charge: Charge, amount: int) -> Outcome:  # noqa: ARG002
        raise ConnectionRefusedError

    async def refund(self, charge: Charge, refund_key: UUID, amount: int) -> Refunded:  # noqa: ARG002
        raise ConnectionRefusedError


class Miser(Simulated):
    """The simulated provider, which gives nothing back."""

    async def refund(self, charge: Charge, refund_key: UUID, amount: int) -> Refunded:  # noqa: ARG002
        return Refunded(ReversalState.FAILED, reason="No.")


async def reconcile(app: FastAPI, after: timedelta = timedelta()) -> None:
    with clock.moved(after):
        await flows.reconcile(app.state.database, app.state.payment_providers, app.state.settings)


async def listed(staff: httpx.AsyncClient, query: str = "?state=open") -> list[dict[str, Any]]:
    answer = await staff.get(f"/v1/reconciliation{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def kinds(staff: httpx.AsyncClient) -> set[tuple[str, str]]:
    return {(each["kind"], each["subject_id"]) for each in await listed(staff)}


async def tamper(database: Database, statement: str, **values: Any) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement), values)


async def test_money_and_order_that_lost_each_other(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, staff, mug = await sign_in("Anna"), await sign_in("Staff", "staff"), await product(database, stock=50)
    order, fine = [await orders.order(anna, (mug["variant_id"], 1)) for _ in range(2)]
    (payment,) = (await anna.get(f"/v1/orders/{order['id']}/payments")).json()["data"]
    lost = "UPDATE orders SET checkout_id = :other WHERE id = :id"
    await tamper(database, lost, other=new(), id=UUID(order["id"]))
    await reconcile(app)
    assert await listed(staff) == [], "What is so for a moment only is somebody's work."
    under_way = "UPDATE checkouts SET status = :status WHERE id = :id"
    await tamper(database, under_way, status="complete_in_progress", id=UUID(order["checkout_id"]))
    await reconcile(app, SOON)
    assert await kinds(staff) == {("order-without-money", order["id"])}, "This money is being made into an order."
    await tamper(database, under_way, status="completed", id=UUID(order["checkout_id"]))
    with clock.moved(SOON):
        await asyncio.gather(*(schedules.reconcile(app.state.store) for _ in range(3)))
    money, without = await listed(staff)
    assert (money["kind"], money["subject_id"]) == ("money-without-order", payment["id"])
    assert money["details"] == {
        "payable_id": order["checkout_id"],
        "amount": orders.total(order),
        "currency": "EUR",
    }
    assert money["healed_at"] is not None
    assert (without["kind"], without["subject_id"], without["healed_at"]) == ("order-without-money", order["id"], None)
    assert "placed" in without["meaning"]
    assert await orders.count(database, "outbox_events WHERE name = 'finding.opened'") == 2
    assert await orders.count(database, "payments_reversals WHERE state = 'succeeded'") == 1
    assert await orders.count(database, "payments_simulated_refunds") == 1

    await reconcile(app, SOON)
    (gone,) = await listed(staff, "?state=resolved")
    assert (gone["id"], gone["resolved_by"]) == (money["id"], None)
    (still,) = await listed(staff, "?kind=order-without-money")
    assert still["last_seen_at"] > without["last_seen_at"]

    url = f"/v1/reconciliation/{without['id']}/resolve"
    assert pointers(await staff.post(url, json={"note": ""})) == {"/note"}
    assert code(await staff.post(f"/v1/reconciliation/{new()}/resolve", json={"note": "?"})) == (404, "not-found")
    resolved = (await staff.post(url, json={"note": "Paid by bank transfer."})).json()
    assert (resolved["resolved_by"], resolved["note"]) == (
        (await staff.get("/v1/me")).json()["id"],
        "Paid by bank transfer.",
    )
    assert code(await staff.post(url, json={"note": "Again."})) == (409, "already-resolved")
    await reconcile(app, SOON)
    assert await listed(staff) == [], "What somebody has resolved stays so"
    await tamper(database, "UPDATE orders SET total_minor = total_minor + 1 WHERE id = :id", id=UUID(order["id"]))
    await reconcile(app, SOON)
    assert await kinds(staff) == {("order-without-money", order["id"])}, "while its figures are the same."
    await tamper(database, lost, other=UUID(order["checkout_id"]), id=UUID(order["id"]))
    await reconcile(app, SOON)
    assert await listed(staff) == []
    assert (await anna.get(f"/v1/orders/{fine['id']}")).json()["payment_status"] == "paid"


async def cancelled(
    app: FastAPI, anna: httpx.AsyncClient, variant_id: str, provider: Simulated
) -> tuple[str, dict[str, Any]]:
    """An order that was cancelled while its provider was like this; and what was to be given back."""
    order = await orders.order(anna, (variant_id, 1))
    present, app.state.payment_providers = app.state.payment_providers, {"simulated": provider}
    assert (await anna.post(f"/v1/orders/{order['id']}/cancel")).status_code == 200
    app.state.payment_providers = present
    (reversal,) = (await anna.get(f"/v1/orders/{order['id']}/refunds")).json()["data"]
    return order["id"], reversal


async def paid_for(anna: httpx.AsyncClient, order_id: str) -> str:
    (payment,) = (await anna.get(f"/v1/orders/{order_id}/payments")).json()["data"]
    return str(payment["id"])


async def test_what_a_provider_refuses_is_left_to_people(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, staff, mug = await sign_in("Anna"), await sign_in("Staff", "staff"), await product(database)
    order_id, refused = await cancelled(app, anna, mug["variant_id"], Miser(database))
    expected = {("refund-failed", refused["id"]), ("money-without-order", refused["payment_id"])}
    for _ in range(2):
        await reconcile(app, LATER)
        assert await kinds(staff) == expected
    (money,) = await listed(staff, "?kind=money-without-order")
    assert money["healed_at"] is None, "What was refused once is not asked for again and again."
    assert await orders.count(database, "payments_reversals") == 1
    refund = {"amount": refused["amount"], "reason": "by hand"}
    key = {"Idempotency-Key": str(new())}
    assert (await staff.post(f"/v1/orders/{order_id}/refunds", json=refund, headers=key)).status_code == 201
    await reconcile(app, LATER)
    assert await listed(staff) == [], "Another refund makes up for the one that was refused."


async def test_what_is_stuck_is_listed_until_it_moves(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, staff, mug = await sign_in("Anna"), await sign_in("Staff", "staff"), await product(database, stock=50)
    one = (mug["variant_id"], 1)
    _, waiting = await cancelled(app, anna, mug["variant_id"], Away(database))
    present, app.state.payment_providers = app.state.payment_providers, {"simulated": Away(database)}
    uncaptured = await paid_for(anna, (await orders.order(anna, one))["id"])
    app.state.payment_providers = present
    dear = (await orders.order(anna, one))["id"]
    more = "UPDATE payments_attempts SET amount_minor = amount_minor + 7, captured_minor = captured_minor + 7 WHERE id = :id"
    await tamper(database, more, id=UUID(await paid_for(anna, dear)))
    unplaced = (await orders.order(anna, one))["id"]
    await tamper(database, "UPDATE orders SET placed_at = NULL WHERE id = :id", id=UUID(unplaced))
    await orders.cart(anna, one)
    assert (await orders.complete(anna, await orders.checkout(anna), "pending")).status_code == 202
    async with database.reading() as session:
        pending = str(await session.scalar(text("SELECT id FROM payments_attempts WHERE state = 'pending'")))

    await reconcile(app, LATER)
    assert await kinds(staff) == {
        ("paid-not-placed", await paid_for(anna, unplaced)),
        ("reversal-stuck", waiting["id"]),
        ("capture-stuck", uncaptured),
        ("paid-too-much", dear),
        ("payment-stuck", pending),
    }
    (too_much,) = await listed(staff, "?kind=paid-too-much")
    assert too_much["details"]["kept"] - too_much["details"]["total"] == 7
    with clock.moved(LATER):
        await orders.sweep(app)
    await tamper(database, "UPDATE orders SET placed_at = created_at")
    await reconcile(app, LATER)
    assert await kinds(staff) == {("paid-too-much", dear)}


async def test_the_kitchen_and_the_books(app: FastAPI, sign_in: SignIn, database: Database) -> None:
    anna, staff = await sign_in("Anna"), await sign_in("Staff", "staff")
    coffee = await product(database, title="Coffee", fulfilment="kitchen", requires_shipping=False)
    made = [await orders.order(anna, (coffee["variant_id"], 1)) for _ in range(4)]
    await settle(app)
    async with database.reading() as session:
        found = await session.execute(text("SELECT order_id::text, id::text FROM fulfilment_tickets"))
        tickets = {row[0]: row[1] for row in found}
    cancelled, doubled, stuck, _fine = [tickets[order["id"]] for order in made]
    state = "UPDATE fulfilment_tickets SET state = :state WHERE id = :id"
    await tamper(database, state, state="cancelled", id=UUID(cancelled))
    await tamper(database, state, state="to_schedule", id=UUID(stuck))
    suspect = "UPDATE fulfilment_tickets SET suspected_duplicates = ARRAY[id] WHERE id = :id"
    await tamper(database, suspect, id=UUID(doubled))
    await reconcile(app, LATER)
    assert await kinds(staff) == {
        ("kitchen-cancelled", cancelled),
        ("kitchen-duplicate", doubled),
        ("kitchen-stuck", stuck),
    }
    (twice,) = await listed(staff, "?kind=kitchen-duplicate")
    assert (twice["details"]["order_number"], twice["details"]["suspected"]) == (made[1]["number"], 1)
    await tamper(database, "UPDATE fulfilment_tickets SET state = 'finished', suspected_duplicates = '{}'")
    await reconcile(app, LATER)
    assert await kinds(staff) == set()

    more = "UPDATE ledger_transfers SET amount_minor = amount_minor + :more WHERE kind = 'sale' AND cause_id = :id"
    order = made[3]
    await schedules.prove_books(app.state.store)
    assert await kinds(staff) == set()
    await tamper(database, more, more=3, id=UUID(order["id"]))
    await asyncio.gather(*(schedules.prove_books(app.state.store) for _ in range(2)))
    (broken,) = await listed(staff)
    total = orders.total(order)
    assert (broken["kind"], broken["subject_id"]) == ("books-broken", order["id"])
    assert broken["details"]["order_number"] == order["number"]
    assert broken["details"]["placements"] == {"expected": str(total), "found": str(total + 3)}
    await tamper(database, more, more=-3, id=UUID(order["id"]))
    await schedules.prove_books(app.state.store)
    assert await kinds(staff) == set()
