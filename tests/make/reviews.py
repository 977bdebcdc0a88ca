"""Reviews, through the real doors."""

from typing import Any, Final
from uuid import UUID

import httpx

from make.answers import made

GOOD: Final = {"rating": 5, "title": "Keeps tea warm", "body": "I use it every day."}


async def review(client: httpx.AsyncClient, product_id: str | UUID, **changes: Any) -> dict[str, Any]:
    """A review of a product that waits for its approval."""
    return await made(client, f"/v1/products/{product_id}/reviews", **{**GOOD, **changes})


async def approved(
    client: httpx.AsyncClient, staff: httpx.AsyncClient, product_id: str, **changes: Any
) -> dict[str, Any]:
    """A review that is shown."""
    waiting = await review(client, product_id, **changes)
    answer = await staff.post(f"/v1/reviews/{waiting['id']}/approve", json={"version": waiting["version"]})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
