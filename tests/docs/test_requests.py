"""The requests to try are true: they run, they exist in the OpenAPI document, and the other clients have the same ones."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from docs import described, other_clients
from docs.http_files import FOLDER, HttpFile, files, play
from doors import SignIn
from make import products
from make.accounts import PASSWORD
from merkato.kit.database import Database

FILES = files()
HTTP = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


@HTTP
async def test_the_requests_run(client: httpx.AsyncClient, sign_in: SignIn, database: Database, file: HttpFile) -> None:
    await sign_in("Demo")
    await sign_in("Staff", "admin")
    await products.product(database)
    assert len(await play(file, client, adminPassword=PASSWORD)) == len(file.requests)


@HTTP
def test_each_file_stands_on_its_own(file: HttpFile) -> None:
    assert file.variables["host"] == "http://127.0.0.1:8000"
    known = {*file.variables, "$uuid"}
    for request in file.requests:
        assert request.uses <= known, f"{request.title} uses what nobody has set."
        captured = {name for name, _ in request.captures}
        assert not captured & known, f"{request.title} sets a variable again; REST Client would mix them up."
        assert not captured or request.name, f"{request.title} needs a `# @name`."
        known |= captured


@pytest.mark.parametrize("name", other_clients.documents())
def test_the_other_clients_have_the_same_requests(name: str) -> None:
    file = FOLDER / name
    assert file.exists(), "Write it with `make requests`."
    assert file.read_text() == other_clients.documents()[name], "Write it anew with `make requests`."


def items() -> Iterator[dict[str, Any]]:
    for folder in json.loads((FOLDER / "merkato.postman_collection.json").read_text())["item"]:
        yield from folder["item"]


async def test_the_collection_fits_the_openapi_document(app: FastAPI) -> None:
    document = app.openapi()
    for item in items():
        request = item["request"]
        path = "/" + "/".join(request["url"]["path"])
        operation = described.operation_of(document, request["method"], path)
        if request.get("body", {}).get("mode") == "raw":
            raw = re.sub(r"{{\$?\w+}}", described.ID, re.sub(r"(?<=: ){{\w+}}", "1", request["body"]["raw"]))
            described.check_json(document, operation, json.loads(raw))
        described.check_query(operation, request["url"]["raw"].partition("?")[2])


def test_logging_in_keeps_the_token() -> None:
    values = {each["key"] for each in json.loads((FOLDER / "merkato.postman_environment.json").read_text())["values"]}
    assert {"host", "token"} <= values
    log_ins = [item for item in items() if item["request"]["url"]["path"] == ["v1", "auth", "tokens"]]
    assert log_ins
    for item in log_ins:
        assert any(
            "pm.environment.set(" in line and "access_token" in line for line in item["event"][0]["script"]["exec"]
        )
    used = {name for item in items() for name in re.findall(r"{{(\w+)}}", json.dumps(item["request"]))}
    assert used <= values
