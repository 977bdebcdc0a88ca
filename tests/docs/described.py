"""What the OpenAPI document says of a request that somebody has written down."""

import json
import re
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx
import jsonschema_rs

from house.source import ROOT

COMMITTED: Final = ROOT / "docs" / "reference" / "openapi.json"
ID: Final = "01995a3e-7c1f-7d0a-9b57-3f6f0c2a9d41"
Document = dict[str, Any]


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
def _patterns() -> list[tuple[re.Pattern[str], Document]]:
    paths = sorted(committed()["paths"].items(), key=lambda each: each[0].count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", template).replace(".", r"\.")), each) for template, each in paths]


async def expect_described(answer: httpx.Response) -> None:
    """Raises when an operation answers with a status of which its description says nothing."""
    method, path = answer.request.method, answer.request.url.path
    for pattern, operations in _patterns():
        if method.lower() in operations and pattern.fullmatch(path):
            described = operations[method.lower()]["responses"]
            assert {str(answer.status_code), f"{answer.status_code // 100}XX"} & set(described), (
                f"{method} {path} answers {answer.status_code}, which is not in the OpenAPI document."
            )
            return
