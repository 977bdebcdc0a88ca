"""Roles that a store defines for itself: what they grant, to whom, and that it acts at once."""

import asyncio
from collections import Counter

import httpx
from fastapi import FastAPI

from doors import ClientOf, SignIn
from make.answers import code, pointers

WAREHOUSE = {"name": "warehouse", "scopes": ["inventory:write", "orders:read"], "description": "Packs and dispatches."}


async def id_of(client: httpx.AsyncClient) -> str:
    return str((await client.get("/v1/me")).json()["id"])


async def test_a_role_grants_its_scopes_and_a_lost_one_is_lost_at_once(
    app: FastAPI, client_of: ClientOf, sign_in: SignIn
) -> None:
    admin, bert = await sign_in("Admin", "admin"), await sign_in("Bert")
    made = await admin.post("/v1/roles", json=WAREHOUSE)
    assert (made.status_code, made.headers["location"]) == (201, "/v1/roles/warehouse")
    assert made.json() == WAREHOUSE | {"built_in": False}
    listed = (await admin.get("/v1/roles")).json()
    assert [(each["name"], each["built_in"]) for each in listed["data"]] == [
        ("customer", True),
        ("staff", True),
        ("admin", True),
        ("warehouse", False),
    ]
    assert listed["data"][-1] == made.json()
    account = f"/v1/accounts/{await id_of(bert)}"
    assert (await bert.get("/v1/orders?customer=all")).status_code == 403
    given = await admin.patch(account, json={"roles": ["customer", "warehouse"]})
    assert given.json()["roles"] == ["customer", "warehouse"]
    assert [each["name"] for each in (await admin.get("/v1/accounts?role=warehouse")).json()["data"]] == ["Bert"]
    assert (await bert.get("/v1/orders?customer=all")).status_code == 200
    secret = (await bert.post("/v1/api-keys", json={"name": "Scanner", "scopes": ["orders:read"]})).json()["secret"]
    key = client_of(app)
    key.headers["Authorization"] = f"Bearer {secret}"
    assert (await key.get("/v1/orders?customer=all")).status_code == 200

    changed = await admin.patch("/v1/roles/warehouse", json={"scopes": ["inventory:write"]})
    assert changed.json() == WAREHOUSE | {"scopes": ["inventory:write"], "built_in": False}
    assert (await bert.get("/v1/orders?customer=all")).status_code == 403
    assert (await key.get("/v1/orders?customer=all")).status_code == 403
    assert (await admin.patch("/v1/roles/warehouse", json={"description": None})).json()["description"] is None

    assert code(await admin.delete("/v1/roles/warehouse")) == (409, "role-in-use")
    assert (await admin.patch(account, json={"roles": ["customer"]})).status_code == 200
    assert (await admin.delete("/v1/roles/warehouse")).status_code == 204
    assert code(await admin.patch("/v1/roles/warehouse", json={"scopes": []})) == (404, "not-found")
    assert pointers(await admin.patch(account, json={"roles": ["customer", "warehouse"]})) == {"/roles/1"}


async def test_nobody_gives_by_a_role_what_they_do_not_have(sign_in: SignIn) -> None:
    admin, deputy = await sign_in("Admin", "admin"), await sign_in("Deputy")
    for role in (WAREHOUSE, {"name": "deputy", "scopes": ["accounts:write", "orders:read"]}):
        assert (await admin.post("/v1/roles", json=role)).status_code == 201
    assert (await admin.patch(f"/v1/accounts/{await id_of(deputy)}", json={"roles": ["deputy"]})).status_code == 200
    exceeded = (403, "scopes-exceeded")
    assert code(await deputy.post("/v1/roles", json=WAREHOUSE | {"name": "other"})) == exceeded
    assert code(await deputy.patch("/v1/roles/deputy", json={"scopes": ["catalog:write"]})) == exceeded
    own = f"/v1/accounts/{await id_of(deputy)}"
    assert code(await deputy.patch(own, json={"roles": ["deputy", "warehouse"]})) == exceeded
    # What it grants beyond its changer's own may stay, or go.
    assert (await deputy.patch("/v1/roles/warehouse", json={"scopes": ["inventory:write"]})).status_code == 200
    assert (await deputy.post("/v1/roles", json={"name": "reader", "scopes": ["orders:read"]})).status_code == 201


async def test_the_built_in_roles_stay_and_names_are_taken_once(sign_in: SignIn) -> None:
    admin = await sign_in("Admin", "admin")
    for name in ("customer", "staff", "admin"):
        assert code(await admin.post("/v1/roles", json=WAREHOUSE | {"name": name})) == (409, "role-taken")
        assert code(await admin.patch(f"/v1/roles/{name}", json={"scopes": []})) == (409, "built-in-role")
        assert code(await admin.delete(f"/v1/roles/{name}")) == (409, "built-in-role")
    answers = await asyncio.gather(*(admin.post("/v1/roles", json=WAREHOUSE) for _ in range(5)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 4}
    assert {code(answer) for answer in answers if answer.is_error} == {(409, "role-taken")}
    for wrong in ("", "x", "Warehouse", "ware house", "w" * 33, "9lives", None, 7):
        assert pointers(await admin.post("/v1/roles", json=WAREHOUSE | {"name": wrong})) == {"/name"}, wrong
    assert pointers(await admin.post("/v1/roles", json=WAREHOUSE | {"scopes": ["everything"]})) == {"/scopes/0"}
    assert pointers(await admin.patch("/v1/roles/warehouse", json={"name": "other"})) == {"/name"}
    assert (await admin.delete("/v1/roles/%00")).status_code == 422


async def test_a_role_that_is_given_and_deleted_at_once_is_one_or_the_other(sign_in: SignIn) -> None:
    admin = await sign_in("Admin", "admin")
    bert = f"/v1/accounts/{await id_of(await sign_in('Bert'))}"
    for _ in range(5):
        assert (await admin.post("/v1/roles", json=WAREHOUSE)).status_code == 201
        given, gone = await asyncio.gather(
            admin.patch(bert, json={"roles": ["warehouse"]}), admin.delete("/v1/roles/warehouse")
        )
        assert (given.status_code, gone.status_code) in {(200, 409), (422, 204)}
        await admin.patch(bert, json={"roles": ["customer"]})
        await admin.delete("/v1/roles/warehouse")
