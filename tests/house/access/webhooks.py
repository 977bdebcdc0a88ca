"""Webhooks are for staff with the scope."""

from house.access.matrix import People, prepares, staff
from merkato.domains.orders.events import OrderPlaced
from merkato.domains.webhooks import service
from merkato.kit.ids import new

ADDRESS = "https://1.1.1.1/hook"
"""Nothing is sent to it: no worker runs."""


@prepares("webhook_id")
async def webhook(people: People) -> str:
    # The store keeps 20, and the matrix asks for more.
    for each in (await people.staff.get("/v1/webhooks?limit=100")).json()["data"]:
        await people.staff.delete(f"/v1/webhooks/{each['id']}")
    draft = {"url": ADDRESS, "events": ["order.placed"]}
    return str((await people.staff.post("/v1/webhooks", json=draft)).json()["id"])


@prepares("delivery_id")
async def delivery(people: People) -> str:
    webhook_id = await webhook(people)
    await people.app.state.database.run(service.fan_out, OrderPlaced(order_id=new()))
    (made,) = (await people.staff.get(f"/v1/webhooks/{webhook_id}/deliveries")).json()["data"]
    return str(made["id"])


ROWS = (
    staff("GET /v1/webhooks"),
    staff("POST /v1/webhooks", 201, body={"url": ADDRESS, "events": ["webhook.disabled"]}),
    staff("GET /v1/webhooks/{webhook_id}"),
    staff("PATCH /v1/webhooks/{webhook_id}", body={"description": "Ours."}),
    staff("DELETE /v1/webhooks/{webhook_id}", 204),
    staff("POST /v1/webhooks/{webhook_id}/rotate"),
    staff("GET /v1/webhooks/{webhook_id}/deliveries"),
    staff("POST /v1/deliveries/{delivery_id}/retry"),
)
