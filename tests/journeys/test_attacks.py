"""What somebody tries who wants what is not theirs."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
from fastapi import FastAPI

from doors import ClientOf, SignIn
from make import accounts, orders, products, tasks
from make.answers import code, made, pointers
from merkato.domains.identity.models import Purpose
from merkato.kit.database import Database
from merkato.kit.ids import new
from merkato.settings import Settings

SPOOFS = ["a\nb", "a\r\nBcc: x@example.com", "a\tb", "a\x1b[31mb", "a\x7fb", "a\u2028b", "a\u202eb", "a\u2066b"]
PICTURES = [
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.test/x",
    "https:///x",
    'https://pictures.test/"onerror=alert(1)',
    "https://pictures.test/<script>",
    "https://anna:secret@pictures.test/",
    "https://pictures.test/\u202egpj.exe",
    "https://pictures.test\\@evil.test/",
    "file:///etc/passwd",
    "/media/../secret",
]


async def api_key(staff: httpx.AsyncClient, client: httpx.AsyncClient, *scopes: str) -> httpx.AsyncClient:
    """Let the client come with a new key of somebody."""
    key = await made(staff, "/v1/api-keys", name="K", scopes=list(scopes))
    client.headers["Authorization"] = f"Bearer {key['secret']}"
    return client


async def test_a_credential_that_is_sent_twice_is_refused(client: httpx.AsyncClient) -> None:
    for name in ("Authorization", "Cart-Token", "Checkout-Token", "Idempotency-Key"):
        for method, path in (("GET", "/v1/cart"), ("POST", "/v1/checkouts"), ("GET", "/v1/products")):
            answer = await client.request(method, path, headers=[(name, "a"), (name.lower(), "b")])
            assert code(answer) == (400, "bad-request")
            assert [(each["in"], each["pointer"]) for each in answer.json()["errors"]] == [
                ("header", f"/{name.lower()}")
            ]


async def test_a_key_is_not_its_maker(app: FastAPI, client_of: ClientOf, sign_in: SignIn) -> None:
    admin = await sign_in("Ada", "admin")
    key = await api_key(admin, client_of(app), "accounts:write", "catalog:write")
    asked: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", "/v1/me", None),
        ("PATCH", "/v1/me", {"name": "Mallory"}),
        ("POST", "/v1/me/email", {"email": "mallory@example.com", "password": accounts.PASSWORD}),
        ("PATCH", "/v1/me/profile", {"bio": "Mine now."}),
        ("DELETE", "/v1/me", None),
        ("GET", "/v1/me/sessions", None),
        ("POST", "/v1/api-keys", {"name": "K", "scopes": ["catalog:write"]}),
        ("GET", "/v1/orders", None),
    ]
    for method, path, body in asked:
        assert (await key.request(method, path, json=body)).status_code == 403, path
    me = (await admin.get("/v1/me")).json()
    assert (me["name"], me["email"]) == ("Ada", "ada@example.com")


async def test_a_token_beside_a_guests_token_wins(
    app: FastAPI, client: httpx.AsyncClient, client_of: ClientOf, sign_in: SignIn, database: Database
) -> None:
    mug = await orders.product(database, stock=5)
    line = (await orders.cart(client, (mug["variant_id"], 1)))["lines"][0]
    anna = await sign_in()
    staff = await sign_in("Staff", "staff")
    cart_token = {"Cart-Token": client.headers["Cart-Token"]}
    for caller in (anna, await api_key(staff, client_of(app), "catalog:write")):
        assert (await caller.get("/v1/cart", headers=cart_token)).json()["lines"] == []
        assert (await caller.delete(f"/v1/cart/lines/{line['id']}", headers=cart_token)).status_code == 404
    spoilt = {**cart_token, "Authorization": "Bearer nonsense"}
    assert (await client.get("/v1/cart", headers=spoilt)).status_code == 401
    assert len((await client.get("/v1/cart")).json()["lines"]) == 1


async def test_nobody_gets_another_callers_repeat(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    berlin = {**orders.BERLIN, "line1": "A place of Anna's"}
    key = {"Idempotency-Key": "1"}
    first = await anna.post("/v1/me/addresses", json=berlin, headers=key)
    second = await bob.post("/v1/me/addresses", json=berlin, headers=key)
    assert first.status_code == second.status_code == 201
    assert first.json()["id"] != second.json()["id"]
    assert "Idempotent-Replayed" not in second.headers
    assert (await client.post("/v1/me/addresses", json=berlin, headers=key)).status_code == 401
    assert (await bob.get(f"/v1/me/addresses/{first.json()['id']}")).status_code == 404


async def test_a_cursor_grants_nothing_and_is_not_forged(sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    for _ in range(2):
        await made(anna, "/v1/me/addresses", **orders.BERLIN)
    cursor = (await anna.get("/v1/me/addresses?limit=1")).json()["next"]
    assert (await bob.get(f"/v1/me/addresses?cursor={cursor}")).json() == {"data": [], "next": None}
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    forged = base64.urlsafe_b64encode(raw[:16] + json.dumps([str(new()), str(new())]).encode()).decode().rstrip("=")
    for bad in (forged, cursor[:-4], "A" * 60, "", "%00"):
        assert pointers(await anna.get(f"/v1/me/addresses?cursor={bad}")) == {"/cursor"}
    assert pointers(await anna.get(f"/v1/orders?cursor={cursor}")) == {"/cursor"}


async def test_fields_that_are_ours_to_set_are_refused(sign_in: SignIn, database: Database) -> None:
    anna = await sign_in()
    before = (await anna.get("/v1/me")).json()
    for field in ("id", "roles", "scopes", "active", "email", "email_verified", "password_hash", "deleted_at"):
        assert pointers(await anna.patch("/v1/me", json={"name": "Anna", field: before.get(field)})) == {f"/{field}"}
    mug = await orders.product(database, stock=5)
    ordered = [{"variant_id": mug["variant_id"]}]
    for field in ("account_id", "status", "total", "pay_by", "payment_status"):
        assert pointers(await anna.post("/v1/orders", json={"lines": ordered, field: 1})) == {f"/{field}"}
    priced = [{**ordered[0], "unit_price": 1}]
    assert pointers(await anna.post("/v1/checkouts", json={"lines": priced})) == {"/lines/0/unit_price"}
    assert (await anna.get("/v1/me")).json() == before


async def test_who_has_little_gives_no_more(app: FastAPI, client_of: ClientOf, sign_in: SignIn) -> None:
    ada, narrow = await sign_in("Ada", "admin"), await sign_in("Nora", "admin")
    me = f"/v1/accounts/{(await narrow.get('/v1/me')).json()['id']}"
    assert (await ada.patch(me, json={"scopes": ["accounts:write"]})).status_code == 200
    other = f"/v1/accounts/{(await (await sign_in('Bob')).get('/v1/me')).json()['id']}"
    key = await api_key(narrow, client_of(app), "accounts:write")
    for caller in (narrow, key):
        assert code(await caller.patch(me, json={"scopes": None})) == (403, "scopes-exceeded")
        assert code(await caller.patch(other, json={"roles": ["staff"]})) == (403, "scopes-exceeded")
    draft = {"name": "K", "scopes": ["orders:write"]}
    assert code(await narrow.post("/v1/api-keys", json=draft)) == (403, "scopes-exceeded")
    assert (await narrow.get("/v1/orders?customer=all")).status_code == 403


async def test_there_is_one_way_to_write_a_path(sign_in: SignIn) -> None:
    anna = await sign_in()
    for path in (
        "/v1//me",
        "/v1/%2e/me",
        "//v1/me",
        "/v1/me/",
        "/v1/%2e%2e/v1/me",
        "/v1/me%2f",
        "/v1/me;a=b",
        "/V1/me",
    ):
        target = httpx.URL("http://shop.test").copy_with(raw_path=path.encode())
        assert (await anna.get(target)).status_code == 404, path


async def test_the_method_is_the_one_of_the_request(sign_in: SignIn) -> None:
    anna = await sign_in()
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert (await anna.get("/v1/me", headers={name: "DELETE"})).status_code == 200
        assert (await anna.post("/v1/me", headers={name: "DELETE"})).status_code == 405
    assert (await anna.get("/v1/me?_method=DELETE")).status_code == 422
    assert (await anna.get("/v1/me")).status_code == 200


async def test_what_a_page_elsewhere_can_send_is_no_json(sign_in: SignIn) -> None:
    anna = await sign_in()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        sent = {"Content-Type": kind}
        answer = await anna.patch("/v1/me", content=b'{"name": "Mallory"}', headers=sent)
        assert answer.status_code in {400, 422}
    assert (await anna.get("/v1/me")).json()["name"] == "Anna"


async def test_names_are_on_one_line_and_pass_for_nothing_else(sign_in: SignIn) -> None:
    anna = await sign_in()
    for spoof in SPOOFS:
        assert pointers(await anna.patch("/v1/me", json={"name": spoof})) == {"/name"}
        address = {**orders.BERLIN, "line1": spoof}
        assert pointers(await anna.post("/v1/me/addresses", json=address)) == {"/line1"}
    for honest in ("Zoë Müller-Łukasz", "محمد", "שָׁלוֹם", "मोहन\u200dदास", "👩‍🍳 Anna"):
        assert (await anna.patch("/v1/me", json={"name": honest})).status_code == 200


async def test_an_address_of_a_picture_is_one_that_may_be_shown(sign_in: SignIn, staff: httpx.AsyncClient) -> None:
    anna = await sign_in()
    path = f"/v1/products/{(await made(staff, '/v1/products', title='Mug'))['id']}/media"
    for bad in PICTURES:
        assert pointers(await anna.patch("/v1/me/profile", json={"image": bad})) == {"/image"}, bad
        assert pointers(await staff.post(path, json={"url": bad})) == {"/url"}, bad
    for good in ("https://pictures.test/a%20b.jpg?w=2&h=(3)#x", "http://bücher.test:8080/ü.png", "/media/a.webp"):
        assert (await anna.patch("/v1/me/profile", json={"image": good})).status_code == 200, good


async def test_the_handle_of_a_deleted_account_is_nobodys(sign_in: SignIn) -> None:
    anna, bob = await sign_in(), await sign_in("Bob")
    handle = f"deleted-{(await bob.get('/v1/me')).json()['id'].replace('-', '')}"
    assert pointers(await anna.patch("/v1/me/profile", json={"handle": handle})) == {"/handle"}
    assert (await bob.delete("/v1/me")).status_code == 204


async def test_an_address_that_looks_alike_claims_no_orders(
    app: FastAPI, client: httpx.AsyncClient, sign_in: SignIn, database: Database
) -> None:
    mug = await orders.product(database, stock=5)
    await orders.cart(client, (mug["variant_id"], 1))
    ready = await orders.checkout(client, email="anna@strasse.example")
    assert (await orders.complete(client, ready)).status_code == 201
    mallory = await sign_in("Mallory")
    wish = {"email": "anna@straße.example", "password": accounts.PASSWORD}
    assert (await mallory.post("/v1/me/email", json=wish)).status_code == 202
    # The key of both addresses is the same.
    token = {"token": await accounts.mailed_token(app, "anna@strasse.example", Purpose.CHANGE)}
    assert (await client.post("/v1/auth/email-changes/confirm", json=token)).status_code == 204
    await tasks.settle(app)
    assert (await mallory.get("/v1/orders")).json()["data"] == []


async def test_what_was_written_is_shown_as_text(
    make_app: Callable[[Settings], FastAPI], settings: Settings, client_of: ClientOf
) -> None:
    app = make_app(settings.model_copy(update={"demo": True}))
    client = client_of(app)
    for path in (
        "/problems/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/docs?url=//evil.test",
        "/redoc?spec-url=//evil.test",
    ):
        answer = await client.get(path, headers={"Accept": "text/html"})
        assert "<script>alert" not in answer.text
        assert "evil.test" not in answer.text
    draft = {"name": '<img src=x onerror="alert(1)">', "email": "anna@example.com", "password": accounts.PASSWORD}
    assert (await client.post("/v1/accounts", json=draft)).status_code == 201
    mug = await products.product(app.state.database, title="=HYPERLINK(1)<b>")
    await orders.order(client, (str(mug["variant_id"]), 1))
    await tasks.settle(app)
    for file in settings.mail_folder.glob("*.eml"):
        letter = file.read_text()
        assert "<img src=x" not in letter
        assert "<b>" not in letter.partition("text/html")[2]


async def test_whoever_registers_for_another_writes_nothing_to_them(
    app: FastAPI, client: httpx.AsyncClient, settings: Settings
) -> None:
    lure = {"name": "You won, see https://evil.test", "email": "victim@example.com", "password": accounts.PASSWORD}
    assert (await client.post("/v1/accounts", json=lure)).status_code == 201
    await tasks.settle(app)
    (letter,) = settings.mail_folder.glob("*.eml")
    assert "victim@example.com" in letter.read_text()
    assert "evil.test" not in letter.read_text()


async def test_a_webhooks_secret_is_shown_once(staff: httpx.AsyncClient) -> None:
    hook = await made(staff, "/v1/webhooks", url="https://1.1.1.1/hook", events=["order.placed"])
    assert hook["secret"]
    for path in (f"/v1/webhooks/{hook['id']}", "/v1/webhooks", f"/v1/webhooks/{hook['id']}/deliveries"):
        assert hook["secret"] not in (await staff.get(path)).text
    assert hook["secret"] not in (await staff.patch(f"/v1/webhooks/{hook['id']}", json={"description": "x"})).text
