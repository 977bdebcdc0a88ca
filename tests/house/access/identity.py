"""Who may do what with accounts, profiles and tokens."""

from house.access.matrix import People, admins, everyone, own, prepares, signed_in, staff
from make import accounts
from make.accounts import PASSWORD
from merkato.domains.identity.models import SCOPES, Purpose
from merkato.kit import ids


@prepares("new_email")
async def new_email(_people: People) -> str:
    return f"{ids.new().hex}@example.com"


@prepares("new_handle")
async def new_handle(_people: People) -> str:
    return f"somebody-{ids.new().hex[-12:]}"


@prepares("handle")
async def handle(people: People) -> str:
    return str((await people.owner.get("/v1/me")).json()["profile"]["handle"])


@prepares("account_id")
async def account(people: People) -> str:
    return str((await people.owner.get("/v1/me")).json()["id"])


@prepares("owner_email")
async def owner_email(people: People) -> str:
    return str((await people.owner.get("/v1/me")).json()["email"])


@prepares("verification_token")
async def verification_token(people: People) -> str:
    return await accounts.verification_token(people.app, await accounts.register(people.app, ids.new().hex))


@prepares("reset_token")
async def reset_token(people: People) -> str:
    return await accounts.reset_token(people.app, await accounts.register(people.app, ids.new().hex))


@prepares("session_id")
async def session_id(people: People) -> str:
    await accounts.log_in(people.anonymous, await owner_email(people))
    listed = (await people.owner.get("/v1/me/sessions")).json()["data"]
    return str(next(each["id"] for each in listed if not each["current"]))


@prepares("change_token")
async def change_token(people: People) -> str:
    email = await new_email(people)
    await _ask_for(people, await accounts.register(people.app, ids.new().hex), email)
    return await accounts.mailed_token(people.app, email, Purpose.CHANGE)


@prepares("undo_token")
async def undo_token(people: People) -> str:
    before, email = await accounts.register(people.app, ids.new().hex), await new_email(people)
    verification = {"token": await accounts.verification_token(people.app, before)}
    await people.anonymous.post("/v1/auth/verifications", json=verification)
    await _ask_for(people, before, email)
    change = {"token": await accounts.mailed_token(people.app, email, Purpose.CHANGE)}
    await people.anonymous.post("/v1/auth/email-changes/confirm", json=change)
    return await accounts.mailed_token(people.app, before, Purpose.UNDO)


async def _ask_for(people: People, present: str, email: str) -> None:
    tokens = await accounts.log_in(people.anonymous, present)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    await people.anonymous.post("/v1/me/email", json={"email": email, "password": PASSWORD}, headers=bearer)


@prepares("api_key_id")
async def api_key(people: People) -> str:
    return str((await people.staff.post("/v1/api-keys", json=API_KEY)).json()["id"])


ANY = ("inventory:write", *SCOPES)
"""Whoever has some scope is staff. No key makes another, whatever it may do."""


@prepares("identity_id")
async def identity_id(people: People) -> str:
    owner = ids.parsed(await account(people))
    assert owner is not None
    return str(await accounts.known_elsewhere(people.app, owner))


@prepares("new_role")
async def new_role(_people: People) -> str:
    return f"role-{ids.new().hex[-12:]}"


@prepares("role")
async def role(people: People) -> str:
    body = {"name": await new_role(people), "scopes": ["orders:read"]}
    return str((await people.admin.post("/v1/roles", json=body)).json()["name"])


API_KEY = {"name": "Stock of the warehouse", "scopes": ["inventory:write"]}
REGISTRATION = {"email": "{new_email}", "password": PASSWORD, "name": "Somebody"}
NEW_PASSWORD = {"token": "{reset_token}", "password": PASSWORD}
LOG_IN = {"grant_type": "password", "username": "{owner_email}", "password": PASSWORD}
BACK = {"redirect_uri": "https://shop.example/signed-in"}
LINK = {"code": "code", "state": "state", "secret": "secret", "password": PASSWORD}

ROWS = (
    everyone("POST /v1/accounts", 201, body=REGISTRATION),
    everyone("POST /v1/auth/tokens", form=LOG_IN, fresh=True),
    everyone("GET /v1/auth/providers"),
    everyone(
        "POST /v1/auth/providers/{provider}/authorizations", 404, at="/v1/auth/providers/none/authorizations", body=BACK
    ),
    everyone("POST /v1/auth/revocations", 204, body={"token": "unknown"}),
    everyone("POST /v1/auth/verifications", 204, body={"token": "{verification_token}"}),
    signed_in("POST /v1/auth/verifications/send", 204),
    everyone("POST /v1/auth/password-resets", 202, body={"email": "{owner_email}"}),
    everyone("POST /v1/auth/password-resets/confirm", 204, body=NEW_PASSWORD),
    everyone("POST /v1/auth/email-changes/confirm", 204, body={"token": "{change_token}"}),
    everyone("POST /v1/auth/email-changes/undo", 204, body={"token": "{undo_token}"}),
    signed_in("GET /v1/me"),
    signed_in("POST /v1/me/email", 202, body={"email": "{new_email}", "password": PASSWORD}),
    signed_in("GET /v1/me/sessions"),
    own("DELETE /v1/me/sessions/{session_id}", 204),
    signed_in("GET /v1/me/identities"),
    # Nobody has begun this log-in: whoever is signed in is told so.
    signed_in("POST /v1/me/identities", 401, body=LINK),
    own("DELETE /v1/me/identities/{identity_id}", 204),
    signed_in("PATCH /v1/me", body={"name": "Another name"}),
    signed_in("PUT /v1/me/profile", body={"handle": "{new_handle}", "name": "Another name"}),
    signed_in("PATCH /v1/me/profile", body={"bio": "Likes coffee."}),
    everyone("GET /v1/profiles/{handle}"),
    admins("GET /v1/accounts"),
    admins("PATCH /v1/accounts/{account_id}", body={"roles": ["customer"]}),
    staff("GET /v1/api-keys", scopes=ANY, others={"key": 403}),
    staff("POST /v1/api-keys", 201, body=API_KEY, scopes=ANY, others={"key": 403}),
    # Others' keys are there for who may change accounts, and for nobody else.
    staff("DELETE /v1/api-keys/{api_key_id}", 204, scopes=ANY, others={"key": 403, "narrowed": 404}),
    admins("GET /v1/roles"),
    admins("POST /v1/roles", 201, body={"name": "{new_role}", "scopes": ["accounts:write"]}),
    admins("PATCH /v1/roles/{name}", at="/v1/roles/{role}", body={"scopes": []}),
    admins("DELETE /v1/roles/{name}", 204, at="/v1/roles/{role}"),
    admins("GET /v1/audit"),
    everyone("GET /.well-known/jwks.json"),
)
