"""Who may do what with fulfilments and kitchen tickets."""

from house.access.matrix import People, prepares, staff
from house.access.shopping import order, owner_and_staff
from make.answers import made


@prepares("fulfilment_id")
async def fulfilment(people: People) -> str:
    return str((await made(people.staff, f"/v1/orders/{await order(people)}/fulfilments"))["id"])


@prepares("dispatched_id")
async def dispatched(people: People) -> str:
    fulfilment_id = await fulfilment(people)
    assert (await people.staff.post(f"/v1/fulfilments/{fulfilment_id}/dispatch")).status_code == 200
    return fulfilment_id


ROWS = (
    owner_and_staff("GET /v1/orders/{order_id}/fulfilments"),
    staff("POST /v1/orders/{order_id}/fulfilments", 201, body={}),
    staff("POST /v1/fulfilments/{fulfilment_id}/dispatch"),
    staff("POST /v1/fulfilments/{fulfilment_id}/deliver", at="/v1/fulfilments/{dispatched_id}/deliver"),
    staff("POST /v1/fulfilments/{fulfilment_id}/cancel"),
    staff("GET /v1/tickets"),
)
