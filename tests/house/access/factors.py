"""Who may do what with second factors and passkeys: everybody with their own, admins take lost ones away."""

from house.access.matrix import People, admins, everyone, own, prepares, signed_in
from make import factors
from make.accounts import PASSWORD
from services.authenticator import Authenticator


@prepares("passkey_id")
async def passkey_id(people: People) -> str:
    return await factors.add_passkey(people.owner, Authenticator())


PROOF = {"password": PASSWORD}
CODE = {"otp": "000000"}
NOTHING = {
    "id": "AA",
    "rawId": "AA",
    "type": "public-key",
    "response": {"clientDataJSON": "AA", "attestationObject": "AA"},
}

ROWS = (
    everyone("POST /v1/auth/passkeys/options"),
    signed_in("GET /v1/me/factors"),
    signed_in("POST /v1/me/factors/totp", 201, body=PROOF),
    # What these need is a code that is right: tests/domains/test_second_factor.py.
    signed_in("POST /v1/me/factors/totp/confirm", 409, body=CODE, fresh=True),
    signed_in("DELETE /v1/me/factors/totp", 404, body=PROOF | CODE),
    signed_in("POST /v1/me/factors/recovery-codes", 404, body=CODE),
    signed_in("POST /v1/me/passkeys/options", body=PROOF),
    signed_in("POST /v1/me/passkeys", 422, body={"credential": NOTHING, "name": "Nothing"}),
    signed_in("GET /v1/me/passkeys"),
    own("GET /v1/me/passkeys/{passkey_id}"),
    own("PATCH /v1/me/passkeys/{passkey_id}", body={"name": "Another name"}),
    own("DELETE /v1/me/passkeys/{passkey_id}", 204, body=PROOF),
    admins("DELETE /v1/accounts/{account_id}/factors", 204, fresh=True),
)
