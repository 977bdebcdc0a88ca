"""Who may export and end whose account."""

from house.access.matrix import People, Row, admins, prepares, signed_in
from make import accounts
from merkato.kit import ids


@prepares("anothers_account_id")
async def anothers_account(people: People) -> str:
    email = await accounts.register(people.app, ids.new().hex)
    found = await people.admin.get(f"/v1/accounts?q={email}")
    return str(found.json()["data"][0]["id"])


ROWS: tuple[Row, ...] = (
    signed_in("GET /v1/me/export"),
    signed_in("DELETE /v1/me", 204, fresh=True),
    admins("DELETE /v1/accounts/{account_id}", 204, at="/v1/accounts/{anothers_account_id}"),
)
