"""The operations of the API as a document to read: what each does, who may, and what it answers."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from house.declared import rows

Document = dict[str, Any]
METHODS: Final = ("get", "post", "put", "patch", "delete")
EVERYWHERE: Final = {"400", "401", "413", "422", "429", "5XX"}
"""What nearly every operation may answer, and what stands above the tables once."""
REFUSED: Final = 400
MANY: Final = 4
ABOUT: Final = """Every operation by what it is about. `/docs` of a running shop tries them, `/redoc` shows each field, and the
[OpenAPI document](openapi.json) is what programs read.

| who | is |
| --- | --- |
| anyone | whoever asks; who is signed in may see more |
| account | whoever sends an access token of `POST /v1/auth/tokens` as `Authorization: Bearer ...`: its own things |
| guest | whoever sends `Cart-Token` or `Checkout-Token`, as it came with the cart or the checkout: what that opens |
| `orders:write` and the like | an account whose roles grant this scope, or an API key that has it: [scopes](scopes.md) |

What a caller may not know of answers 404. **Key** marks what demands an `Idempotency-Key`; others that create
something welcome one. Answers name the [problems](problems.md) by their codes. Not repeated below are 400 and 413 (what was sent cannot be
read, or is too large), 401 (sign in first), 422 (what was sent is not valid), 429 (too many requests) and 5xx (it is us)."""


def sections(document: Document) -> Iterator[tuple[str, str, list[list[str]]]]:
    """For each tag its name, its sentence, and a row for each operation."""
    known = {tag["name"]: tag["description"] for tag in document["tags"]}
    of_tags: dict[str, list[list[str]]] = {name: [] for name in known}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                route = f"{method.upper()} {path}"
                listed = [f"`{route}`", who(route, operation), what(operation), answers(operation)]
                of_tags[operation["tags"][0]].append(listed)
    for name, sentence in known.items():
        yield name, sentence, of_tags[name]


def who(route: str, operation: Document) -> str:
    """As the access matrix proves it."""
    played = [row for row in rows() if row.route == route]
    demanded = {scope for each in operation.get("security", ()) for needed in each.values() for scope in needed}
    if demanded:
        return ", ".join(f"`{scope}`" for scope in sorted(demanded))
    if any(row.anonymous < REFUSED for row in played):
        return "anyone"
    guests = any(status < REFUSED for row in played for status in (row.guest, row.holder) if status is not None)
    served = {scope for row in played for scope in row.scopes}
    named = ["any staff scope"] if len(served) > MANY else [f"`{scope}`" for scope in sorted(served)]
    return ", ".join(["account", *(["guest"] if guests else []), *named])


def what(operation: Document) -> str:
    """Its first sentence. The scope stands beside it."""
    [paragraph, *_] = re.sub(r"\s*Needs the scope `[\w:]+`\.", "", operation["description"]).split("\n\n")
    sentence = re.split(r"(?<=[.!?]) (?=[A-Z])", " ".join(paragraph.split()))[0]
    needs = any(
        each["name"].lower() == "idempotency-key" and each.get("required") for each in operation.get("parameters", ())
    )
    return f"{sentence} **Key**" if needs else sentence


def answers(operation: Document) -> str:
    """Statuses, each with the codes of its problems."""
    return ", ".join(
        " ".join([status, *_codes(answer, status)])
        for status, answer in operation["responses"].items()
        if status not in EVERYWHERE
    )


def _codes(answer: Document, status: str) -> list[str]:
    found: list[str] = re.findall(r"\(`([a-z0-9-]+)`\)", answer.get("description", ""))
    usual = {HTTPStatus(int(status)).phrase.lower().replace(" ", "-"), "not-allowed"}
    return [f"`{code}`" for code in found if code not in usual]
