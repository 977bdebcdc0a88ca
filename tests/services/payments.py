"""A payment service with a memory of what it has done under each key, so that a test can say: exactly once.

What it does with a payment is in its token (`success`, `decline`, `pending`), or, by the basic contract, in `answers` for the next ones.
"""

import json
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import standardwebhooks
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]


class PaymentService:
    """An ASGI application. `extended` also takes amounts, looks up, captures, voids and refunds."""

    def __init__(self, *, extended: bool = False) -> None:
        self.payments: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.effects: Counter[tuple[str, str]] = Counter()
        """How often each thing was done: `(charge | capture | void | refund, key)`."""
        self.answers: deque[str] = deque()
        """The statuses of the next payments that are new, where no token says it."""
        self._extended = extended
        basic = [Route("/payments", self._pay, methods=["POST"])]
        more = [
            Route("/payments/{order_id:uuid}", self._look, methods=["GET"]),
            Route("/payments/{order_id:uuid}/capture", self._capture, methods=["POST"]),
            Route("/payments/{order_id:uuid}/void", self._void, methods=["POST"]),
            Route("/payments/{order_id:uuid}/refunds", self._refund, methods=["POST"]),
        ]
        self.app = Starlette(routes=basic + more if extended else basic)

    def settle(self, status: str = "") -> None:
        """What was pending turns out to be paid, authorised, or whatever is said."""
        for payment in self.payments.values():
            if payment["status"] == "pending":
                self._become(payment, status or ("authorized" if self._extended else "paid"))

    async def _pay(self, request: Request) -> Response:
        asked = await request.json()
        key = str(UUID(asked["order_id"]))
        if self._extended:
            assert request.headers["idempotency-key"] == key
        else:
            assert asked == {"order_id": key}, "The contract knows nothing else."
        if key not in self.payments:
            status = {"decline": "invalid", "pending": "pending"}.get(asked.get("token"), "")
            status = status or (self.answers.popleft() if self.answers else "")
            self.payments[key] = made = {"payment_id": str(uuid4()), "status": "pending", "captured": 0}
            made |= {"key": key, "amount": asked.get("amount", 0), "refunded": 0}
            self._become(made, status or ("authorized" if self._extended else "paid"))
        return self._shown(key, 201)

    def _become(self, payment: Json, status: str) -> None:
        payment["status"] = status
        if status in {"paid", "authorized"}:
            self.effects["charge", payment["key"]] += 1

    def _shown(self, key: str, status: int = 200) -> Response:
        payment = self.payments[key]
        shown = {name: payment[name] for name in ("payment_id", "status")}
        if self._extended and payment["status"] == "paid":
            shown |= {"captured": payment["captured"], "fee": payment["captured"] // 100}
        if self._extended and payment["status"] == "invalid":
            shown |= {"code": "card_declined", "message": "The card was declined."}
        return JSONResponse(shown, status)

    async def _look(self, request: Request) -> Response:
        key = str(request.path_params["order_id"])
        return self._shown(key) if key in self.payments else JSONResponse({"message": "unknown"}, 404)

    async def _capture(self, request: Request) -> Response:
        key, amount = str(request.path_params["order_id"]), (await request.json())["amount"]
        payment = self.payments[key]
        if payment["status"] != "authorized" or not 0 < amount <= payment["amount"]:
            return JSONResponse({"message": "cannot be captured"}, 409)
        payment |= {"status": "paid", "captured": amount}
        self.effects["capture", key] += 1
        return self._shown(key)

    async def _void(self, request: Request) -> Response:
        key = str(request.path_params["order_id"])
        closed = {"payment_id": str(uuid4()), "status": "pending", "captured": 0, "key": key, "amount": 0}
        payment = self.payments.setdefault(key, closed)
        if payment["status"] == "paid":
            return JSONResponse({"message": "too late"}, 409)
        if payment["status"] == "authorized":
            self.effects["void", key] += 1
        payment["status"] = "voided"
        return self._shown(key)

    async def _refund(self, request: Request) -> Response:
        key, amount = str(request.path_params["order_id"]), (await request.json())["amount"]
        refund_key = request.headers["idempotency-key"]
        payment = self.payments[key]
        if refund_key not in self.refunds:
            if payment["refunded"] + amount > payment["captured"]:
                return JSONResponse({"message": "more than was captured"}, 422)
            payment["refunded"] += amount
            self.refunds[refund_key] = {"refund_id": str(uuid4()), "status": "succeeded"}
            self.effects["refund", refund_key] += 1
        return JSONResponse(self.refunds[refund_key], 201)


def event(secret: str, key: object, *, event_id: str = "evt_1", at: datetime | None = None) -> tuple[bytes, Json]:
    """A signed event of an extended service about a payment: its body and headers."""
    body = json.dumps({"type": "payment.updated", "data": {"order_id": str(key)}})
    moment = at or datetime.now(tz=UTC)
    sign: Callable[[str, datetime, str], str] = standardwebhooks.Webhook(secret).sign
    headers = {"webhook-id": event_id, "webhook-timestamp": str(int(moment.timestamp()))}
    return body.encode(), headers | {"webhook-signature": sign(event_id, moment, body)}
