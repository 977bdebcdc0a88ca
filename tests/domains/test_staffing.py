"""Staff, the keys of their programs, and the log of what both have changed."""

from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from doors import ClientOf, SignIn
from make import products
from make.accounts import log_in
from merkato.kit import clock

STOCK_KEY = {"name": "Stock of the warehouse", "scopes": ["inventory:write"]}


async def key_of(maker: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await maker.post("/v1/api-keys", json=STOCK_KEY | changes)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    made: dict[str, Any] = answer.json()
    return made


async def by_key(app: FastAPI, client_of: ClientOf, secret: str) -> httpx.AsyncClient:
    client = client_of(app)
    client.headers["Authorization"] = f"Bearer {secret}"
    return client


async def audit(admin: httpx.AsyncClient, **filters: str) -> list[dict[str, Any]]:
    answer = await admin.get("/v1/audit", params=filters)
    assert answer.status_code == 200, answer.text
    entries: list[dict[str, Any]] = answer.json()["data"]
    return entries


async def id_of(client: httpx.AsyncClient) -> str:
    return str((await client.get("/v1/me")).json()["id"])


async def test_accounts_are_found(sign_in: SignIn) -> None:
    admin = await sign_in("Admin", "admin")
    bert, _cleo = await sign_in("Bert 100%"), await sign_in("Cleo", "staff")
    await admin.patch(f"/v1/accounts/{await id_of(bert)}", json={"active": False})

    async def names(query: str) -> list[str]:
        answer = await admin.get(f"/v1/accounts?{query}")
        assert answer.status_code == 200, answer.text
        return [each["name"] for each in answer.json()["data"]]

    assert await names("") == ["Admin", "Bert 100%", "Cleo"]
    assert await names("q=bErT") == ["Bert 100%"]
    assert await names("q=cleo@EXAMPLE") == ["Cleo"]
    assert await names("q=0%25") == ["Bert 100%"]
    assert await names("q=%25") == ["Bert 100%"]
    assert await names("role=staff") == ["Cleo"]
    assert await names("active=false") == ["Bert 100%"]
    assert await names("active=true&role=customer") == []
    page = (await admin.get("/v1/accounts?active=true&limit=1")).json()
    assert await names(f"active=true&limit=1&cursor={page['next']}") == ["Cleo"]
    for wrong in ("role=King", "active=perhaps", "q=", "q=a%00b", "page=1"):
        assert (await admin.get(f"/v1/accounts?{wrong}")).status_code == 422, wrong


async def test_nobody_gives_more_than_they_have_and_an_able_admin_stays(sign_in: SignIn) -> None:
    admin, second, bert = await sign_in("Admin", "admin"), await sign_in("Second", "admin"), await sign_in("Bert")
    own, other, berts = [f"/v1/accounts/{await id_of(each)}" for each in (admin, second, bert)]
    assert (await admin.patch(other, json={"scopes": ["accounts:write", "orders:read"]})).status_code == 200
    refused = await second.patch(berts, json={"roles": ["staff"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "scopes-exceeded")
    assert "catalog:write" in refused.json()["detail"]
    assert (await bert.get("/v1/me")).json()["roles"] == ["customer"]
    assert (await second.patch(other, json={"scopes": None})).json()["code"] == "scopes-exceeded"
    assert (await second.patch(berts, json={"roles": ["staff"], "scopes": ["orders:read"]})).status_code == 200
    assert (await admin.patch(own, json={"active": False})).status_code == 200
    for change in ({"roles": ["staff"]}, {"scopes": ["orders:read"]}, {"active": False}):
        answer = await second.patch(other, json=change)
        assert (answer.status_code, answer.json()["code"]) == (409, "last-admin"), change
    # Whoever was locked out with more than one has is not let in again either.
    assert (await second.patch(own, json={"active": True})).json()["code"] == "scopes-exceeded"


async def test_a_key_does_what_its_scopes_say_and_nothing_more(
    app: FastAPI, client_of: ClientOf, sign_in: SignIn, staff: httpx.AsyncClient
) -> None:
    made = await key_of(staff)
    assert made["secret"].startswith(made["prefix"])
    assert made["prefix"].startswith("mk_")
    listed = (await staff.get("/v1/api-keys")).json()["data"]
    assert made["secret"] not in str(listed)
    assert listed == [{name: value for name, value in made.items() if name != "secret"}]
    variant = str((await products.product(app.state.database, stock=3))["variant_id"])
    key = await by_key(app, client_of, made["secret"])

    url = f"/v1/variants/{variant}/stock"
    assert (await key.put(url, json={"on_hand": 7})).status_code == 200
    assert (await key.get(url)).json()["on_hand"] == 7
    movement = (await staff.get(f"{url}/movements")).json()["data"][0]
    assert movement["account_id"] == await id_of(staff)
    refusals = [
        ("GET", "/v1/orders"),
        ("GET", "/v1/me"),
        ("DELETE", "/v1/me"),
        ("GET", "/v1/me/addresses"),
        ("GET", "/v1/accounts"),
        ("GET", "/v1/audit"),
        ("GET", "/v1/api-keys"),
        ("POST", "/v1/api-keys"),
        ("DELETE", f"/v1/api-keys/{made['id']}"),
        ("GET", "/v1/webhooks"),
    ]
    for method, path in refusals:
        answer = await key.request(method, path, json=STOCK_KEY if method == "POST" else None)
        assert answer.status_code == 403, (method, path, answer.text)

    reader = await by_key(app, client_of, (await key_of(staff, scopes=["orders:read"]))["secret"])
    assert (await reader.get("/v1/orders?customer=all")).status_code == 200
    assert (await reader.put(url, json={"on_hand": 1})).status_code == 403

    first = (await staff.get("/v1/api-keys")).json()["data"][0]["last_used_at"]
    assert first is not None
    assert (await key.get(url)).status_code == 200
    assert (await staff.get("/v1/api-keys")).json()["data"][0]["last_used_at"] == first
    with clock.moved(timedelta(minutes=2)):
        assert (await key.get(url)).status_code == 200
    assert (await staff.get("/v1/api-keys")).json()["data"][0]["last_used_at"] > first

    other = await sign_in("Other", "staff")
    assert (await other.get("/v1/api-keys")).json()["data"] == []
    assert (await other.delete(f"/v1/api-keys/{made['id']}")).status_code == 404
    assert (await staff.delete(f"/v1/api-keys/{made['id']}")).status_code == 204
    assert (await key.get(url)).status_code == 401


async def test_a_key_never_has_more_than_its_maker(
    app: FastAPI, client_of: ClientOf, sign_in: SignIn, staff: httpx.AsyncClient
) -> None:
    admin = await sign_in("Admin", "admin")
    account = f"/v1/accounts/{await id_of(staff)}"
    later = (clock.now() + timedelta(hours=1)).isoformat()
    brief = await by_key(app, client_of, (await key_of(staff, scopes=["webhooks:write"], expires_at=later))["secret"])
    key = await by_key(app, client_of, (await key_of(staff, scopes=["webhooks:write"]))["secret"])
    assert (await brief.get("/v1/webhooks")).status_code == 200
    with clock.moved(timedelta(hours=2)):
        assert (await brief.get("/v1/webhooks")).status_code == 401
        assert (await key.get("/v1/webhooks")).status_code == 200
    steps: list[tuple[dict[str, Any], int]] = [
        ({"scopes": ["orders:read"]}, 403),
        ({"scopes": None}, 200),
        ({"active": False}, 401),
        ({"active": True}, 200),
        ({"roles": ["customer"]}, 403),
    ]
    for change, status in steps:
        assert (await admin.patch(account, json=change)).status_code == 200
        assert (await key.get("/v1/webhooks")).status_code == status, change
    await admin.patch(account, json={"roles": ["staff"]})

    # A key for accounts gives no more than it has itself, whatever its maker has.
    giver = await by_key(app, client_of, (await key_of(admin, scopes=["accounts:write"]))["secret"])
    assert (await giver.patch(account, json={"roles": ["admin"]})).json()["code"] == "scopes-exceeded"
    assert (await giver.patch(account, json={"scopes": []})).status_code == 200
    await admin.patch(account, json={"scopes": None})

    # Being locked out has ended the session.
    tokens = await log_in(client_of(app), "staff@example.com")
    staff.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    wrong: list[tuple[dict[str, Any], int]] = [
        ({"scopes": ["accounts:write"]}, 403),
        ({"scopes": []}, 422),
        ({"scopes": ["everything"]}, 422),
        ({"expires_at": "2001-01-01T00:00:00Z"}, 422),
        ({"expires_at": "2999-01-01T00:00:00"}, 422),
        ({"name": ""}, 422),
        ({"secret": "mk_mine"}, 422),
    ]
    for change, status in wrong:
        assert (await staff.post("/v1/api-keys", json=STOCK_KEY | change)).status_code == status, change
    for secret in ("mk_", "mk_unknown", "mk_" + "x" * 10_000, "mk_\xe9"):
        client = client_of(app)
        answer = await client.get("/v1/webhooks", headers=[(b"authorization", f"Bearer {secret}".encode("latin-1"))])
        assert answer.status_code == 401, secret
    assert (await staff.delete("/v1/me")).status_code == 204
    assert (await key.get("/v1/webhooks")).status_code == 401
    customer = await sign_in("Customer")
    assert (await customer.post("/v1/api-keys", json=STOCK_KEY)).status_code == 403


async def test_the_log_says_who_changed_what(
    app: FastAPI, client_of: ClientOf, sign_in: SignIn, staff: httpx.AsyncClient
) -> None:
    admin, bert = await sign_in("Admin", "admin"), await sign_in("Bert")
    staff_id, bert_id = await id_of(staff), await id_of(bert)
    made = await key_of(staff)
    variant = str((await products.product(app.state.database, stock=3))["variant_id"])
    (entry,) = await audit(admin, subject=made["id"])
    assert (entry["method"], entry["route"], entry["account_id"]) == ("POST", "/v1/api-keys", staff_id)
    assert (entry["subject_type"], entry["changes"][0]["action"]) == ("api_key", "added")
    assert entry["changes"][0]["after"]["scopes"] == ["inventory:write"]
    assert entry["changes"][0]["after"]["prefix"] == made["prefix"]
    assert "hash" not in entry["changes"][0]["after"]

    answer = await admin.patch(f"/v1/accounts/{bert_id}", json={"roles": ["staff"]}, headers={"X-Request-Id": "r-1"})
    assert answer.status_code == 200
    (entry,) = await audit(admin, subject=bert_id)
    assert entry["request_id"] == "r-1"
    assert entry["subject_type"] == "account"
    (change,) = entry["changes"]
    assert (change["table"], change["id"], change["action"]) == ("identity_accounts", bert_id, "changed")
    assert (change["before"], change["after"]) == ({"roles": ["customer"]}, {"roles": ["staff"]})

    # A name is somebody's; that it changed is known, and nothing of what it was and is.
    assert (await bert.patch("/v1/me", json={"name": "Bertram the Secret"})).status_code == 200
    (own,) = await audit(admin, actor=bert_id)
    assert own["changes"][0]["withheld"] == ["name"]
    assert "ert" not in str(own["changes"])

    amount = (await staff.patch(f"/v1/variants/{variant}", json={"price": {"amount": 777, "currency": "EUR"}})).json()
    assert amount["price"]["amount"] == 777
    price = (await audit(admin, subject=variant))[0]
    (told,) = [each for each in price["changes"] if each["table"] == "pricing_prices" and each["id"]]
    assert told["after"] == {"EUR": [777, None]}
    assert told["before"]["EUR"][0] not in {None, 777}

    key = await by_key(app, client_of, made["secret"])
    assert (await key.put(f"/v1/variants/{variant}/stock", json={"on_hand": 9})).status_code == 200
    (entry,) = await audit(admin, actor=made["id"])
    assert (entry["account_id"], entry["api_key_id"], entry["subject_id"]) == (staff_id, made["id"], variant)
    (stock,) = [each for each in entry["changes"] if "on_hand" in each["before"]]
    assert stock["before"]["on_hand"] == 3
    assert stock["after"]["on_hand"] == 9

    # What is refused, read, or done by customers leaves nothing.
    count = len(await audit(admin, limit="100"))
    assert (await key.put(f"/v1/variants/{variant}/stock", json={"on_hand": -1})).status_code == 422
    assert (await admin.patch(f"/v1/accounts/{bert_id}", json={"roles": ["king"]})).status_code == 422
    assert (await staff.get("/v1/orders")).status_code == 200
    customer = await sign_in("Customer")
    assert (await customer.patch("/v1/me", json={"name": "Another"})).status_code == 200
    assert len(await audit(admin, limit="100")) == count
    page = (await admin.get("/v1/audit?limit=1")).json()
    second = (await admin.get(f"/v1/audit?limit=1&cursor={page['next']}")).json()["data"][0]
    assert second["at"] <= page["data"][0]["at"]
    assert second["id"] != page["data"][0]["id"]
    moment = {"from": (clock.now() + timedelta(hours=1)).isoformat()}
    assert await audit(admin, **moment) == []
    assert len(await audit(admin, to=moment["from"], limit="100")) == count
    for wrong in ("actor=me", "from=yesterday", "from=2026-01-01T00:00:00", "subject=%00"):
        assert (await admin.get(f"/v1/audit?{wrong}")).status_code == 422, wrong
