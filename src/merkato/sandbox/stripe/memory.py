"""What the stand-in remembers: payment intents, charges, refunds, answers by idempotency key; and what may happen to an intent."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from merkato.kit import clock, ids

Json = dict[str, Any]

_DECLINES: Final = {
    "pm_card_chargeDeclined": ("generic_decline", "Your card was declined."),
    "pm_card_chargeDeclinedInsufficientFunds": ("insufficient_funds", "Your card has insufficient funds."),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", "Your card has expired."),
}
_ACCEPTED: Final = frozenset({"pm_card_visa", "pm_card_mastercard", "pm_card_amex"})
_ASKS_THE_BUYER: Final = frozenset({"pm_card_authenticationRequired", "pm_card_threeDSecure2Required"})
FAULTS: Final = frozenset({"pm_sandbox_hang", "pm_sandbox_error", "pm_sandbox_lostAnswer"})
"""Ours: nothing is answered; nothing is done, and 500; done, and 500."""
_CONFIRMABLE: Final = ("requires_payment_method", "requires_confirmation")
_CANCELABLE: Final = (*_CONFIRMABLE, "requires_action", "requires_capture")
AMOUNT_MAX: Final = 99_999_999


class Refused(Exception):  # noqa: N818 - it is an answer.
    """An error as Stripe words it."""

    def __init__(self, status: int, kind: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.document = {"error": {"type": kind, "message": message, **more}}


@dataclass
class Memory:
    """Everything by its id. With a `path` it is kept in that file after each change, and found there again."""

    path: Path | None = None
    intents: dict[str, Json] = field(default_factory=dict)
    charges: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, Json] = field(default_factory=dict)
    answers: dict[str, Json] = field(default_factory=dict)
    effects: list[str] = field(default_factory=list)
    """What has moved money, in order: for tests that count."""

    def __post_init__(self) -> None:
        if self.path is not None and self.path.exists():
            vars(self).update(json.loads(self.path.read_text()))

    def keep(self) -> None:
        """Write everything down, whole or not at all."""
        if self.path is not None:
            kept = {name: value for name, value in vars(self).items() if name != "path"}
            unfinished = self.path.with_suffix(".new")
            unfinished.write_text(json.dumps(kept))
            unfinished.replace(self.path)

    def intent(self, intent_id: str) -> Json:
        if intent_id not in self.intents:
            raise _missing("payment_intent", intent_id)
        return self.intents[intent_id]

    def create_intent(self, asked: Json) -> Json:
        amount = _amount(asked, "amount")
        if not 1 <= amount <= AMOUNT_MAX:
            raise _invalid("amount", "amount_too_small", "The amount is outside of what can be charged.")
        currency = asked.get("currency", "")
        if not (isinstance(currency, str) and len(currency) == 3 and currency.islower()):
            raise _invalid("currency", "parameter_invalid", f"Invalid currency: {currency}")
        made: Json = {
            "id": _id("pi"),
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "currency": currency,
            "capture_method": asked.get("capture_method", "automatic"),
            "metadata": asked.get("metadata", {}),
            "status": "requires_payment_method",
            "payment_method": None,
            "latest_charge": None,
            "last_payment_error": None,
            "next_action": None,
            "created": int(clock.now().timestamp()),
        }
        self.intents[made["id"]] = made
        if asked.get("confirm") == "true":
            self.confirm(made, asked, "")
        return made

    def confirm(self, intent: Json, asked: Json, own_url: str) -> None:
        """Raises Refused for a declined card, as Stripe does."""
        _demand(intent, _CONFIRMABLE, "confirm")
        method = asked.get("payment_method") or intent["payment_method"]
        if method in _DECLINES:
            decline_code, message = _DECLINES[method]
            error: Json = {"code": "card_declined", "decline_code": decline_code, "message": message}
            intent.update(last_payment_error={"type": "card_error", **error}, status="requires_payment_method")
            raise Refused(402, "card_error", payment_intent=intent, **error)
        if method not in _ACCEPTED | _ASKS_THE_BUYER | FAULTS:
            raise _missing("payment_method", str(method))
        intent.update(payment_method=method, last_payment_error=None)
        if method in _ASKS_THE_BUYER:
            url = f"{own_url}/challenge/{intent['id']}"
            action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": asked.get("return_url")}}
            intent.update(status="requires_action", next_action=action)
        else:
            self._authorise(intent)

    def answer_challenge(self, intent: Json, *, well: bool) -> None:
        """The buyer has been at the bank."""
        _demand(intent, ("requires_action",), "confirm")
        intent["next_action"] = None
        if well:
            self._authorise(intent)
        else:
            message = "We are unable to authenticate your payment method."
            error = {"type": "card_error", "code": "payment_intent_authentication_failure", "message": message}
            intent.update(status="requires_payment_method", last_payment_error=error)

    def capture(self, intent: Json, asked: Json) -> None:
        _demand(intent, ("requires_capture",), "capture")
        amount = _amount(asked, "amount_to_capture") if "amount_to_capture" in asked else intent["amount_capturable"]
        if not 1 <= amount <= intent["amount_capturable"]:
            message = f"The requested capture amount is greater than the authorized amount: {amount}."
            raise _invalid("amount_to_capture", "amount_too_large", message)
        self._take(intent, amount)

    def cancel(self, intent: Json) -> None:
        _demand(intent, _CANCELABLE, "cancel")
        if intent["status"] == "requires_capture":
            self.effects.append(f"void {intent['id']}")
        intent.update(status="canceled", amount_capturable=0, next_action=None)

    def refund(self, asked: Json) -> Json:
        intent = self.intent(str(asked.get("payment_intent")))
        charge = self.charges.get(intent["latest_charge"] or "")
        if charge is None or not charge["amount_captured"]:
            raise _invalid("payment_intent", "charge_not_captured", "This payment has no captured charge to refund.")
        left = charge["amount_captured"] - charge["amount_refunded"]
        if left == 0:
            raise _invalid("payment_intent", "charge_already_refunded", "The charge has already been refunded.")
        amount = _amount(asked, "amount") if "amount" in asked else left
        if not 1 <= amount <= left:
            message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            raise _invalid("amount", "amount_too_large", message)
        charge["amount_refunded"] += amount
        made: Json = {
            "id": _id("re"),
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "charge": charge["id"],
            "payment_intent": intent["id"],
            "metadata": asked.get("metadata", {}),
            "status": "succeeded",
            "failure_reason": None,
        }
        self.refunds[made["id"]] = made
        self.effects.append(f"refund {intent['id']} {amount}")
        return made

    def _authorise(self, intent: Json) -> None:
        charge = {"id": _id("ch"), "object": "charge", "payment_intent": intent["id"]}
        charge |= {"amount": intent["amount"], "amount_captured": 0, "amount_refunded": 0, "balance_transaction": None}
        self.charges[charge["id"]] = charge
        intent.update(status="requires_capture", amount_capturable=intent["amount"], latest_charge=charge["id"])
        self.effects.append(f"authorise {intent['id']}")
        if intent["capture_method"] != "manual":
            self._take(intent, intent["amount"])

    def _take(self, intent: Json, amount: int) -> None:
        fee = (amount * 15 + 500) // 1000 + 25
        self.charges[intent["latest_charge"]] |= {
            "amount_captured": amount,
            "balance_transaction": {
                "id": _id("txn"),
                "object": "balance_transaction",
                "amount": amount,
                "fee": fee,
                "net": amount - fee,
                "currency": intent["currency"],
            },
        }
        intent.update(status="succeeded", amount_capturable=0, amount_received=amount)
        self.effects.append(f"capture {intent['id']} {amount}")


def _id(kind: str) -> str:
    return f"{kind}_{ids.new().hex}"


def _amount(asked: Json, name: str) -> int:
    said = str(asked.get(name, ""))
    if not (said.isascii() and said.isdecimal() and len(said) < 15):
        raise _invalid(name, "parameter_invalid_integer", f"Invalid integer: {said[:40]}")
    return int(said)


def _demand(intent: Json, states: tuple[str, ...], verb: str) -> None:
    if intent["status"] not in states:
        message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
        raise Refused(
            400,
            "invalid_request_error",
            message,
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )


def _missing(what: str, which: str) -> Refused:
    message = f"No such {what}: '{which[:80]}'"
    # Stripe says 400 for what a parameter names, and 404 for what the path does.
    status = 404 if what == "payment_intent" else 400
    return Refused(status, "invalid_request_error", message, code="resource_missing", param=what)


def _invalid(param: str, code: str, message: str) -> Refused:
    return Refused(400, "invalid_request_error", message, code=code, param=param)
