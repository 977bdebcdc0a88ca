"""Every answer that a test's client gets is held against the OpenAPI document; here it is seen to be."""

import httpx
import jsonschema_rs
import pytest

from docs.described import expect_described


def answered(status: int, path: str, body: object, media: str = "application/json") -> httpx.Response:
    request = httpx.Request("GET", f"http://shop.test{path}")
    return httpx.Response(status, json=body, headers={"Content-Type": media}, request=request)


async def test_a_status_that_is_not_described_is_refused() -> None:
    with pytest.raises(AssertionError, match="GET /v1/cart answers 418"):
        await expect_described(answered(418, "/v1/cart", {}))
    await expect_described(answered(418, "/v1/nowhere", {}))


async def test_a_shape_that_is_not_described_is_refused() -> None:
    cart: dict[str, object] = {"id": None, "token": None, "currency": "EUR", "lines": [], "totals": []}
    await expect_described(answered(200, "/v1/cart", cart))
    wrongs: tuple[object, ...] = (cart | {"lines": None}, {"id": None}, [])
    for wrong in wrongs:
        with pytest.raises(jsonschema_rs.ValidationError):
            await expect_described(answered(200, "/v1/cart", wrong))
    with pytest.raises(jsonschema_rs.ValidationError):
        await expect_described(answered(401, "/v1/me", {"detail": "No."}, "application/problem+json"))
