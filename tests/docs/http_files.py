"""Reads the `.http` files of `docs/requests/` and plays them: the part of the format that PyCharm and httpYac share."""

import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

FOLDER: Final = Path(__file__).parents[2] / "docs" / "requests"
HOST: Final = "host"
_TITLE: Final = re.compile(r"^###\s*(.*)$", re.MULTILINE)
_VARIABLE: Final = re.compile(r"^@(\w+)\s*=\s*(.*?)\s*$")
_USE: Final = re.compile(r"{{\s*(\$?\w+)\s*}}")
_HANDLER: Final = re.compile(r"^> {%\n(.*?)^%}\s*\Z", re.MULTILINE | re.DOTALL)
_CAPTURE: Final = re.compile(r'^\s*client\.global\.set\("(\w+)", response\.body\.(.+)\);$')
_STEP: Final = re.compile(
    r'\.?find\(each => each\.(?P<key>\w+) === "(?P<value>\w+)"\)|\.?(?P<name>\w+)|\[(?P<index>\d+)\]'
)
_ANSWERS: Final = re.compile(r"^# Answers (\d{3})\.")


@dataclass(frozen=True)
class Request:
    """One request, as it is written."""

    title: str
    notes: tuple[str, ...]
    name: str | None
    status: int
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str
    captures: tuple[tuple[str, str], ...]
    """What the answer leaves for later requests: a variable, and the path to its value in the body."""

    @property
    def is_form(self) -> bool:
        return ("Content-Type", "application/x-www-form-urlencoded") in self.headers

    @property
    def uses(self) -> set[str]:
        written = [self.url, self.body, *(value for _, value in self.headers)]
        return {name for text in written for name in _USE.findall(text)}


@dataclass(frozen=True)
class HttpFile:
    """One file: its variables and its requests, in order."""

    name: str
    variables: dict[str, str]
    requests: tuple[Request, ...]


def files() -> list[HttpFile]:
    return [parse(path.stem, path.read_text()) for path in sorted(FOLDER.glob("*.http"))]


def parse(name: str, text: str) -> HttpFile:
    head, *parts = _TITLE.split(text)
    variables = {match[1]: match[2] for line in head.splitlines() if (match := _VARIABLE.match(line))}
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return HttpFile(name, variables, tuple(_request(title.strip(), block) for title, block in pairs))


def _request(title: str, block: str) -> Request:
    handler = _HANDLER.search(block)
    captures = []
    for line in handler[1].splitlines() if handler else ():
        capture = _CAPTURE.match(line)
        assert capture, f"{title}: the converters do not know this line of a handler: {line}"
        captures.append((capture[1], capture[2]))
    lines = (block[: handler.start()] if handler else block).strip("\n").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    rest = [line for line in lines if not line.startswith("#")]
    end = rest.index("") if "" in rest else len(rest)
    method, _, url = rest[0].partition(" ")
    status = next((int(match[1]) for line in comments if (match := _ANSWERS.match(line))), 0)
    assert status, f"{title}: say `# Answers 200.`"
    return Request(
        title=title,
        notes=tuple(line.removeprefix("# ") for line in comments if not line.startswith("# @")),
        name=next((line.partition(" @name ")[2] for line in comments if " @name " in line), None),
        status=status,
        method=method,
        url=url,
        headers=tuple((key, value.strip()) for key, _, value in (line.partition(":") for line in rest[1:end])),
        body="\n".join(rest[end + 1 :]).strip(),
        captures=tuple(captures),
    )


def filled(text: str, variables: dict[str, Any]) -> str:
    """The text with its variables; an unknown one is an error."""
    return _USE.sub(lambda match: str(uuid.uuid4()) if match[1] == "$uuid" else str(variables[match[1]]), text)


async def play(file: HttpFile, client: httpx.AsyncClient, **changes: str) -> list[httpx.Response]:
    """Send the requests of a file in order, as an editor would. `changes` are values for its variables."""
    variables: dict[str, Any] = {**file.variables, **changes, HOST: ""}
    answers = []
    for request in file.requests:
        answer = await client.request(
            request.method,
            filled(request.url, variables),
            headers={key: filled(value, variables) for key, value in request.headers},
            content=filled(request.body, variables),
        )
        assert answer.status_code == request.status, f"{file.name}, {request.title}: {answer.text}"
        for name, path in request.captures:
            variables[name] = at(answer.json(), path)
        answers.append(answer)
    return answers


def at(document: Any, path: str) -> Any:
    """What stands in a document at `data[0].id`, or at `totals.find(each => each.type === "total").amount`."""
    for step in steps(path):
        if step["key"]:
            document = next(each for each in document if each[step["key"]] == step["value"])
        else:
            document = document[step["name"] or int(step["index"])]
    return document


def jsonpath(path: str) -> str:
    """The same for REST Client."""
    written = ["$"]
    for step in steps(path):
        if step["key"]:
            written.append(f"[?(@.{step['key']}=='{step['value']}')]")
        else:
            written.append(f".{step['name']}" if step["name"] else f"[{step['index']}]")
    return "".join(written)


def steps(path: str) -> list[dict[str, str]]:
    matches = list(_STEP.finditer(path))
    assert "".join(match[0] for match in matches) == path, f"The converters do not know this path: {path}"
    return [match.groupdict() for match in matches]
