"""Jobs, offers and evaluations, through the real doors."""

from typing import Any, Final

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from make.answers import made
from merkato.domains.hiring import flows
from merkato.kit.database import Database
from merkato.kit.ids import new

KITCHEN: Final = {"title": "Clean our kitchen", "kind": "spot_clean", "price": {"amount": 6000, "currency": "EUR"}}
GOOD: Final = {"overall": 5, "headline": "Spotless", "comment": "On time, and friendly."}

COPIES: Final = (
    """INSERT INTO hiring_jobs SELECT (jsonb_populate_record(j, jsonb_build_object('id', copy))).*
    FROM hiring_jobs j, unnest(CAST(:copies AS uuid[])) copy WHERE j.id = :job""",
    """INSERT INTO hiring_offers
    SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'job_id', copy))).*
    FROM hiring_offers o, unnest(CAST(:copies AS uuid[])) copy WHERE o.job_id = :job""",
    """INSERT INTO hiring_evaluations
    SELECT (jsonb_populate_record(e,
        jsonb_build_object('id', gen_random_uuid(), 'job_id', o.job_id, 'offer_id', o.id))).*
    FROM hiring_evaluations e, hiring_offers o
    WHERE e.job_id = :job AND o.job_id = ANY(CAST(:copies AS uuid[])) AND o.status = 'completed'""",
)
"""Everything of a job but its messages, as often as is wanted."""


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


async def listed(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """The first page of a list."""
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def evaluated(owner: httpx.AsyncClient, worker: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """A job that was posted, offered on, accepted and evaluated."""
    job_id = (await job(owner))["id"]
    await done(owner, job_id, (await offer(worker, job_id))["id"], "accept")
    return await made(owner, f"/v1/jobs/{job_id}/evaluation", **{**GOOD, **changes})


async def assigned(owner: httpx.AsyncClient, worker: httpx.AsyncClient, **changes: Any) -> tuple[str, str]:
    """A job whose offer is accepted: the ids of both."""
    job_id = (await job(owner, **changes))["id"]
    offer_id = (await offer(worker, job_id))["id"]
    await done(owner, job_id, offer_id, "accept")
    return job_id, offer_id


async def pay(
    owner: httpx.AsyncClient, job_id: str, token: str = "success", *, key: str | None = None
) -> httpx.Response:
    """Pay for a job with a token of the simulated provider."""
    body = {"payment": {"provider": "simulated", "token": token}}
    headers = {"Idempotency-Key": key or str(new())}
    return await owner.post(f"/v1/jobs/{job_id}/pay", json=body, headers=headers, timeout=60)


async def paid(owner: httpx.AsyncClient, worker: httpx.AsyncClient, **changes: Any) -> tuple[str, str]:
    """A job that is assigned and paid: its id and its offer's."""
    job_id, offer_id = await assigned(owner, worker, **changes)
    answer = await pay(owner, job_id)
    assert answer.status_code == 200, answer.text
    return job_id, offer_id


async def agreement(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    """The terms of a job, as one side of it sees them."""
    found: dict[str, Any] = (await read(client, job_id))["agreement"]
    return found


async def balance(worker: httpx.AsyncClient) -> list[tuple[str, int]]:
    """What is still to be paid out to a worker, by currency."""
    answer = await worker.get("/v1/me/earnings")
    assert answer.status_code == 200, answer.text
    return [(each["currency"], each["balance"]) for each in answer.json()["balances"]]


async def sweep(app: FastAPI) -> None:
    """What the background loop does when it is time."""
    await flows.sweep(app.state.database, app.state.payment_providers, app.state.settings)


async def copied(database: Database, job_id: str, number: int) -> None:
    """So many more jobs like this one, with its offers and its evaluation, at once."""
    copies = [new() for _ in range(number)]
    async with database.transaction() as session:
        for statement in COPIES:
            await session.execute(text(statement), {"job": job_id, "copies": copies})
