"""Whoever comes from a tutorial finds requests that exist: each is compared with the OpenAPI document."""

import json
import re
from collections.abc import Iterator
from typing import Final

import pytest
from markdown_it.token import Token

from docs import described, pages
from house.source import ROOT

PAGE: Final = ROOT / "docs" / "start" / "coming-from-tutorials.md"
HEAD: Final = ["often", "here", "why"]
ROWS: Final = [row for table in pages.tables(PAGE) for row in table[1:]]
SYSTEMS: Final = 5


def parts(cell: Token) -> Iterator[tuple[str, str]]:
    """What is said in a cell, in order: `code`, and each `status` beside it."""
    for inner in cell.children or ():
        if inner.type == "code_inline":
            yield "code", inner.content
        elif inner.type == "text":
            yield from (("status", number) for number in re.findall(r"\b[2-5]\d\d\b", inner.content))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].content)
def test_a_request_is_answered_as_the_page_says(row: list[Token]) -> None:
    document, status, statuses = described.committed(), "", 0
    operation: described.Document = {}
    for kind, said in parts(row[1]):
        if kind == "status":
            status = said
            assert status in operation["responses"], f"{operation['operationId']} answers no {status}."
            statuses += 1
        elif re.match("[A-Z]+ /", said):
            method, path = said.split()
            path, _, query = path.partition("?")
            operation = described.operation_of(document, method, path)
            described.check_query(operation, query)
        elif said.startswith("{"):
            described.check_json(document, operation, json.loads(said))
        elif "=" in said:
            described.check_form(document, operation, said)
        else:
            examples = operation["responses"][status]["content"]["application/problem+json"]["examples"]
            assert said in examples, f"{operation['operationId']} {status} is no {said}."
    assert statuses, "Each row says what is answered."


def test_every_system_has_its_table() -> None:
    heads = [[cell.content for cell in table[0]] for table in pages.tables(PAGE)]
    assert heads == [HEAD] * (SYSTEMS + 1)
    assert len(ROWS) > 10 * SYSTEMS - 10


def test_what_tutorials_have_is_not_here() -> None:
    paths = described.committed()["paths"]
    for row in ROWS:
        for kind, said in parts(row[0]):
            assert kind != "code" or said.partition(" ")[2].partition("?")[0] not in paths, said
