"""Stripe, by its official SDK: PaymentIntents that are captured apart, refunds, and signed events.

An intent is created first, which moves no money, and confirmed then. So the same creation under the same key finds it again after a lost
answer, and closing a payment of which nothing is known never reserves money on the way. Confirming, capturing and cancelling need no keys:
each happens to an intent once, and a key would bring back an old answer. Stripe forgets keys after a day; older intents are searched for by
what we wrote on them.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final, Literal, TypeVar
from uuid import UUID

import stripe
import structlog
from pydantic import BaseModel, Field, ValidationError

from merkato.domains.payments.errors import BadSignature, ProviderUnreachable
from merkato.domains.payments.models import Charge, Outcome, Refunded, ReversalState, Status
from merkato.domains.payments.providers.provider import Ability, Code, Provider, Remark, key_of
from merkato.domains.payments.schemas import Report
from merkato.kit import clock
from merkato.kit.asking import ask

KEYS_LAST: Final = timedelta(hours=23)
"""For how long the same key surely finds the same intent."""
LABEL: Final = "merkato_attempt"
REFUND_LABEL: Final = "merkato_refund"
_EXPANDED: Final = ["latest_charge.balance_transaction"]
_FACTORS: Final = {"ISK": 100, "UGX": 100}
"""Currencies without decimals that Stripe counts in hundredths all the same."""
_WHOLE: Final = {"MGA": 100}
"""A currency with decimals that Stripe counts without."""

_REFUSALS: Final = (stripe.CardError, stripe.InvalidRequestError)

T = TypeVar("T")
_log = structlog.get_logger("merkato.payments")


class _Fee(BaseModel):
    fee: int
    currency: str


class _Charge(BaseModel):
    balance_transaction: _Fee | str | None = None


class _Failure(BaseModel):
    code: Code | None = None
    decline_code: Code | None = None
    message: Remark | None = None


class _Redirect(BaseModel):
    url: str = Field(max_length=2000)


class _NextAction(BaseModel):
    type: str
    redirect_to_url: _Redirect | None = None


class _Intent(BaseModel):
    """What is read of a PaymentIntent."""

    id: str = Field(max_length=200)
    status: Literal[
        "requires_payment_method",
        "requires_confirmation",
        "requires_action",
        "processing",
        "requires_capture",
        "succeeded",
        "canceled",
    ]
    amount_received: int = Field(0, ge=0)
    latest_charge: _Charge | str | None = None
    last_payment_error: _Failure | None = None
    next_action: _NextAction | None = None


class _Refund(BaseModel):
    id: str = Field(max_length=200)
    status: Literal["pending", "requires_action", "succeeded", "failed", "canceled"]
    failure_reason: Remark | None = None
    metadata: dict[str, str] = {}


class _Intents(BaseModel):
    data: list[_Intent]


class _Refunds(BaseModel):
    data: list[_Refund]


_STATUS_OF: Final = {
    "requires_capture": Status.AUTHORIZED,
    "succeeded": Status.CAPTURED,
    "canceled": Status.VOIDED,
    "requires_action": Status.PENDING,
    "processing": Status.PENDING,
}
_STATE_OF: Final = {
    "succeeded": ReversalState.SUCCEEDED,
    "failed": ReversalState.FAILED,
    "canceled": ReversalState.FAILED,
}


class Stripe(Provider):
    """Tokens are ids of payment methods, `pm_...`, that Stripe's script gave the buyer's browser."""

    name: ClassVar[str] = "stripe"

    def __init__(self, key: str, *, url: str, back_to: str, patience: float, secret: str | None = None) -> None:
        """`back_to` is where the bank sends the buyer afterwards; `secret` is the signing secret of the events."""
        self._client = stripe.StripeClient(
            key, base_addresses={"api": url.rstrip("/")}, http_client=_Http(self), max_network_retries=0
        )
        self._intents = self._client.v1.payment_intents
        self._back_to = back_to
        self._secret = secret
        self.patience = patience
        self.can = frozenset(Ability) if secret else frozenset(Ability) - {Ability.EVENTS}

    def accepts(self, token: str) -> bool:
        return token.startswith("pm_") and token.isascii() and token.replace("_", "").isalnum()

    async def authorise(self, charge: Charge) -> Outcome:
        try:
            intent = await self._intent(charge)
        except _REFUSALS as error:
            return _declined(error, None)
        return _outcome(charge, intent) or await self._confirm(charge, intent.id)

    async def find(self, charge: Charge) -> Outcome | None:
        try:
            intent = await self._intent(charge)
        except _REFUSALS:
            # What Stripe does not let us make has never been made.
            return None
        return _outcome(charge, intent)

    async def capture(self, charge: Charge, amount: int) -> Outcome:
        try:
            asked = {"amount_to_capture": _scaled(amount, charge.currency), "expand": _EXPANDED}
            return await self._change(charge, self._intents.capture_async, asked)
        except _REFUSALS as error:
            raise ProviderUnreachable from error

    async def void(self, charge: Charge) -> Outcome:
        try:
            return await self._change(charge, self._intents.cancel_async, {"expand": _EXPANDED})
        except _REFUSALS:
            return Outcome(Status.VOIDED)

    async def refund(self, charge: Charge, refund_key: UUID, amount: int) -> Refunded:
        try:
            intent = await self._intent(charge)
            asked: Any = {"payment_intent": intent.id, "limit": 100}
            made = _read(_Refunds, await self._answer(self._client.v1.refunds.list_async(asked))).data
            refund = next((each for each in made if each.metadata.get(REFUND_LABEL) == str(refund_key)), None)
            refund = refund or await self._give_back(charge, intent.id, refund_key, amount)
        except _REFUSALS as error:
            return Refunded(ReversalState.FAILED, reason=_declined(error, None).message)
        return Refunded(_STATE_OF.get(refund.status, ReversalState.PENDING), refund.id, refund.failure_reason)

    def read(self, headers: Mapping[str, str], body: bytes) -> Report:
        signature = headers.get("stripe-signature", "")
        if self._secret is None:
            raise self._cannot(Ability.EVENTS)
        try:
            if not signature.isascii():
                raise BadSignature
            event = stripe.Webhook.construct_event(body, signature, self._secret).to_dict()
            told = event["data"]["object"].get("metadata") or {}
            return Report(event_id=event["id"], kind=event["type"], key=key_of(told.get(LABEL)))
        except (stripe.SignatureVerificationError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise BadSignature from error

    async def _intent(self, charge: Charge) -> _Intent:
        """The intent of a charge as it stands now, made if there is none.

        Raises InvalidRequestError if Stripe refuses to make it.
        """
        if charge.reference is not None:
            return await self._present(charge.reference)
        if clock.now() - charge.began_at > KEYS_LAST:
            query: Any = {"query": f"metadata['{LABEL}']:'{charge.key}'", "limit": 1}
            found = _read(_Intents, await self._answer(self._intents.search_async(query))).data
            if found:
                return found[0]
        asked: Any = {
            "amount": _scaled(charge.amount, charge.currency),
            "currency": charge.currency.lower(),
            "capture_method": "manual",
            "payment_method_types": ["card"],
            "metadata": {LABEL: str(charge.key)},
        }
        made = await self._answer(self._intents.create_async(asked, {"idempotency_key": str(charge.key)}))
        intent, told = _read(_Intent, made), made.last_response
        # A repeat is answered as the intent was when it was made.
        repeated = told is not None and told.headers.get("idempotent-replayed") == "true"
        return await self._present(intent.id) if repeated else intent

    async def _present(self, intent_id: str) -> _Intent:
        """An intent as it stands now."""
        try:
            return _read(_Intent, await self._answer(self._intents.retrieve_async(intent_id, {"expand": _EXPANDED})))
        except _REFUSALS as error:
            raise ProviderUnreachable from error

    async def _confirm(self, charge: Charge, intent_id: str) -> Outcome:
        asked: Any = {"payment_method": charge.token, "return_url": self._back_to, "expand": _EXPANDED}
        try:
            intent = _read(_Intent, await self._answer(self._intents.confirm_async(intent_id, asked)))
        except stripe.CardError as error:
            return _declined(error, intent_id)
        except stripe.InvalidRequestError as error:
            # Either Stripe does not take this token, or the intent has been confirmed before.
            return _outcome(charge, await self._present(intent_id)) or _declined(error, intent_id)
        outcome = _outcome(charge, intent)
        if outcome is None:
            raise ProviderUnreachable("confirmed, and waiting to be confirmed")
        return outcome

    async def _change(
        self, charge: Charge, change: Callable[..., Awaitable[stripe.StripeObject]], asked: Mapping[str, object]
    ) -> Outcome:
        """Capture or cancel. When Stripe says that it is too late for that, it is asked how the intent stands."""
        intent_id = charge.reference or (await self._intent(charge)).id
        try:
            changed = _read(_Intent, await self._answer(change(intent_id, asked)))
        except _REFUSALS:
            changed = await self._present(intent_id)
        return _outcome(charge, changed) or Outcome(Status.PENDING, reference=intent_id)

    async def _give_back(self, charge: Charge, intent_id: str, refund_key: UUID, amount: int) -> _Refund:
        asked: Any = {
            "payment_intent": intent_id,
            "amount": _scaled(amount, charge.currency),
            "metadata": {LABEL: str(charge.key), REFUND_LABEL: str(refund_key)},
        }
        made = self._client.v1.refunds.create_async(asked, {"idempotency_key": str(refund_key)})
        return _read(_Refund, await self._answer(made))

    async def _answer(self, asked: Awaitable[T]) -> T:
        """What Stripe answers; a clear refusal is raised as it is. Raises ProviderUnreachable when it is not known what happened."""
        try:
            return await asked
        except _REFUSALS:
            raise
        except (stripe.AuthenticationError, stripe.PermissionError, stripe.IdempotencyError) as error:
            _log.error("stripe refuses us", cause=type(error).__name__, code=error.code)
            raise ProviderUnreachable from error
        except Exception as error:
            # No answer, a fault of theirs, or one that the SDK stumbles over.
            raise ProviderUnreachable from error


class _Http(stripe.HTTPClient):
    """How the SDK reaches Stripe: with our limits, and with a connection for each request that nobody has to close."""

    name = "httpx"

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self._provider = provider

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,  # noqa: ANN401 - the SDK's.
    ) -> tuple[bytes, int, Mapping[str, str]]:
        answer = await ask(method, url, patience=self._provider.patience, headers=headers, content=post_data)
        return answer.content, answer.status, answer.headers

    async def close_async(self) -> None:
        """Nothing is kept open."""


def _outcome(charge: Charge, intent: _Intent) -> Outcome | None:
    """What an intent means; None for one that is waiting to be confirmed."""
    status = _STATUS_OF.get(intent.status)
    if status is None:
        return _refused(intent.last_payment_error, intent.id) if intent.last_payment_error else None
    captured = _unscaled(intent.amount_received, charge.currency) if status is Status.CAPTURED else 0
    if captured > charge.amount:
        raise ProviderUnreachable("more is captured than was asked for")
    redirect = intent.next_action.redirect_to_url if intent.next_action else None
    act = {"type": "redirect", "url": redirect.url} if redirect else {"type": "wait"}
    return Outcome(
        status,
        intent.id,
        next_action=act if status is Status.PENDING else None,
        captured=captured,
        fee=_fee(charge, intent) if status is Status.CAPTURED else None,
    )


def _declined(error: stripe.CardError | stripe.InvalidRequestError, reference: str | None) -> Outcome:
    decline_code = getattr(error.error, "decline_code", None)
    said = {"code": error.code, "decline_code": decline_code, "message": error.user_message}
    return _refused(_Failure.model_validate(said), reference)


def _refused(failure: _Failure, reference: str | None) -> Outcome:
    code, message = failure.decline_code or failure.code, failure.message
    return Outcome(Status.DECLINED, reference, code=code or "declined", message=message or "The payment was declined.")


def _fee(charge: Charge, intent: _Intent) -> int | None:
    """What Stripe keeps, if it says so and in this currency: it pays out in another one otherwise."""
    told = intent.latest_charge
    fee = told.balance_transaction if isinstance(told, _Charge) else None
    if not isinstance(fee, _Fee) or fee.currency != charge.currency.lower() or fee.fee < 0:
        return None
    return _unscaled(fee.fee, charge.currency)


def _scaled(amount: int, currency: str) -> int:
    """An amount as Stripe counts it."""
    whole, rest = divmod(amount * _FACTORS.get(currency, 1), _WHOLE.get(currency, 1))
    if rest:
        raise stripe.InvalidRequestError(f"Stripe takes whole amounts of {currency} only.", "amount")  # type: ignore[no-untyped-call]
    return whole


def _unscaled(amount: int, currency: str) -> int:
    return amount * _WHOLE.get(currency, 1) // _FACTORS.get(currency, 1)


M = TypeVar("M", bound=BaseModel)


def _read(kind: type[M], found: object) -> M:
    """The part of an answer that we know. Raises ProviderUnreachable if it is not as Stripe describes it."""
    try:
        return kind.model_validate(found.to_dict() if isinstance(found, stripe.StripeObject) else found)
    except ValidationError as error:
        raise ProviderUnreachable from error
