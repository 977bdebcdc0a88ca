"""Webhooks under `/v1/webhooks`, and their deliveries."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from merkato.domains.webhooks import flows, queries, service
from merkato.domains.webhooks.access import WebhookFlowStaff, WebhookStaff
from merkato.domains.webhooks.errors import TooManyWebhooks, WebhookOff
from merkato.domains.webhooks.models import Delivery, DeliveryState, Webhook
from merkato.domains.webhooks.schemas import (
    DeliveryView,
    WebhookChange,
    WebhookDraft,
    WebhookView,
    WebhookWithSecret,
)
from merkato.kit.errors import NotFound
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Webhooks")


@routes.get("/v1/webhooks", response_model=Page[WebhookView], responses=responses(401, 403, 422))
async def list_webhooks(session: RequestSession, _staff: WebhookStaff, asked: Asked) -> dict[str, Any]:
    """Who is told of events, oldest first. Needs the scope `webhooks:write`, as all of this does."""
    data, cursor = await queries.webhooks(session, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/webhooks",
    status_code=201,
    response_model=WebhookWithSecret,
    responses=responses(401, 403, TooManyWebhooks, 422),
)
async def add_webhook(
    request: Request, _staff: WebhookFlowStaff, draft: WebhookDraft, response: Response
) -> dict[str, Any]:
    """Tell events to an address from now on. Its `secret` is shown this once; every message is signed with it (Standard Webhooks).

    The address must be an `https://` one of the public internet.
    """
    webhook, secret = await flows.add(request.app.state.store, draft)
    response.headers["Location"] = f"/v1/webhooks/{webhook.id}"
    response.headers["Cache-Control"] = "no-store"
    return _with_secret(webhook, secret)


@routes.get("/v1/webhooks/{webhook_id}", response_model=WebhookView, responses=responses(401, 403, 404, 422))
async def read_webhook(session: RequestSession, _staff: WebhookStaff, webhook_id: UUID) -> Webhook:
    """One webhook, and how it does."""
    return await _found(session, webhook_id)


@routes.patch("/v1/webhooks/{webhook_id}", response_model=WebhookView, responses=responses(401, 403, 404, 422))
async def change_webhook(
    request: Request, _staff: WebhookFlowStaff, webhook_id: UUID, change: WebhookChange
) -> Webhook:
    """Change some of a webhook. Switched off, what waits for it ends; switched on again, it is told what happens from then on."""
    return await flows.change(request.app.state.store, webhook_id, change)


@routes.delete("/v1/webhooks/{webhook_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def remove_webhook(session: RequestSession, _staff: WebhookStaff, webhook_id: UUID) -> None:
    """Delete a webhook and its deliveries."""
    await service.remove(session, webhook_id)


@routes.post(
    "/v1/webhooks/{webhook_id}/rotate", response_model=WebhookWithSecret, responses=responses(401, 403, 404, 422)
)
async def rotate_webhook_secret(
    request: Request, session: RequestSession, _staff: WebhookStaff, webhook_id: UUID, response: Response
) -> dict[str, Any]:
    """Get a new secret. For 24 hours messages carry two signatures, by this one and by the one before."""
    webhook, secret = await service.rotate(session, request.app.state.secret, webhook_id)
    response.headers["Cache-Control"] = "no-store"
    return _with_secret(webhook, secret)


@routes.get(
    "/v1/webhooks/{webhook_id}/deliveries",
    response_model=Page[DeliveryView],
    responses=responses(401, 403, 404, 422),
)
async def list_deliveries(
    session: RequestSession,
    _staff: WebhookStaff,
    webhook_id: UUID,
    asked: Asked,
    state: DeliveryState | None = None,
) -> dict[str, Any]:
    """What was told to a webhook or waits for it, newest first, with each attempt."""
    await _found(session, webhook_id)
    data, cursor = await queries.deliveries(session, webhook_id, state, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/deliveries/{delivery_id}/retry",
    response_model=DeliveryView,
    responses=responses(401, 403, 404, WebhookOff, 422),
)
async def retry_delivery(session: RequestSession, _staff: WebhookStaff, delivery_id: UUID) -> Delivery:
    """Deliver again, now and for three days more if need be: also what was delivered. The message keeps its `webhook-id`."""
    return await service.retry(session, delivery_id)


async def _found(session: RequestSession, webhook_id: UUID) -> Webhook:
    webhook = await queries.webhook(session, webhook_id)
    if webhook is None:
        raise NotFound
    return webhook


def _with_secret(webhook: Webhook, secret: str) -> dict[str, Any]:
    shown = WebhookView.model_validate(webhook).model_dump()
    return {**shown, "secret": secret, "previous_until": webhook.previous_until}
