"""What payment providers tell us, under `/v1/payments/webhooks`."""

from merkato.domains.payments import service
from merkato.domains.payments.access import SignedReport
from merkato.domains.payments.errors import BadSignature
from merkato.domains.payments.schemas import ReceivedView
from merkato.kit.http import RequestSession, responses, router

routes = router("Payments")
BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "object", "description": "The event, as the provider describes it."},
            "example": {"type": "payment.updated", "data": {"order_id": "01995a3e-7c1f-7d0a-9b57-3f6f0c2a9d41"}},
        }
    },
}


@routes.post(
    "/v1/payments/webhooks/{provider}",
    response_model=ReceivedView,
    responses=responses(BadSignature, 404, 413, 422),
    openapi_extra={"requestBody": BODY},
)
async def receive_payment_event(session: RequestSession, signed: SignedReport) -> ReceivedView:
    """An event of a payment provider, signed over the raw body. Each is noted once; repeats and unknown kinds are answered alike.

    It only says which payment to look at: the provider is asked how it stands.
    """
    await service.receive(session, signed.provider, signed.report)
    return ReceivedView()
