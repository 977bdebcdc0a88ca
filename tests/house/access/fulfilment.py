"""Who may do what with fulfilments, kitchen tickets and returns."""

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


SENT: dict[str, str] = {}
"""The order of each line below."""


async def sent(people: People) -> str:
    """A line of an order whose goods have left."""
    order_id = await order(people)
    made_up = await made(people.staff, f"/v1/orders/{order_id}/fulfilments")
    assert (await people.staff.post(f"/v1/fulfilments/{made_up['id']}/dispatch")).status_code == 200
    line_id = str(made_up["lines"][0]["line_id"])
    SENT[line_id] = order_id
    return line_id


@prepares("a_sent_line")
async def sent_line(people: People) -> str:
    return await sent(people)


@prepares("its_order_id")
async def order_of_it(_people: People) -> str:
    """Names are prepared in their order: the newest line is the one above."""
    return list(SENT.values())[-1]


@prepares("return_id")
async def asked(people: People) -> str:
    line_id = await sent(people)
    lines = [{"line_id": line_id, "quantity": 1}]
    path = f"/v1/orders/{SENT[line_id]}/returns"
    return str((await made(people.owner, path, lines=lines, reason="too blue"))["id"])


@prepares("approved_id")
async def approved(people: People) -> str:
    return_id = await asked(people)
    assert (await people.staff.post(f"/v1/returns/{return_id}/approve")).status_code == 200
    return return_id


ASKED = {"lines": [{"line_id": "{a_sent_line}", "quantity": 1}], "reason": "too blue"}
ROWS = (
    owner_and_staff("GET /v1/orders/{order_id}/fulfilments"),
    staff("POST /v1/orders/{order_id}/fulfilments", 201, body={}),
    staff("POST /v1/fulfilments/{fulfilment_id}/dispatch"),
    staff("POST /v1/fulfilments/{fulfilment_id}/deliver", at="/v1/fulfilments/{dispatched_id}/deliver"),
    staff("POST /v1/fulfilments/{fulfilment_id}/cancel"),
    staff("GET /v1/tickets"),
    owner_and_staff("GET /v1/orders/{order_id}/returns"),
    owner_and_staff("POST /v1/orders/{order_id}/returns", 201, at="/v1/orders/{its_order_id}/returns", body=ASKED),
    staff("GET /v1/returns"),
    staff("POST /v1/returns/{return_id}/approve"),
    staff("POST /v1/returns/{return_id}/reject"),
    staff("POST /v1/returns/{return_id}/receive", at="/v1/returns/{approved_id}/receive"),
)
