"""An external payment service over HTTP, by one of two contracts.

`basic` is `POST /payments {order_id}` and nothing else: the id is its key, and after an unknown outcome the same request is sent again.
`extended` (`deploy/mocks/payments.yaml`) adds the amount, looking up, capturing, voiding, refunding and signed events.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar
from uuid import UUID

import standardwebhooks
from pydantic import BaseModel, Field, Strict

from merkato.domains.payments.errors import BadSignature, ProviderUnreachable
from merkato.domains.payments.models import Charge, Outcome, Refunded, ReversalState, Status
from merkato.domains.payments.providers.provider import Ability, Code, Provider, Remark, key_of
from merkato.domains.payments.schemas import Report
from merkato.kit.asking import Answer, NoAnswer, ask
from merkato.kit.money import AMOUNT_MAX

_DONE: Final = frozenset({200, 201})
_REFUSED: Final = frozenset({400, 402, 422})
"""A clear no. Any other status leaves the outcome unknown."""
_STATUS_OF: Final = {
    "paid": Status.CAPTURED,
    "authorized": Status.AUTHORIZED,
    "pending": Status.PENDING,
    "invalid": Status.DECLINED,
    "voided": Status.VOIDED,
}
_Amount = Annotated[int, Strict(), Field(ge=0, le=AMOUNT_MAX)]


class _Payment(BaseModel):
    """What the shared contract promises."""

    payment_id: UUID
    status: Literal["paid", "pending", "invalid"] = "pending"


class _FullPayment(_Payment):
    """What our own contract adds."""

    status: Literal["paid", "authorized", "pending", "invalid", "voided"] = "pending"  # type: ignore[assignment]
    captured: _Amount | None = None
    fee: _Amount | None = None
    code: Code | None = None
    message: Remark | None = None
    next_url: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=2000)] | None = None


class _Refund(BaseModel):
    refund_id: UUID
    status: Literal["pending", "succeeded", "failed"]
    message: Remark | None = None


class _Refusal(BaseModel):
    code: Code | None = None
    message: Remark | None = None


class _Event(BaseModel):
    type: str
    data: dict[str, Any]


P = TypeVar("P", bound=_Payment)


class BasicService(Provider):
    """The shared contract. The service cannot be told an amount: `paid` means that all is paid."""

    name: ClassVar[str] = "http"
    can = frozenset[Ability]()

    def __init__(self, url: str, *, patience: float) -> None:
        self._url = url.rstrip("/")
        self.patience = patience

    def accepts(self, token: str) -> bool:
        return bool(token)

    async def authorise(self, charge: Charge) -> Outcome:
        answer = await self._ask("POST", "/payments", json={"order_id": str(charge.key)})
        return _outcome(charge, answer, _Payment)

    async def _ask(self, method: str, path: str, *, key: str | None = None, json: object = None) -> Answer:
        headers = {"idempotency-key": key} if key else None
        try:
            return await ask(method, self._url + path, patience=self.patience, headers=headers, json=json, ours=True)
        except NoAnswer as error:
            raise ProviderUnreachable from error


class ExtendedService(BasicService):
    """Our own contract. `secret` signs its events (Standard Webhooks); without one it sends none."""

    can = frozenset(Ability) - {Ability.EVENTS}

    def __init__(self, url: str, *, patience: float, secret: str | None = None) -> None:
        super().__init__(url, patience=patience)
        self._signatures = standardwebhooks.Webhook(secret) if secret else None
        self.can = frozenset(Ability) if secret else type(self).can

    async def authorise(self, charge: Charge) -> Outcome:
        asked = {
            "order_id": str(charge.key),
            "amount": charge.amount,
            "currency": charge.currency,
            "token": charge.token,
            "capture": "manual",
        }
        return _outcome(charge, await self._ask("POST", "/payments", key=str(charge.key), json=asked), _FullPayment)

    async def find(self, charge: Charge) -> Outcome | None:
        answer = await self._ask("GET", f"/payments/{charge.key}")
        return None if answer.status == 404 else _outcome(charge, answer, _FullPayment)

    async def capture(self, charge: Charge, amount: int) -> Outcome:
        return await self._change(charge, "capture", {"amount": amount})

    async def void(self, charge: Charge) -> Outcome:
        return await self._change(charge, "void", None)

    async def refund(self, charge: Charge, refund_key: UUID, amount: int) -> Refunded:
        path, asked = f"/payments/{charge.key}/refunds", {"amount": amount}
        answer = await self._ask("POST", path, key=str(refund_key), json=asked)
        if answer.status in _REFUSED:
            return Refunded(ReversalState.FAILED, reason=_refusal(answer).message or f"Refused ({answer.status}).")
        made = _read(answer, _Refund)
        return Refunded(ReversalState(made.status), reference=str(made.refund_id), reason=made.message)

    def read(self, headers: Mapping[str, str], body: bytes) -> Report:
        if self._signatures is None:
            raise self._cannot(Ability.EVENTS)
        try:
            self._signatures.verify(body, dict(headers), json_parse=False)
            event = _Event.model_validate_json(body)
            return Report(event_id=headers["webhook-id"], kind=event.type, key=key_of(event.data.get("order_id")))
        except (standardwebhooks.WebhookVerificationError, ValueError) as error:
            raise BadSignature from error

    async def _change(self, charge: Charge, verb: str, asked: dict[str, int] | None) -> Outcome:
        """Capture or void. When the service says that it is too late (409), it is asked how the payment stands."""
        answer = await self._ask("POST", f"/payments/{charge.key}/{verb}", key=f"{charge.key}-{verb}", json=asked)
        if answer.status == 409:
            answer = await self._ask("GET", f"/payments/{charge.key}")
        if answer.status in _REFUSED:
            raise ProviderUnreachable(f"{verb} was refused: {answer.status}")
        return _outcome(charge, answer, _FullPayment)


def _outcome(charge: Charge, answer: Answer, kind: type[P]) -> Outcome:
    """What a service says of a payment. Raises ProviderUnreachable for what is no answer, or one that cannot be true."""
    if answer.status in _REFUSED:
        refusal = _refusal(answer)
        return Outcome(
            Status.DECLINED,
            code=refusal.code or "refused",
            message=refusal.message or "The payment service refused the payment.",
        )
    payment = _read(answer, kind)
    status = _STATUS_OF[payment.status]
    more = payment if isinstance(payment, _FullPayment) else _FullPayment(payment_id=payment.payment_id)
    captured = charge.amount if more.captured is None else more.captured
    if captured > charge.amount:
        raise ProviderUnreachable("more is captured than was asked for")
    acts = {"type": "redirect", "url": more.next_url} if more.next_url else {"type": "wait"}
    return Outcome(
        status,
        reference=str(payment.payment_id),
        next_action=acts if status is Status.PENDING else None,
        code=(more.code or "declined") if status is Status.DECLINED else None,
        message=(more.message or "The payment was declined.") if status is Status.DECLINED else None,
        captured=captured if status is Status.CAPTURED else 0,
        fee=more.fee if status is Status.CAPTURED else None,
    )


R = TypeVar("R", bound=BaseModel)


def _read(answer: Answer, kind: type[R]) -> R:
    """The document of an answer that says that something was done. Raises ProviderUnreachable for anything else."""
    if answer.status not in _DONE:
        raise ProviderUnreachable(f"answered {answer.status}")
    try:
        return answer.read(kind)
    except NoAnswer as error:
        raise ProviderUnreachable from error


def _refusal(answer: Answer) -> _Refusal:
    try:
        return answer.read(_Refusal)
    except NoAnswer:
        return _Refusal()
