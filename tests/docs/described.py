"""What the OpenAPI document says of a request that somebody has written down."""

import json
import re
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, quote

import httpx
import jsonschema_rs

from house.source import ROOT

COMMITTED: Final = ROOT / "docs" / "reference" / "openapi.json"
ID: Final = "01995a3e-7c1f-7d0a-9b57-3f6f0c2a9d41"
Document = dict[str, Any]
_DOCUMENT: Final = "urn:openapi"


def operation_of(document: Document, method: str, path: str) -> Document:
    """The operation that a request with this path reaches; a word in the path comes before what stands for any."""
    templates = [
        template
        for template in document["paths"]
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template).replace(".", r"\."), path)
    ]
    for template in sorted(templates, key=lambda each: each.count("{")):
        operations: Document = document["paths"][template]
        if method.lower() in operations:
            operation: Document = operations[method.lower()]
            return operation
    raise AssertionError(f"There is no {method} {path}.")


def check_query(operation: Document, query: str) -> None:
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    unknown = {name for name, _ in parse_qsl(query, keep_blank_values=True)} - known
    assert not unknown, f"{operation['operationId']} has no {unknown}."


def check_json(document: Document, operation: Document, body: Any) -> None:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    jsonschema_rs.validate({**schema, "components": document["components"]}, body)


def check_form(document: Document, operation: Document, form: str) -> None:
    content = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
    schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    said = {name for name, _ in parse_qsl(form, keep_blank_values=True)}
    assert set(schema.get("required", ())) <= said <= set(schema["properties"]), form


@cache
def committed() -> Document:
    document: Document = json.loads(COMMITTED.read_text())
    return document


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    templates = sorted(committed()["paths"], key=lambda each: each.count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", each).replace(".", r"\.")), each) for each in templates]


@cache
def _registry() -> jsonschema_rs.Registry:
    # The document is read once: a validator that brought it along would hold megabytes, and there are hundreds.
    return jsonschema_rs.Registry([(_DOCUMENT, committed())], draft=jsonschema_rs.Draft202012)


@cache
def _validator(method: str, template: str, status: str, media: str) -> jsonschema_rs.Validator | None:
    """What the answer of an operation must be; nothing for what is no JSON."""
    described = committed()["paths"][template][method]["responses"].get(status, {})
    if "schema" not in described.get("content", {}).get(media, {}) or not media.endswith("json"):
        return None
    steps = ("paths", template, method, "responses", status, "content", media, "schema")
    pointer = "/".join(quote(step.replace("~", "~0").replace("/", "~1"), safe="~") for step in steps)
    return jsonschema_rs.validator_for({"$ref": f"{_DOCUMENT}#/{pointer}"}, registry=_registry())


async def expect_described(answer: httpx.Response) -> None:
    """Raises when an operation answers what its description does not say: another status, or another shape."""
    method, path, status = answer.request.method.lower(), answer.request.url.path, str(answer.status_code)
    for pattern, template in _patterns():
        if method in committed()["paths"][template] and pattern.fullmatch(path):
            known = committed()["paths"][template][method]["responses"]
            assert {status, f"{status[0]}XX"} & set(known), (
                f"{method.upper()} {template} answers {status}, which is not described."
            )
            valid = _validator(method, template, status, answer.headers.get("content-type", ""))
            if valid is not None:
                valid.validate(json.loads(await answer.aread()))
            return
