"""Renders the Helm chart without Helm. It knows the few words that our templates use, and refuses every other.

Helm itself renders where it is installed, and a test compares the two.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from house.source import ROOT

CHART: Final = ROOT / "deploy" / "chart"
RELEASE: Final = {"Name": "shop", "Namespace": "default"}

_ACTION: Final = re.compile(r"\s*{{- (?P<trimmed>.+?) }}|{{ (?P<plain>.+?) }}")
_RANGE: Final = re.compile(r"range \$(\w+), \$(\w+) := (\S+)")


def rendered(values: Mapping[str, Any], templates: Path = CHART / "templates") -> list[dict[str, Any]]:
    """What Kubernetes is given, with these values over those of the chart."""
    scope = {
        "Values": merged(yaml.safe_load((CHART / "values.yaml").read_text()), values),
        "Chart": {"AppVersion": yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]},
        "Release": RELEASE,
    }
    texts = [written(path.read_text(), scope) for path in sorted(templates.glob("*.yaml"))]
    return [document for text in texts for document in yaml.safe_load_all(text) if document]


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Values over values, as Helm lays them: objects key by key, everything else as a whole."""
    both = {
        key: merged(below[key], value) for key, value in above.items() if isinstance(value, dict) and below.get(key)
    }
    return {**below, **above, **both}


def written(template: str, scope: Mapping[str, Any]) -> str:
    """A template filled in."""
    text, rest = _until_end(_pieces(template), scope, spoken=True)
    assert rest == "", f"{rest} stands alone"
    return text


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    """The text before each action, and the action."""
    position = 0
    for found in _ACTION.finditer(template):
        yield template[position : found.start()], found["trimmed"] or found["plain"]
        position = found.end()
    assert "{{" not in template[position:]
    yield template[position:], ""


def _until_end(pieces: Iterator[tuple[str, str]], scope: Mapping[str, Any], *, spoken: bool) -> tuple[str, str]:
    """What is written until the block ends, and the word that ends it."""
    text = ""
    for before, action in pieces:
        text += before
        if action in {"end", "else", ""}:
            return (text if spoken else ""), action
        text += _said(action, pieces, scope, spoken=spoken)
    raise AssertionError("a block has no end")


def _said(action: str, pieces: Iterator[tuple[str, str]], scope: Mapping[str, Any], *, spoken: bool) -> str:
    if action.startswith("if "):
        true = bool(_value(action.removeprefix("if "), scope))
        text, word = _until_end(pieces, scope, spoken=spoken and true)
        return text + (_until_end(pieces, scope, spoken=spoken and not true)[0] if word == "else" else "")
    if loop := _RANGE.fullmatch(action):
        # The block is read once and written once for each.
        inner = list(_block(pieces))
        each = [
            {**scope, f"${loop[1]}": key, f"${loop[2]}": value} for key, value in sorted(_value(loop[3], scope).items())
        ]
        return "".join(_until_end(iter(inner), inside, spoken=spoken)[0] for inside in each)
    return str(_value(action, scope))


def _block(pieces: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    depth = 1
    for before, action in pieces:
        depth += action.startswith(("if ", "range ")) - (action == "end")
        yield before, action
        if not depth:
            return


def _value(expression: str, scope: Mapping[str, Any]) -> Any:
    first, *pipes = expression.split(" | ")
    word, _, path = first.rpartition(" ")
    value: Any = scope
    for name in path.removeprefix(".").split("."):
        value = value[name]
    for each in [word, *pipes] if word else pipes:
        value = _piped(value, each, scope)
    return value


def _piped(value: Any, word: str, scope: Mapping[str, Any]) -> Any:
    name, _, argument = word.partition(" ")
    match name:
        case "quote":
            return json.dumps(str(value))
        case "default":
            return value or _value(argument, scope)
        case "toYaml":
            return yaml.safe_dump(value).rstrip("\n")
        case "nindent":
            return "\n" + "\n".join(" " * int(argument) + line for line in value.split("\n"))
        case _:
            raise AssertionError(f"{name} is not among the words of our templates")
