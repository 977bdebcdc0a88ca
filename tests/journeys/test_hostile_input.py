"""Whatever a client sends, it is told what was wrong: never a 5xx, never a change that was not asked for."""

import json
import re
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from doors import SignIn
from make import orders
from make.orders import product
from merkato.kit.database import Database
from merkato.kit.ids import new

HOSTILE: Final[list[Any]] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**19,
    10**400,
    "",
    "1",
    "\x00",
    "a\x00b",
    "\ud800",
    "💥" * 3000,
    "x" * 100_000,
    "'; DROP TABLE orders; --",
    "../../etc/passwd",
    "%00",
    str(new()),
    [],
    [None],
    {},
    {"a": {"b": []}},
    float("nan"),
    float("inf"),
]
PATHS: Final = [
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF",
    "x" * 3000,
    "..%2F..%2Fetc",
    "-1",
    "null",
    "%F0%9F%92%A5",
    str(new()),
    "%27%20OR%201=1",
]
KEYED: Final = {"Content-Type": "application/json"}


def operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1")
    ]


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def body_fields(app: FastAPI, operation: dict[str, Any]) -> list[str]:
    document = app.openapi()
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return list(resolved(document, content["schema"]).get("properties", {})) if content else []


def written(value: object) -> bytes:
    """As JSON that holds what JSON should not: NaN, lone surrogates, endless integers."""
    return json.dumps(value).encode()


def complain(answer: httpx.Response, *sent: object) -> None:
    said = f"{answer.request.method} {answer.request.url} {str(sent)[:300]}: {answer.status_code} {answer.text[:500]}"
    assert answer.status_code < 500, said
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", said
        document = answer.json()
        assert {"type", "title", "status", "detail", "code", "request_id"} <= set(document), said
        assert not re.search(r"Traceback|sqlalchemy|asyncpg|SELECT |INSERT |/site-packages/", answer.text), said
    if answer.status_code == 422:
        assert answer.json().get("errors") or answer.json()["code"] == "idempotency-key-reused", said


@pytest.fixture
async def admin(sign_in: SignIn) -> httpx.AsyncClient:
    """Somebody whom no scope holds back, so that everything is really read."""
    client = await sign_in("Admin", "admin")
    client.headers["Idempotency-Key"] = "hostile"
    return client


async def test_hostile_fields(app: FastAPI, admin: httpx.AsyncClient) -> None:
    for method, path, operation in operations(app):
        if path in {"/v1/me", "/v1/auth/revocations"} and method in {"DELETE", "POST"}:
            continue
        url = re.sub(r"{\w+}", str(new()), path)
        fields = body_fields(app, operation)
        for field in fields:
            for value in HOSTILE:
                admin.headers["Idempotency-Key"] = str(new())
                complain(await admin.request(method, url, content=written({field: value}), headers=KEYED), field, value)


async def test_hostile_bodies(app: FastAPI, admin: httpx.AsyncClient) -> None:
    bodies = [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"a": "\xff"}',
        b"[" * 50_000,
        b'{"a":' * 20_000,
        b"1" * 10_000,
        b'{"name": "\\ud800"}',
        b'{"a": 1, "a": 2}',
    ]
    kinds = [
        {"Content-Type": "application/json"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data"},
        {},
    ]
    for method, path, operation in operations(app):
        if "requestBody" in operation:
            url = re.sub(r"{\w+}", str(new()), path)
            for body in bodies:
                for kind in kinds:
                    complain(await admin.request(method, url, content=body, headers=kind), body[:40], kind)


async def test_hostile_paths_and_queries(app: FastAPI, admin: httpx.AsyncClient) -> None:
    for method, path, operation in operations(app):
        if path == "/v1/me":
            continue
        for value in PATHS:
            if "{" in path:
                complain(await admin.request(method, re.sub(r"{\w+}", value, path)), value)
            if method == "GET":
                names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
                for name in names:
                    complain(await admin.get(f"{re.sub('{[^}]+}', str(new()), path)}?{name}={value}"), name, value)


async def test_bodies_that_are_too_large(app: FastAPI, admin: httpx.AsyncClient) -> None:
    large = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    for method, path, operation in operations(app):
        if "requestBody" in operation:
            answer = await admin.request(method, re.sub(r"{\w+}", str(new()), path), content=large, headers=KEYED)
            assert answer.status_code == 413, (method, path, answer.text)
            complain(answer)


async def test_hostile_headers(client: httpx.AsyncClient) -> None:
    for name in (
        "Authorization",
        "Cart-Token",
        "Checkout-Token",
        "Idempotency-Key",
        "X-Request-Id",
        "If-None-Match",
        "If-Match",
    ):
        for value in (b"", b"\xff\xfe", b"x" * 5000, b"Bearer \xff", b"Bearer " + b"." * 50, b"*", b'W/"', b"a" * 300):
            for url in ("/v1/cart", "/v1/me", "/v1/products", "/v1/orders"):
                complain(await client.get(url, headers={name.encode(): value}))
            complain(await client.post("/v1/cart/lines", json={}, headers={name.encode(): value}))


async def test_nothing_was_changed_by_refusals(sign_in: SignIn, admin: httpx.AsyncClient, database: Database) -> None:
    anna = await sign_in("Anna")
    mug = await product(database, stock=3)
    await orders.cart(anna, (mug["variant_id"], 1))
    checkout = await orders.checkout(anna)

    async def everything() -> dict[str, Any]:
        async with database.reading() as session:
            names = await session.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            )
            return {
                name: [str(row) for row in await session.execute(text(f'SELECT * FROM "{name}" ORDER BY 1'))]
                for name in names.all()
            }

    before = await everything()
    url = f"/v1/checkouts/{checkout['id']}"
    for value in HOSTILE:
        if value is None:
            continue
        for field in ("email", "shipping_address", "lines", "shipping_option_id", "billing_address_id"):
            answer = await anna.patch(url, content=written({field: value}), headers=KEYED)
            assert answer.status_code in {413, 422}, (field, value, answer.text)
        answer = await anna.post("/v1/cart/lines", content=written({"variant_id": value}), headers=KEYED)
        assert answer.status_code in {404, 422}
        answer = await orders.complete(anna, checkout, expected_total=1)
        assert answer.status_code == 409
    assert await everything() == before
