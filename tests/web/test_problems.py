"""The pages that explain problems."""

from html import unescape

import httpx
import pytest

from merkato.kit.errors import Problem
from merkato.web import problems

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("kind", problems.known().values(), ids=lambda kind: kind.code)
async def test_each_problem_has_its_page(client: httpx.AsyncClient, kind: type[Problem]) -> None:
    page = await client.get(f"/problems/{kind.code}", headers=HTML)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    text = unescape(page.text)
    assert kind.title in text
    assert str(kind.status) in text
    assert f'"type": "/problems/{kind.code}"' in text


async def test_the_page_is_json_for_programs(client: httpx.AsyncClient) -> None:
    answer = await client.get("/problems/invalid", headers={"Accept": "application/json"})
    assert answer.headers["vary"] == "Accept"
    said = answer.json()
    assert (said["type"], said["status"], said["code"]) == ("/problems/invalid", 422, "invalid")
    assert said["cause"].startswith("What was sent is malformed")
    assert said["example"]["errors"]
    listed = (await client.get("/problems", headers={"Accept": "application/problem+json"})).json()
    assert said in listed
    assert [each["status"] for each in listed] == sorted(each["status"] for each in listed)


async def test_the_list_links_every_page(client: httpx.AsyncClient) -> None:
    page = (await client.get("/problems", headers=HTML)).text
    assert all(f'href="/problems/{code}"' in page for code in problems.known())


async def test_a_problem_leads_to_its_page(client: httpx.AsyncClient) -> None:
    refused = await client.get("/v1/me")
    assert (await client.get(refused.json()["type"], headers=HTML)).status_code == 200


async def test_an_unknown_problem_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/problems/<script>", headers=HTML)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"
    assert "script" not in answer.text
