"""The API breaks no promise to its clients that the change log does not name."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from house import reference
from house.promises import PROMISED, Json, breaks, fits, listed, promises, without_words
from house.source import ROOT

CHANGELOG = ROOT / "CHANGELOG.md"
PRESENT = reference.FOLDER / "openapi.json"


def test_what_breaks_clients_is_in_the_change_log() -> None:
    promised, present = (json.loads(text) for text in (PROMISED.read_text(), PRESENT.read_text()))
    broken, patterns = breaks(promises(promised), promises(present)), listed(CHANGELOG.read_text())
    silent = [f"- `{each}`" for each in broken if not any(fits(pattern, each) for pattern in patterns)]
    assert not silent, (
        "Clients rely on it. Mend it, or list it under `### Breaking` of what is not released:\n" + "\n".join(silent)
    )
    assert not [each for each in patterns if not any(fits(each, sentence) for sentence in broken)], "Nothing breaks so."


SHOP: Json = {
    "paths": {
        "/posts": {
            "get": {
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}}
                },
            },
            "post": {
                "security": [{"Account": []}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Draft"}}},
                },
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Post"}}}}
                },
            },
        },
        "/posts/{post_id}": {
            "delete": {
                "parameters": [{"name": "post_id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"204": {}, "404": {}},
            }
        },
    },
    "components": {
        "schemas": {
            "Draft": {
                "type": "object",
                "properties": {
                    "title": {"type": "string", "minLength": 1, "description": "What it is about."},
                    "kind": {"enum": ["note", "question"], "type": "string"},
                    "rating": {"anyOf": [{"type": "integer", "maximum": 5}, {"type": "null"}]},
                },
                "required": ["title"],
            },
            "Post": {
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "votes": {"type": "integer"},
                    "answers": {"type": "array", "items": {"$ref": "#/components/schemas/Post"}},
                },
                "required": ["title", "votes"],
            },
            "Page": {
                "type": "object",
                "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Post"}}},
                "required": ["data"],
            },
        }
    },
}
DRAFT, POST, LIST, NEW = "components schemas Draft", "components schemas Post", "paths /posts get", "paths /posts post"


def changed(place: str, change: Callable[[Any], object]) -> list[str]:
    """What breaks when something is done to a part of the document."""
    after = copy.deepcopy(SHOP)
    part = after
    for name in place.split():
        part = part[name]
    change(part)
    return breaks(promises(SHOP), promises(after))


@pytest.mark.parametrize(
    ("place", "change", "broken"),
    [
        ("paths", lambda it: it.pop("/posts/{post_id}"), ["the API: no longer has DELETE /posts/{}"]),
        ("paths /posts", lambda it: it.pop("get"), ["the API: no longer has GET /posts"]),
        (LIST, lambda it: it.pop("parameters"), ["GET /posts: no longer takes query limit"]),
        (f"{LIST} parameters", lambda it: it[0].update(required=True), ["GET /posts: demands query limit"]),
        (
            f"{LIST} parameters",
            lambda it: it[0]["schema"].update(maximum=50),
            ["GET /posts query limit: maximum is 50"],
        ),
        (LIST, lambda it: it.update(security=[{"Account": []}]), ["GET /posts: demands credentials"]),
        (NEW, lambda it: it.update(security=[{"Account": ["blog"]}]), ["POST /posts: demands the scope blog"]),
        (f"{NEW} responses", lambda it: it.update({"200": it.pop("201")}), ["POST /posts: no longer answers 201"]),
        (
            f"{DRAFT} properties",
            lambda it: it.pop("kind"),
            ["POST /posts body application/json: no longer takes kind"],
        ),
        (f"{DRAFT} required", lambda it: it.append("kind"), ["POST /posts body application/json: demands kind"]),
        (
            f"{DRAFT} properties kind enum",
            lambda it: it.remove("note"),
            ['POST /posts body application/json kind choice: no longer takes "note"'],
        ),
        (
            f"{DRAFT} properties title",
            lambda it: it.update(enum=["a"]),
            ["POST /posts body application/json title: takes a few values only"],
        ),
        (
            f"{DRAFT} properties title",
            lambda it: it.update(minLength=2, maxLength=9, format="email"),
            [
                "POST /posts body application/json title: demands email",
                "POST /posts body application/json title: maxLength is 9",
                "POST /posts body application/json title: minLength is 2",
            ],
        ),
        (
            f"{DRAFT} properties rating anyOf",
            lambda it: it.pop(),
            ["POST /posts body application/json rating: no longer takes null"],
        ),
        (
            f"{POST} properties",
            lambda it: it.pop("votes"),
            [
                "GET /posts 200 application/json data[]: no longer has votes",
                "POST /posts 201 application/json: no longer has votes",
            ],
        ),
        (
            f"{POST} required",
            lambda it: it.remove("votes"),
            [
                "GET /posts 200 application/json data[] votes: no longer always there",
                "POST /posts 201 application/json votes: no longer always there",
            ],
        ),
        (
            f"{POST} properties votes",
            lambda it: it.update(type=["integer", "null"]),
            [
                "GET /posts 200 application/json data[] votes: may be null",
                "POST /posts 201 application/json votes: may be null",
            ],
        ),
    ],
)
def test_a_broken_promise_is_named(place: str, change: Callable[[Any], object], broken: list[str]) -> None:
    assert changed(place, change) == broken


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("paths", lambda it: it.update({"/tags": it["/posts"]})),
        ("paths", lambda it: it.update({"/posts/{id}": it.pop("/posts/{post_id}")})),
        (f"{LIST} parameters", lambda it: it.append({"name": "q", "in": "query", "schema": {"type": "string"}})),
        (f"{LIST} parameters", lambda it: it[0]["schema"].update(type="number", maximum=200)),
        (f"{NEW} responses", lambda it: it.update({"409": {}, "202": {}})),
        (NEW, lambda it: it.pop("security")),
        (f"{DRAFT} properties", lambda it: it.update(tag={"type": "string", "maxLength": 3})),
        (f"{DRAFT} properties kind enum", lambda it: it.append("poll")),
        (f"{DRAFT} properties kind", lambda it: it.pop("enum")),
        (f"{DRAFT} properties title", lambda it: it.update(anyOf=[{"type": "string"}, {"type": "null"}])),
        (DRAFT, lambda it: it.pop("required")),
        (f"{POST} properties", lambda it: it.update(kind={"enum": ["note"]})),
        (f"{POST} properties votes", lambda it: it.update(description="How many.")),
    ],
)
def test_what_is_added_and_what_is_loosened_breaks_nothing(place: str, change: Callable[[Any], object]) -> None:
    assert changed(place, change) == []


def test_what_is_kept_promises_the_same_without_its_words() -> None:
    document = json.loads(PRESENT.read_text())
    assert promises(without_words(document)) == promises(document)


def test_the_change_log_names_what_breaks_by_a_pattern() -> None:
    log = "# Changelog\n\n## [Unreleased]\n\n### Breaking\n\n- `* has votes`: they are counted elsewhere.\n- `GET /a: b`\n\n### Added\n\n- `c`\n"
    assert listed(log) == ["* has votes", "GET /a: b"]
    assert listed(log.replace("[Unreleased]", "[0.1.0]")) == []
    assert fits("*[]: no longer has votes", "GET /posts 200 application/json data[]: no longer has votes")
    assert not fits("GET /a: b", "GET /a: b and more")
