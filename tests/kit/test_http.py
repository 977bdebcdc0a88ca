"""The frame around every request: ids, problems, headers, origins, and what a fault reveals."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from doors import ClientOf, SignIn
from merkato.kit import logs
from merkato.kit.database import Database
from merkato.settings import Settings

PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}


async def test_a_request_has_an_id_of_its_own_or_the_one_that_was_sent(client: httpx.AsyncClient) -> None:
    made = (await client.get("/v1/cart")).headers["X-Request-Id"]
    assert len(made) == 36
    answer = await client.get("/v1/nowhere", headers={"X-Request-Id": "mine-1"})
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"] == "mine-1"
    for bad in ("with space", "x" * 129, "a\tb", "<script>"):
        assert (await client.get("/v1/cart", headers={"X-Request-Id": bad})).headers["X-Request-Id"] != bad


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nowhere", 404, "not-found"),
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/v1/cart/", 404, "not-found"),
        ("PUT", "/v1/cart", 405, "method-not-allowed"),
        ("POST", "/v1/me", 405, "method-not-allowed"),
    ],
)
async def test_unknown_routes_and_methods_are_problems(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert ("Allow" in answer.headers) == (status == 405)


async def test_options_say_what_is_possible_without_signing_in(client: httpx.AsyncClient) -> None:
    answer = await client.options("/v1/me")
    assert answer.status_code == 204
    assert set(answer.headers["Allow"].split(", ")) == {"DELETE", "GET", "OPTIONS", "PATCH"}
    refused = await client.post("/v1/me")
    assert refused.headers["Allow"] == answer.headers["Allow"]


async def test_every_answer_has_its_safety_headers(client: httpx.AsyncClient) -> None:
    for path in ("/v1/cart", "/v1/nowhere", "/", "/docs", "/openapi.json", "/health/live"):
        headers = (await client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src" in headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in headers
    over_tls = await client.get("https://shop.test/v1/cart")
    assert over_tls.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_no_cache_keeps_what_does_not_say_that_it_may_be_kept(client: httpx.AsyncClient) -> None:
    for path in ("/v1/cart", "/v1/me", "/v1/nowhere", "/v1/profiles/nobody"):
        assert (await client.get(path)).headers["Cache-Control"] == "no-store", path
    for path in ("/v1/products", "/v1/categories", "/openapi.json"):
        kept = (await client.get(path)).headers
        assert (kept["Cache-Control"], "ETag" in kept) == ("no-cache", True), path


@pytest.fixture(params=["for machines", "for people"])
def reader(request: pytest.FixtureRequest) -> Iterator[str]:
    """For whom logs are written; afterwards nobody writes into what the test has captured."""
    yield request.param
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


async def test_a_fault_reveals_nothing(
    client: httpx.AsyncClient, database: Database, reader: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", as_json=reader == "for machines")
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE identity_profiles RENAME TO hidden"))
    answer = await client.get("/v1/profiles/hunter2")
    assert answer.status_code == 500
    document = answer.json()
    assert set(document) == {"type", "title", "status", "detail", "code", "request_id"}
    for internal in ("SELECT", "identity_profiles", "hunter2", "Traceback", "ProgrammingError", ".py"):
        assert internal not in answer.text
    written = "".join(capsys.readouterr())
    assert document["request_id"] in written
    assert "identity_profiles" in written
    assert "hunter2" not in written


async def test_origins_are_closed_by_default(client: httpx.AsyncClient) -> None:
    origin = {"Origin": "https://shop.example"}
    answer = await client.get("/v1/cart", headers=origin)
    assert not [name for name in answer.headers if name.startswith("access-control")]
    preflight = await client.options("/v1/cart/lines", headers=origin | PREFLIGHT)
    assert "access-control-allow-origin" not in preflight.headers


async def test_named_origins_may_call_from_a_browser(
    make_app: Callable[[Settings], FastAPI], client_of: ClientOf, settings: Settings
) -> None:
    client = client_of(make_app(settings.model_copy(update={"cors_origins": ("https://shop.example",)})))
    origin = {"Origin": "https://shop.example"}
    preflight = await client.options("/v1/cart/lines", headers=origin | PREFLIGHT)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, "https://shop.example")
    assert preflight.headers["x-request-id"]
    answer = await client.get("/v1/me", headers=origin)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, "https://shop.example")
    assert "access-control-allow-credentials" not in answer.headers
    other = await client.get("/v1/cart", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


async def test_origins_are_read_from_a_list_with_commas() -> None:
    said = Settings(_env_file=None, database_url=None, cors_origins=" https://a.example/ ,https://b.example,")
    assert said.cors_origins == ("https://a.example", "https://b.example")


async def test_validation_names_each_field_and_repeats_no_value(sign_in: SignIn) -> None:
    anna = await sign_in()
    body = {"name": 7, "line1": "", "country": "Germany", "extra": "tell-nobody"}
    answer = await anna.post("/v1/me/addresses", json=body)
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert {"/name", "/line1", "/city", "/postal_code", "/country", "/extra"} <= pointers
    assert "tell-nobody" not in answer.text
    broken = await anna.post("/v1/me/addresses", content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["code"]) == (400, "bad-request")
    query = await anna.get("/v1/me/addresses?limit=0&offset=3")
    assert {(error["pointer"], error["in"]) for error in query.json()["errors"]} == {("/offset", "query")}


async def test_problems_have_pages(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/me")).json()
    page = await client.get(document["type"])
    assert page.status_code == 200
    assert document["title"] in page.text


@pytest.mark.parametrize(("headers", "taken"), [({}, 3), ({"Expect": "100-continue"}, 0)], ids=["sent", "asked first"])
async def test_what_is_a_little_too_large_is_passed_over_so_that_proxies_hear_the_answer(
    client: httpx.AsyncClient, settings: Settings, headers: dict[str, str], taken: int
) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(3):
            sent += 1
            yield b" " * settings.body_max

    length = {"Content-Length": str(3 * settings.body_max)}
    answer = await client.post("/v1/posts", content=body(), headers=length | headers)
    assert (answer.status_code, answer.json()["code"], sent) == (413, "too-large", taken)


async def test_what_has_no_end_is_not_waited_for(client: httpx.AsyncClient, settings: Settings) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += settings.body_max
            yield b" " * settings.body_max

    answer = await client.post("/v1/posts", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert sent <= 2 * settings.body_max + settings.upload_max
