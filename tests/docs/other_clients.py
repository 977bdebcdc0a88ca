"""Writes the requests of `docs/requests/` for REST Client of VS Code and for Postman: `make requests`, or in `tests/`
`python -m docs.other_clients`. A test compares.
"""

import json
import re
from typing import Any, Final
from urllib.parse import parse_qsl

from docs.http_files import FOLDER, HttpFile, Request, files, jsonpath

_SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_ABOUT: Final = (
    "Made from docs/requests/*.http. Import the environment beside it too, then run a folder from its top: each log-in keeps "
    "its token in the environment."
)


def documents() -> dict[str, str]:
    """The name of each file with what must be in it."""
    known = files()
    return {
        **{f"rest-client/{file.name}.http": rest_client(file) for file in known},
        "merkato.postman_collection.json": _json(collection(known)),
        "merkato.postman_environment.json": _json(environment(known)),
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def rest_client(file: HttpFile) -> str:
    """REST Client names an answer and reads from it, where the others run a script after it."""
    blocks = ["# Made from ../" + file.name + ".http, which PyCharm and httpYac run. Send the requests in order."]
    blocks[0] += "\n\n" + "\n".join(f"@{name} = {value}" for name, value in file.variables.items())
    for request in file.requests:
        lines = [f"### {request.title}", *(f"# {note}" for note in request.notes)]
        lines += [f"# @name {request.name}"] if request.name else []
        lines += [f"{request.method} {request.url}", *(f"{name}: {value}" for name, value in request.headers)]
        blocks.append("\n".join(lines) + (f"\n\n{request.body}" if request.body else ""))
        if request.captures:
            kept = [
                f"@{name} = {{{{{request.name}.response.body.{jsonpath(path)}}}}}" for name, path in request.captures
            ]
            blocks.append("\n".join(["###", *kept]))
    return "\n\n".join(blocks).replace("{{$uuid}}", "{{$guid}}") + "\n"


def collection(known: list[HttpFile]) -> dict[str, Any]:
    return {
        "info": {"name": "Merkato", "description": _ABOUT, "schema": _SCHEMA},
        "item": [
            {"name": file.name.replace("-", " ").capitalize(), "item": [_item(each) for each in file.requests]}
            for file in known
        ],
    }


def _item(request: Request) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "method": request.method,
        "description": " ".join(request.notes),
        "header": [{"key": name, "value": _dynamic(value)} for name, value in request.headers],
        "url": _url(_dynamic(request.url)),
    }
    if request.is_form:
        pairs = parse_qsl(request.body, keep_blank_values=True, strict_parsing=True)
        sent["body"] = {"mode": "urlencoded", "urlencoded": [{"key": key, "value": value} for key, value in pairs]}
    elif request.body:
        sent["body"] = {"mode": "raw", "raw": _dynamic(request.body), "options": {"raw": {"language": "json"}}}
    script = [
        f'pm.test("answers {request.status}", () => pm.response.to.have.status({request.status}));',
        *(f'pm.environment.set("{name}", pm.response.json().{path});' for name, path in request.captures),
    ]
    event = {"listen": "test", "script": {"type": "text/javascript", "exec": script}}
    return {"name": request.title, "event": [event], "request": sent}


def _url(raw: str) -> dict[str, Any]:
    path, _, query = raw.removeprefix("{{host}}/").partition("?")
    url: dict[str, Any] = {"raw": raw, "host": ["{{host}}"], "path": path.split("/")}
    if query:
        url["query"] = [{"key": key, "value": value} for key, value in parse_qsl(query, keep_blank_values=True)]
    return url


def _dynamic(text: str) -> str:
    return text.replace("{{$uuid}}", "{{$guid}}")


def environment(known: list[HttpFile]) -> dict[str, Any]:
    values: dict[str, str] = {}
    for file in known:
        values |= file.variables | {name: "" for request in file.requests for name, _ in request.captures}
    return {
        "name": "Merkato on this machine",
        "values": [
            {"key": name, "value": value, "type": _kind(name), "enabled": True} for name, value in values.items()
        ],
        "_postman_variable_scope": "environment",
    }


def _kind(name: str) -> str:
    return "secret" if re.search("token|password", name, re.IGNORECASE) else "default"


def write() -> None:
    (FOLDER / "rest-client").mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    write()
