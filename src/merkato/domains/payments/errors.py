"""What can go wrong with a payment."""

from merkato.kit.errors import BadRequest, Conflict, PaymentRequired


class PaymentDeclined(PaymentRequired):
    """The provider refused the payment. Nothing was taken, and it can be tried again with another means."""

    code, title = "payment-declined", "The payment was declined"
    fix = "Send the request again with another payment token and a fresh Idempotency-Key."


class AlreadyPaid(Conflict):
    """It has been paid for. Nothing was charged again."""

    code, title = "already-paid", "This is paid already"
    fix = "Read the order or job; there is nothing left to pay."


class PaymentUnderWay(Conflict):
    """A payment for this has begun, and what becomes of it is not known yet."""

    code, title = "payment-under-way", "A payment is under way"
    fix = "Wait until the order or job says what became of it, or repeat that payment with its own Idempotency-Key."


class RefundTooLarge(Conflict):
    """More would be given back than was taken. What is being given back counts as given; what the provider refused does not."""

    code, title = "refund-too-large", "That is more than is left to refund"
    fix = "Give back `refundable` at most (in minor units)."


class NothingAuthorized(Conflict):
    """No money is reserved for this: it was taken already, let go, declined, or never asked for."""

    code, title = "nothing-authorized", "No money is reserved"
    fix = "Read the order's payments. What was taken can be refunded; an order that is not paid can be paid for again."


class CaptureTooLarge(Conflict):
    """More would be taken than the buyer's bank has reserved."""

    code, title = "capture-too-large", "That is more than is reserved"
    fix = "Take `authorized` at most (in minor units)."


class CaptureUnderWay(Conflict):
    """It was decided to take this money, or another amount of it, and the payment provider has not said yet whether it did."""

    code, title = "capture-under-way", "This money is being taken"
    fix = "Wait until the order says what became of it; what was taken can be refunded."


class NotSupported(Conflict):
    """The payment provider cannot do this at all. Nothing was decided and nothing was changed."""

    code, title = "not-supported", "The payment provider cannot do this"
    fix = "Do it at the provider by hand, or in another way: `GET /v1/orders/{id}/payments` names the provider of each payment."


class BadSignature(BadRequest):
    """The event is not signed by the payment provider, it was altered on its way, or its signature is too old."""

    code, title = "bad-signature", "The signature is not the provider's"
    fix = "Send the body as it was signed, with the provider's own signature header; check the signing secret in the settings."


class ProviderUnreachable(Exception):  # noqa: N818 - not a problem of the client's: what happened is not known.
    """The provider did not answer, or not with an answer: the payment may have happened or not."""
