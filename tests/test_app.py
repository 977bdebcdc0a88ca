"""The application around the routes: what is the same for every answer."""

from collections.abc import Callable

import httpx
from fastapi import FastAPI

from doors import ClientOf
from merkato.kit import routing
from merkato.settings import Settings

ORIGIN = "https://shop.example"


async def test_preflights_and_faults_have_a_request_id_and_can_be_read_by_the_page(
    make_app: Callable[[Settings], FastAPI],
    settings: Settings,
    client_of: ClientOf,
) -> None:
    app = make_app(settings.model_copy(update={"cors_origins": (ORIGIN,)}))

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("geheim")

    routing.install(app.router)
    client = client_of(app)
    ask = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "Authorization"}
    preflight = await client.options("/v1/me", headers=ask)
    answer = await client.get("/fault", headers={"Origin": ORIGIN, "X-Request-Id": "mine"})
    assert (preflight.status_code, answer.status_code) == (200, 500)
    assert preflight.headers["x-request-id"]
    for each in (preflight, answer):
        assert each.headers["access-control-allow-origin"] == ORIGIN
        assert each.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "mine"
    assert "geheim" not in answer.text


async def test_another_origin_is_told_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live", headers={"Origin": ORIGIN})
    assert "access-control-allow-origin" not in answer.headers
