"""The OpenAPI document: complete enough to be read instead of the code."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from merkato.app import create_app
from merkato.kit.errors import Conflict, Invalid
from merkato.kit.http import responses
from merkato.settings import Settings
from merkato.web.examples import example_of

Json = dict[str, Any]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Nothing connects: the description needs the routes only."""
    home = tmp_path_factory.mktemp("described")
    return create_app(Settings(_env_file=None, database_url=None, home=home), "postgresql://nobody@/nothing")


@pytest.fixture
def document(app: FastAPI) -> Json:
    return app.openapi()


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "$ref" and isinstance(each, str):
                yield each
            else:
                yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def found(document: Json, reference: str) -> object:
    value: Any = document
    for part in reference.removeprefix("#/").split("/"):
        value = value[part]
    return value


async def test_every_reference_leads_somewhere(document: Json) -> None:
    assert all(found(document, each) for each in references(document))


async def test_the_shop_introduces_itself(document: Json) -> None:
    assert document["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
    assert document["servers"][0]["url"] == "/"
    named = {tag["name"]: tag["description"] for tag in document["tags"]}
    used = {tag for _, operation in operations(document) for tag in operation["tags"]}
    assert used == set(named)
    assert all(named.values())


async def test_every_operation_is_described(document: Json, app: FastAPI) -> None:
    names = [route.name for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert sorted(ids) == sorted(names)
    assert len(set(ids)) == len(ids)
    for name, operation in operations(document):
        assert re.fullmatch(r"[A-Z].*[^.]", operation["summary"]), name
        assert operation["description"].rstrip().endswith((".", ":")), name
        assert len(operation["tags"]) == 1, name
        for parameter in operation.get("parameters", []):
            assert "schema" in parameter, name


async def test_every_operation_names_its_errors(document: Json) -> None:
    for name, operation in operations(document):
        answers = operation["responses"]
        assert "5XX" in answers, name
        assert any(status.startswith("2") for status in answers), name
        if "requestBody" in operation or operation.get("parameters"):
            assert "422" in answers, name
        if "requestBody" in operation:
            assert {"400", "413"} <= set(answers), name
        if operation.get("security") and {} not in operation["security"]:
            assert "401" in answers, name
        if "{" in name and "/v1" in name:
            assert "404" in answers, name
        assert all(answer.get("description") != "Successful Response" for answer in answers.values()), name
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_every_body_has_an_example_that_fits(document: Json) -> None:
    for name, operation in operations(document):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            assert "example" in content or "examples" in content, name
            if kind == "application/json" and "example" in content:
                jsonschema_rs.validate({**content["schema"], "components": document["components"]}, content["example"])


async def test_problems_have_one_shape(document: Json) -> None:
    parts = document["components"]
    shape = {**parts["schemas"]["Problem"], "components": parts}
    for code, example in parts["examples"].items():
        jsonschema_rs.validate(shape, example["value"])
        assert example["value"]["type"] == f"/problems/{code}"


async def test_security_says_who_may(document: Json) -> None:
    named = dict(operations(document))
    assert named["GET /v1/me"]["security"] == [{"Account": []}]
    assert named["GET /v1/accounts"]["security"] == [{"Account": ["accounts:write"]}]
    assert named["POST /v1/accounts"]["security"][0] == {}
    assert "security" not in named["GET /v1/profiles/{handle}"]
    assert all(scheme["description"] for scheme in document["components"]["securitySchemes"].values())


async def test_posts_take_an_idempotency_key(document: Json) -> None:
    taking = {
        name
        for name, operation in operations(document)
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
    }
    assert {"POST /v1/accounts", "POST /v1/me/addresses"} <= taking
    assert all(name.startswith("POST ") for name in taking)
    assert not [name for name in taking if name.startswith("POST /v1/auth/")]


def test_statuses_stand_for_problems() -> None:
    described = responses(401, Conflict, 422)
    assert set(described) == {401, 409, 422}
    assert Invalid.title in described[422]["description"]


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "string", "minLength": 6}, "textxx"),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}, "2026-01-31"),
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
        ({"enum": ["shipping", "digital"]}, "shipping"),
        ({"properties": {"a": {"type": "null"}, "b": {"type": "integer"}}, "required": ["b"]}, {"b": 1}),
        ({"type": "object", "properties": {"a": {"type": "integer", "examples": [3]}, "b": {}}}, {"a": 3}),
        ({"type": "object"}, {}),
    ],
)
def test_examples_fit_their_schema(schema: Json, example: object) -> None:
    assert example_of(schema, {}) == example


async def test_names_are_such_that_clients_can_be_made_from_them(document: Json) -> None:
    ids = [operation.get("operationId", "") for _, operation in operations(document)]
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", each) for each in ids)
    assert len(ids) == len(set(ids)), "Two operations of one name are one function."
    schemas = list(document["components"]["schemas"])
    assert all(re.fullmatch(r"([A-Z][a-z]+)+", each) for each in schemas), (
        "Two classes of one name get the paths of their modules."
    )
    assert len(schemas) == len({each.lower() for each in schemas}), "Some file systems take them for one file."


async def test_what_cannot_be_null_is_not_said_to_be(document: Json) -> None:
    for name, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        form = content.get("application/x-www-form-urlencoded", {"schema": {}})["schema"]
        fields = document["components"]["schemas"][form["$ref"].rpartition("/")[2]]["properties"] if form else {}
        said = [*fields.values(), *(each["schema"] for each in operation.get("parameters", ()))]
        assert {"type": "null"} not in [choice for each in said for choice in each.get("anyOf", ())], name


async def test_entries_of_an_object_in_the_query_are_said_to_be_that(document: Json) -> None:
    named = {each["name"]: each for each in document["paths"]["/v1/products"]["get"]["parameters"]}
    assert (named["attribute"]["style"], named["attribute"]["schema"]["type"]) == ("deepObject", "object")
    assert not [name for name in named if "[" in name]
