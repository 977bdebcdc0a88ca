"""Versions of what is read: an answer that has not changed is not sent again, a change of what has changed is refused."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Annotated

from fastapi import Header, Request, Response

from merkato.kit.errors import PreconditionFailed

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag of what you read. If it has changed since, 412 and nothing happens.",
        max_length=1_000,
    ),
]


def etag(content: bytes) -> str:
    """The version of these very bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def answer(request: Request, content: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """What is read, as JSON with its ETag, or 304 if the client says that it has it."""
    response = tagged(content, headers=headers)
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if response.headers["ETag"] in known or "*" in known:
        kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        return Response(status_code=304, headers=kept)
    return response


def tagged(content: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON with its ETag."""
    always = {"ETag": etag(content), "Cache-Control": "no-cache", "Vary": "Authorization"}
    return Response(content, status, {**always, **(headers or {})}, "application/json")


def demand(if_match: str | None, tags: Collection[str]) -> None:
    """Raises PreconditionFailed if the client has read none of these versions, and says so."""
    if if_match is not None:
        known = {each.strip() for each in if_match.split(",")}
        if "*" not in known and not known & set(tags):
            raise PreconditionFailed
