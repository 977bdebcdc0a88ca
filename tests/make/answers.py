"""What an answer says, in few words."""

from typing import Any

import httpx


async def made(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    """What a POST has made."""
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a problem."""
    return answer.status_code, answer.json()["code"]


def pointers(answer: httpx.Response) -> set[str]:
    """The fields that are not valid."""
    assert answer.status_code == 422, answer.text
    return {error["pointer"] for error in answer.json()["errors"]}
