"""How many requests a caller may send in a minute: told with each answer, refused beyond it, counted by one process or by several."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from doors import ClientOf
from make import accounts
from merkato.kit import clock, quotas
from merkato.kit.quotas import Counts, Policy
from merkato.kit.throttle import Throttle
from merkato.settings import Settings
from services.redis import PROGRAM, free_port, redis

QUOTA = 20
MakeApp = Callable[[Settings], FastAPI]


def limited(settings: Settings, **changes: object) -> Settings:
    """With a quota of twenty requests for each kind of caller."""
    of_each = dict.fromkeys(("rate_limit_address", "rate_limit_account", "rate_limit_key"), QUOTA)
    return settings.model_copy(update=of_each | changes)


def standing(answer: httpx.Response) -> tuple[str, int, int]:
    """Whose quota it was, how much is left of it, and for how many seconds."""
    told = re.fullmatch(r'"(\w+)";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
    assert told is not None
    assert answer.headers["ratelimit-policy"] == f'"{told[1]}";q={QUOTA};w=60'
    return told[1], int(told[2]), int(told[3])


async def of_key(client: httpx.AsyncClient, scope: str) -> dict[str, str]:
    made = await client.post("/v1/api-keys", json={"name": "Till", "scopes": [scope]})
    return {"Authorization": f"Bearer {made.json()['secret']}"}


async def test_of_fifty_requests_at_once_twenty_are_let_in(
    make_app: MakeApp, client_of: ClientOf, settings: Settings
) -> None:
    app = make_app(limited(settings, cors_origins=("https://shop.example",)))
    client = client_of(app)
    page = {"Origin": "https://shop.example"}
    answers = await asyncio.gather(*(client.get("/v1/categories", headers=page) for _ in range(50)))
    assert Counter(answer.status_code for answer in answers) == {200: 20, 429: 30}
    assert sorted(standing(answer)[1] for answer in answers if answer.is_success) == list(range(QUOTA))
    for answer in answers:
        assert {"RateLimit", "RateLimit-Policy"} <= set(answer.headers["access-control-expose-headers"].split(", "))
        assert answer.headers["access-control-allow-origin"] == page["Origin"]
    refused = next(answer for answer in answers if answer.status_code == 429)
    problem = refused.json()
    assert (problem["code"], problem["violated-policies"]) == ("too-many", ["address"])
    assert problem["request_id"] == refused.headers["x-request-id"]
    kind, left, seconds = standing(refused)
    assert (kind, left, str(seconds)) == ("address", 0, refused.headers["retry-after"])
    assert 1 <= seconds <= 60
    # Nothing of the body is read, and what is no part of the API stays open.
    assert (await client.post("/v1/carts", content=b"x" * 10_000_000)).status_code == 429
    assert (await client.get("/health/live")).status_code == 200
    assert "ratelimit" not in (await client.get("/docs")).headers
    with clock.moved(timedelta(seconds=seconds)):
        assert standing(await client.get("/v1/categories")) == ("address", QUOTA - 1, 60)


async def test_every_answer_tells_where_the_caller_stands(
    make_app: MakeApp, client_of: ClientOf, settings: Settings
) -> None:
    client = client_of(make_app(limited(settings)))
    listed = await client.get("/v1/products")
    requests = [
        ("GET", "/v1/products", {"If-None-Match": listed.headers["etag"]}, 304),
        ("GET", "/v1/nowhere", {}, 404),
        ("PUT", "/v1/products", {}, 405),
        ("GET", "/v1/me", {}, 401),
        ("POST", "/v1/accounts", {}, 422),
        ("POST", "/v1/payments/webhooks/nobody", {}, 404),
    ]
    told = [standing(listed)]
    for method, path, headers, status in requests:
        answer = await client.request(method, path, headers=headers)
        assert answer.status_code == status, (path, answer.text)
        told.append(standing(answer))
    # Payment providers have a quota of their own.
    assert [each[:2] for each in told[:-1]] == [("address", QUOTA - count) for count in range(1, len(told))]
    assert told[-1][:2] == ("key", QUOTA - 1)


async def test_accounts_and_keys_have_quotas_of_their_own_that_nobody_gets_by_inventing_tokens(
    make_app: MakeApp, client_of: ClientOf, settings: Settings
) -> None:
    app = make_app(limited(settings))
    anna, bert = client_of(app), client_of(app)
    await accounts.sign_in(app, anna, "Anna", ["staff"])
    await accounts.sign_in(app, bert, "Bert", [])
    # The first request shows that the token is good; the second one counts for whom it belongs to.
    assert [standing(await anna.get("/v1/me"))[:2] for _ in range(2)][1] == ("account", QUOTA - 1)
    assert [standing(await bert.get("/v1/me"))[:2] for _ in range(2)][1] == ("account", QUOTA - 1)
    key = client_of(app)
    key.headers.update(await of_key(anna, "inventory:write"))
    assert (await key.get("/v1/me")).status_code == 403
    assert standing(await key.get("/v1/me"))[:2] == ("key", QUOTA - 1)

    stranger = client_of(app)
    for number in range(QUOTA):
        forged = {"Authorization": f"Bearer {'mk_' if number % 2 else ''}{number}"}
        answer = await stranger.get("/v1/me", headers=forged)
        assert answer.status_code in {401, 429}
        assert standing(answer)[0] == "address"
    assert answer.status_code == 429
    assert (await stranger.get("/v1/categories")).status_code == 429
    # Whoever has shown a good token goes on, from the same address.
    assert [standing(await each.get("/v1/me"))[0] for each in (anna, bert, key)] == ["account", "account", "key"]

    # A token that is no good any more is a stranger's.
    assert (await bert.delete("/v1/me")).status_code == 204
    assert standing(refused := await bert.get("/v1/me"))[0] == "account"
    assert refused.status_code == 401
    assert standing(await bert.get("/v1/me"))[0] == "address"


async def test_a_limit_of_nothing_is_none(make_app: MakeApp, client_of: ClientOf, settings: Settings) -> None:
    client = client_of(make_app(limited(settings, rate_limit_address=0)))
    for _ in range(QUOTA + 1):
        answer = await client.get("/v1/nowhere")
        assert answer.status_code == 404
        assert "ratelimit" not in answer.headers


async def test_a_million_callers_do_not_fill_the_memory() -> None:
    counts, policy, now = Counts(Throttle()), Policy("address", 2), clock.now().timestamp()
    for number in range(300_000):
        assert (await counts.take(policy, str(number), now)).granted
    assert len(counts) <= quotas.KEPT_MAX
    # The newest are still counted, and a while later nothing is kept of anybody.
    newest = [await counts.take(policy, "299999", now) for _ in range(2)]
    assert [each.granted for each in newest] == [True, False]
    assert (await counts.take(policy, "299999", now + 120)).remaining == 1
    assert len(counts) == 1


@pytest.mark.skipif(PROGRAM is None, reason="There is no Redis on this machine.")
@pytest.mark.parametrize("quota", [QUOTA, 110])
async def test_several_processes_never_let_in_more_than_the_quota(tmp_path: Path, quota: int) -> None:
    port, policy, now = free_port(), Policy("address", quota), clock.now().timestamp()
    async with redis(tmp_path, port) as url:
        one, two = Throttle(url), Throttle(url)
        counts = [Counts(one), Counts(two)]
        asked = (counts[number % 2].take(policy, "anna", now) for number in range(3 * quota))
        granted = sum(each.granted for each in await asyncio.gather(*asked))
        assert granted == quota
        assert (await counts[0].take(policy, "bert", now)).remaining == quota - 1
    # It is away: each goes on alone, with what it does not know to be taken.
    alone = [(await counts[0].take(policy, "bert", now)).granted for _ in range(quota)]
    assert alone.count(True) == quota - 1
    assert (await counts[1].take(policy, "anna", now)).granted is False
    assert (await counts[1].take(policy, "cleo", now)).remaining == quota - 1
    await one.close()
    await two.close()
