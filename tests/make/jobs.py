"""Jobs, offers and evaluations, through the real doors."""

from typing import Any, Final

import httpx

from make.answers import made

KITCHEN: Final = {"title": "Clean our kitchen", "kind": "spot_clean", "price": {"amount": 6000, "currency": "EUR"}}
GOOD: Final = {"overall": 5, "headline": "Spotless", "comment": "On time, and friendly."}


async def job(owner: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """An open job."""
    return await made(owner, "/v1/jobs", **{**KITCHEN, **changes})


async def offer(author: httpx.AsyncClient, job_id: str, **changes: Any) -> dict[str, Any]:
    """A pending offer."""
    return await made(author, f"/v1/jobs/{job_id}/offers", **changes)


async def done(client: httpx.AsyncClient, *path: str) -> dict[str, Any]:
    """What a verb on a job, or on one of its offers, answers: `done(anna, job_id, offer_id, "accept")`."""
    between = "/offers/".join(path[:-1])
    answer = await client.post(f"/v1/jobs/{between}/{path[-1]}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def read(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/jobs/{job_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def evaluated(
    owner: httpx.AsyncClient, worker: httpx.AsyncClient, *, about: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """A job that was posted, offered on, accepted and evaluated."""
    job_id = (await job(owner, **(about or {})))["id"]
    await done(owner, job_id, (await offer(worker, job_id))["id"], "accept")
    return await made(owner, f"/v1/jobs/{job_id}/evaluation", **{**GOOD, **changes})
