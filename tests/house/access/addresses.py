"""Who may do what with addresses."""

from house.access.matrix import People, own, prepares, signed_in

BERLIN = {"name": "Anna Example", "line1": "Torstrasse 1", "city": "Berlin", "postal_code": "10119", "country": "DE"}


@prepares("address_id")
async def address(people: People) -> str:
    answer = await people.owner.post("/v1/me/addresses", json=BERLIN)
    return str(answer.json()["id"])


ROWS = (
    signed_in("GET /v1/me/addresses"),
    signed_in("POST /v1/me/addresses", 201, body=BERLIN),
    own("GET /v1/me/addresses/{address_id}"),
    own("PUT /v1/me/addresses/{address_id}", body=BERLIN),
    own("PATCH /v1/me/addresses/{address_id}", body={"city": "Potsdam"}),
    own("DELETE /v1/me/addresses/{address_id}", 204),
)
