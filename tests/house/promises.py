"""What an OpenAPI document promises to clients, and which promises another one breaks.

`make promises`, or in `tests/` `python -m house.promises`, keeps the present ones in `docs/reference/openapi-promised.json`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from house import reference

Json = dict[str, Any]
PROMISED: Final = reference.FOLDER / "openapi-promised.json"
_WORDS: Final = {"title", "description", "summary", "examples", "example", "tags", "info", "servers", "operationId"}
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")


@dataclass
class Promises:
    """Facts about places. Who only adds to `places` and `given`, and takes from `demanded`, breaks no client."""

    places: set[str] = field(default_factory=set)
    given: set[tuple[str, str]] = field(default_factory=set)
    """What a client may ask for, send or read."""
    demanded: set[tuple[str, str]] = field(default_factory=set)
    """What a client must send, or be ready to read."""
    limits: dict[tuple[str, str], float] = field(default_factory=dict)
    """How much of something is taken."""


def breaks(before: Promises, after: Promises) -> list[str]:
    """Each broken promise as a sentence. Of what is gone only the outermost place is named, and what is new breaks nothing."""
    lost = {f"{place}: no longer {what}" for place, what in before.given - after.given if place in after.places}
    added = {f"{place}: {what}" for place, what in after.demanded - before.demanded if place in before.places}
    tighter = set()
    for (place, what), limit in after.limits.items():
        known = before.limits.get((place, what))
        if place in before.places and (known is None or (limit < known if what in _UPPER else limit > known)):
            tighter.add(f"{place}: {what} is {limit:g}")
    return sorted(lost | added | tighter)


def promises(document: Json) -> Promises:
    """All that the document promises."""
    reader = _Reader(document)
    kept = reader.promises
    kept.places.add("the API")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            # What a part of the path is called is no concern of a client.
            place = f"{method.upper()} {re.sub('{[^}]*}', '{}', path)}"
            kept.given.add(("the API", f"has {place}"))
            reader.operation(place, operation)
    return kept


@dataclass
class _Reader:
    document: Json
    promises: Promises = field(default_factory=Promises)

    def operation(self, place: str, operation: Json) -> None:
        self.promises.places.add(place)
        ways = operation.get("security") or [{}]
        if {} not in ways:
            self.promises.demanded.add((place, "demands credentials"))
        scopes = [{scope for named in way.values() for scope in named} for way in ways]
        self.promises.demanded.update((place, f"demands the scope {each}") for each in set.intersection(*scopes))
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                self.schema(f"{place} path", parameter["schema"], sent=True)
            else:
                self.part(place, f"{parameter['in']} {parameter['name']}", parameter, sent=True)
        body = operation.get("requestBody", {})
        for kind, content in body.get("content", {}).items():
            self.part(place, f"body {kind}", {"required": body.get("required", False), **content}, sent=True)
        for status, response in operation["responses"].items():
            if status[0] in "23":
                self.promises.given.add((place, f"answers {status}"))
                self.promises.places.add(f"{place} {status}")
                for kind, content in response.get("content", {}).items():
                    self.part(f"{place} {status}", kind, content, sent=False)

    def part(self, place: str, name: str, part: Json, *, sent: bool) -> None:
        self.promises.given.add((place, f"{'takes' if sent else 'gives'} {name}"))
        if part.get("required"):
            self.promises.demanded.add((place, f"demands {name}"))
        self.schema(f"{place} {name}", part.get("schema", {}), sent=sent)

    def schema(self, place: str, schema: Json, *, sent: bool, within: frozenset[str] = frozenset()) -> None:
        """What is promised at a place. What contains itself is read once."""
        kept, inner = self.promises, within | {schema.get("$ref", "")}
        kept.places.add(place)
        if schema.get("$ref") in within:
            return
        shapes = list(self.shapes(schema))
        facts, said = (kept.given, "takes") if sent else (kept.demanded, "may be")
        for shape in shapes:
            facts.update((place, f"{said} {kind}") for kind in _kinds(shape, sent=sent))
            for name, value in shape.get("properties", {}).items():
                kept.given.add((place, f"{'takes' if sent else 'has'} {name}"))
                self.schema(f"{place} {name}", value, sent=sent, within=inner)
            if not sent:
                kept.given.update((f"{place} {name}", "always there") for name in shape.get("required", ()))
            if isinstance(shape.get("items"), dict):
                self.schema(f"{place}[]", shape["items"], sent=sent, within=inner)
            if isinstance(shape.get("additionalProperties"), dict):
                self.schema(f"{place}.*", shape["additionalProperties"], sent=sent, within=inner)
        if sent:
            self.restrictions(place, shapes)

    def restrictions(self, place: str, shapes: list[Json]) -> None:
        """What is taken of those values that have the right type: the choices, what must be there, how much of it."""
        kept = self.promises
        shapes = [shape for shape in shapes if shape.get("type") != "null"]
        demands = [
            set(shape.get("required", ())) | {shape[key] for key in ("format", "pattern") if key in shape}
            for shape in shapes
        ]
        kept.demanded.update((place, f"demands {each}") for each in set.intersection(*demands or [set()]))
        choices = [_choices(shape) for shape in shapes]
        if shapes and all(choices):
            kept.places.add(f"{place} choice")
            kept.demanded.add((place, "takes a few values only"))
            kept.given.update((f"{place} choice", f"takes {value}") for choice in choices for value in choice)
        for names, loosest in ((_UPPER, max), (_LOWER, min)):
            for name in names:
                if shapes and all(name in shape for shape in shapes):
                    kept.limits[place, name] = loosest(shape[name] for shape in shapes)

    def shapes(self, schema: Json) -> Iterator[Json]:
        """A schema without references, one for each alternative."""
        if "$ref" in schema:
            target = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            yield from self.shapes(target)
        elif alternatives := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            for each in alternatives:
                yield from self.shapes(each)
        else:
            yield schema


def _kinds(shape: Json, *, sent: bool) -> Iterator[str]:
    """The types of a shape. Of what is read the form of a string too; of what is sent it is a restriction."""
    types = shape.get("type", "anything")
    for each in types if isinstance(types, list) else [types]:
        yield f"{each} ({shape['format']})" if "format" in shape and not sent else each
        if each == "number" and sent:
            yield "integer"


def _choices(shape: Json) -> list[str]:
    return [json.dumps(value) for value in shape.get("enum", [shape["const"]] if "const" in shape else [])]


def listed(changelog: str) -> list[str]:
    """The patterns of what is broken on purpose: the code that lines under "Breaking" of what is not released begin with."""
    unreleased = re.search(r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    section = re.search(
        r"^### Breaking\n(.*?)(?=^### |\Z)", unreleased[1] if unreleased else "", re.MULTILINE | re.DOTALL
    )
    return re.findall(r"^- `(.+?)`", section[1] if section else "", re.MULTILINE)


def fits(pattern: str, sentence: str) -> bool:
    """Whether a sentence is what the pattern says; `*` stands for anything."""
    return bool(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), sentence))


def without_words(document: Any) -> Any:
    """A document without what is said to people: it promises the same."""
    if isinstance(document, list):
        return [without_words(each) for each in document]
    if not isinstance(document, dict):
        return document
    # A property may be called like a word of the description.
    return {
        name: {inner: without_words(each) for inner, each in value.items()}
        if name == "properties"
        else without_words(value)
        for name, value in document.items()
        if name not in _WORDS
    }


def write() -> None:
    document = without_words(json.loads(reference.openapi()))
    document["components"].pop("examples", None)
    PROMISED.write_text(
        json.dumps(document, separators=(",", ":"), ensure_ascii=False).replace('},"/', '},\n"/') + "\n"
    )


if __name__ == "__main__":
    write()
