"""An example for any JSON schema of ours: what its fields say of themselves, and something fitting where they say nothing."""

from typing import Any, Final

_OF_FORMAT: Final = {
    "uuid": "01995a3e-7c1f-7d0a-9b57-3f6f0c2a9d41",
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "email": "anna@example.com",
    "uri": "https://example.com/",
    "password": "correct horse battery staple",
    "binary": "",
}
_OF_TYPE: Final[dict[str, Any]] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}


def example_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value.
    """A value that fits. `schemas` are the components that references lead to."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "example" in schema:
        return schema["example"]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return example_of(schema[key][0], schemas)
    return _of_type(schema, schemas)


def _of_type(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:  # noqa: ANN401 - as above.
    kind = schema.get("type", "object")
    if kind == "object":
        properties, needed = schema.get("properties", {}), schema.get("required", [])
        # What must be sent, and what says itself what it looks like; the rest would only be noise.
        shown = [name for name, each in properties.items() if name in needed or "examples" in each]
        return {name: example_of(properties[name], schemas) for name in shown or list(properties)[:1]}
    if kind == "array":
        return [example_of(schema["items"], schemas)] if "items" in schema else []
    if kind == "string":
        said = _OF_FORMAT.get(schema.get("format", ""), "text")
        return said.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]
    least = schema.get("minimum", _OF_TYPE[kind])
    return max(least, _OF_TYPE[kind]) if kind in {"integer", "number"} else _OF_TYPE[kind]
