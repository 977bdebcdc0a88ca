"""Whatever is done to an order in whatever order: its money is never wrong, and the books balance at every step."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from make import accounts, orders, products
from merkato.app import create_app
from merkato.domains.ledger.queries.proving import Proof
from merkato.domains.payments.models import Charge, Outcome, Refunded, ReversalState
from merkato.domains.payments.providers.simulated import Simulated
from merkato.domains.reconciliation.queries import books
from merkato.kit import clock
from merkato.kit.ids import new
from merkato.settings import Settings

CURRENCIES: Final = {"JPY": 333, "EUR": 1999, "KWD": 12_345}
"""With no, two and three decimals, and what a piece costs."""
TAX: Final = 19
T = TypeVar("T")
Json = dict[str, Any]


class Deaf(Simulated):
    """It does what it is asked, and every answer is lost."""

    async def capture(self, charge: Charge, amount: int) -> Outcome:
        await super().capture(charge, amount)
        raise ConnectionResetError

    async def void(self, charge: Charge) -> Outcome:
        await super().void(charge)
        raise ConnectionResetError

    async def refund(self, charge: Charge, refund_key: Any, amount: int) -> Refunded:
        await super().refund(charge, refund_key, amount)
        raise ConnectionResetError


class Unwilling(Simulated):
    """It refuses every refund."""

    async def refund(self, charge: Charge, refund_key: Any, amount: int) -> Refunded:  # noqa: ARG002
        return Refunded(ReversalState.FAILED, reason="The card is closed.")


MOODS: Final = some.sampled_from([Simulated, Simulated, Simulated, Deaf, Unwilling])


@dataclass
class Shop:
    """The application, with a loop of its own: the machine is not asynchronous."""

    runner: asyncio.Runner
    app: FastAPI
    anna: httpx.AsyncClient
    staff: httpx.AsyncClient
    variants: dict[str, str]

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def ask(self, client: httpx.AsyncClient, verb: str, body: Json | None = None) -> httpx.Response:
        """A POST under a fresh key. No answer is a fault of the server's."""
        answer = self.do(client.post(f"/v1/{verb}", json=body, headers={"Idempotency-Key": str(new())}))
        assert answer.status_code < 500, answer.text
        return answer

    def read(self, path: str) -> Any:
        answer = self.do(self.staff.get(f"/v1/{path}"))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def speak(self, provider: type[Simulated]) -> None:
        self.app.state.payment_providers = {"simulated": provider(self.app.state.database)}


def open_shop(runner: asyncio.Runner, url: str, home: Path) -> Shop:
    async def opened() -> Shop:
        app = create_app(
            Settings(_env_file=None, database_url=None, home=home, tax_rate="0.19", shipping_rate=490), url
        )
        people = [
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop.test", timeout=60)
            for _ in range(2)
        ]
        await accounts.sign_in(app, people[0])
        await accounts.sign_in(app, people[1], "Staff", ["staff"])
        variants = {
            currency: str(
                (
                    await products.product(
                        app.state.database, title=currency, price=price, currency=currency, stock=10**6
                    )
                )["variant_id"]
            )
            for currency, price in CURRENCIES.items()
        }
        return Shop(runner, app, people[0], people[1], variants)

    return runner.run(opened())


class Money(RuleBasedStateMachine):
    """One order and all that can happen to its money."""

    shop: Shop

    @initialize(
        currency=some.sampled_from(sorted(CURRENCIES)),
        included=some.booleans(),
        capture=some.sampled_from(["automatic", "manual"]),
        quantity=some.integers(1, 4),
    )
    def buy(self, currency: str, *, included: bool, capture: str, quantity: int) -> None:
        shop, state = self.shop, self.shop.app.state
        shop.speak(Simulated)
        state.settings = state.settings.model_copy(update={"prices_include_tax": included, "capture": capture})
        line = {"variant_id": shop.variants[currency], "quantity": quantity}
        ready = shop.do(orders.checkout(shop.anna, lines=[line], currency=currency))
        placed = shop.do(orders.complete(shop.anna, ready))
        assert placed.status_code == 201, placed.text
        self.order = placed.json()
        self.line = self.order["lines"][0]["id"]
        subtotal = CURRENCIES[currency] * quantity
        self.paid_for_line = subtotal if included else subtotal + (subtotal * TAX * 2 + 100) // 200
        self.by_lines = 0

    def ask(self, verb: str, body: Json | None = None) -> httpx.Response:
        return self.shop.ask(self.shop.staff, f"orders/{self.order['id']}/{verb}", body)

    @rule(quantity=some.integers(1, 2), restock=some.booleans(), mood=MOODS)
    def refund_pieces(self, quantity: int, *, restock: bool, mood: type[Simulated]) -> None:
        self.shop.speak(mood)
        said = {"lines": [{"line_id": self.line, "quantity": quantity}], "restock": restock, "reason": "broken"}
        answer = self.ask("refunds", said)
        if answer.status_code == 201:
            self.by_lines += answer.json()["amount"]
        else:
            assert answer.json()["code"] in {"more-than-left", "refund-too-large"}, answer.text

    @rule(share=some.integers(1, 110), mood=MOODS)
    def refund_an_amount(self, share: int, mood: type[Simulated]) -> None:
        self.shop.speak(mood)
        amount = max(1, orders.total(self.order) * share // 100)
        answer = self.ask("refunds", {"amount": amount})
        assert answer.status_code == (201 if amount <= self.refundable else 409), answer.text
        if answer.status_code == 409:
            assert answer.json()["refundable"] == self.refundable

    @rule(share=some.none() | some.integers(1, 110), mood=MOODS)
    def capture(self, share: int | None, mood: type[Simulated]) -> None:
        self.shop.speak(mood)
        said = {} if share is None else {"amount": max(1, orders.total(self.order) * share // 100)}
        answer = self.ask("captures", said)
        assert answer.status_code in {200, 202, 409}, answer.text

    @rule(mood=MOODS)
    def void(self, mood: type[Simulated]) -> None:
        self.shop.speak(mood)
        assert self.ask("void").status_code in {200, 202, 409}

    @rule(mood=MOODS)
    def cancel(self, mood: type[Simulated]) -> None:
        self.shop.speak(mood)
        assert self.ask("cancel").status_code in {200, 409}

    @rule(token=some.sampled_from(["success", "decline"]))
    def pay_again(self, token: str) -> None:
        self.shop.speak(Simulated)
        said = {"payment": {"provider": "simulated", "token": token}}
        answer = self.shop.ask(self.shop.anna, f"orders/{self.order['id']}/pay", said)
        assert answer.status_code in {200, 402, 409}, answer.text

    @rule(quantity=some.integers(1, 3))
    def dispatch(self, quantity: int) -> None:
        answer = self.ask("fulfilments", {"lines": [{"line_id": self.line, "quantity": quantity}]})
        if answer.status_code == 201:
            assert self.shop.ask(self.shop.staff, f"fulfilments/{answer.json()['id']}/dispatch").status_code in {
                200,
                409,
            }

    @rule(quantity=some.integers(1, 3), mood=MOODS)
    def take_back(self, quantity: int, mood: type[Simulated]) -> None:
        self.shop.speak(mood)
        asked = self.shop.ask(
            self.shop.anna,
            f"orders/{self.order['id']}/returns",
            {"lines": [{"line_id": self.line, "quantity": quantity}], "reason": "too small"},
        )
        if asked.status_code != 201:
            assert asked.json()["code"] == "more-than-left"
            return
        counted, given = self.given_for_pieces()
        for verb in ("approve", "receive"):
            answer = self.shop.ask(self.shop.staff, f"returns/{asked.json()['id']}/{verb}")
            assert answer.status_code in {200, 409}, answer.text
        now_counted, now_given = self.given_for_pieces()
        if now_counted > counted:
            self.by_lines += now_given - given

    def given_for_pieces(self) -> tuple[int, int]:
        """How many pieces count as refunded, and how much was to be given back in all."""
        path = f"orders/{self.order['id']}"
        refunds = self.shop.read(f"{path}/refunds")["data"]
        counted: int = self.shop.read(path)["lines"][0]["quantity_refunded"]
        return counted, sum(each["amount"] for each in refunds if each["kind"] == "refund")

    @rule()
    def time_passes(self) -> None:
        """The provider answers again, and the sweep asks it."""
        self.shop.speak(Simulated)
        with clock.moved(timedelta(minutes=1)):
            self.shop.do(orders.sweep(self.shop.app))

    @invariant()
    def money_is_right(self) -> None:
        path = f"orders/{self.order['id']}"
        order, payments = self.shop.read(path), self.shop.read(f"{path}/payments")["data"]
        refunds = [each for each in self.shop.read(f"{path}/refunds")["data"] if each["kind"] == "refund"]
        transfers = self.shop.read(f"{path}/ledger?limit=100")["data"]
        given = Counter[str]()
        for each in refunds:
            given[each["state"]] += each["amount"]
        taken = sum(each["captured"] for each in payments)
        self.refundable = taken - given["succeeded"] - given["pending"]
        assert self.refundable >= 0
        assert self.by_lines <= self.paid_for_line
        line = order["lines"][0]
        if line["quantity_refunded"] == line["quantity"]:
            assert self.by_lines == self.paid_for_line

        booked, balance = Counter[str](), Counter[str]()
        for each in transfers:
            booked[each["kind"]] += each["amount"]
            balance[each["debit"]] += each["amount"]
            balance[each["credit"]] -= each["amount"]
        assert (booked["capture"], booked["refund"]) == (taken, given["succeeded"])
        assert balance["provider_clearing"] == taken - given["succeeded"]
        for kind in ("sale", "shipping", "tax", "discount"):
            assert booked[f"{kind}_credited"] <= booked[kind]
        if order["status"] == "cancelled":
            assert not any(balance[account] for account in ("sales", "shipping", "tax_payable", "discounts"))
            if (
                not given["pending"]
                and not given["failed"]
                and not any(each["state"] == "authorized" for each in payments)
            ):
                assert not any(balance.values()), balance

    def teardown(self) -> None:
        async def broken() -> list[Proof]:
            async with self.shop.app.state.database.snapshot() as session:
                return [proof for proof in await books.prove(session) if proof.broken]

        assert self.shop.do(broken()) == []


def test_money_is_never_wrong(database_url: str, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        shop = open_shop(runner, database_url, tmp_path)
        machine = type("MoneyOfThisShop", (Money,), {"shop": shop})
        checked = settings(
            max_examples=15,
            stateful_step_count=8,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(machine, settings=checked)
        runner.run(shop.app.state.database.close())
