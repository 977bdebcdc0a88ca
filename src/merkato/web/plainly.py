"""The OpenAPI document in plainer words: without what only its making has left in it, so that clients made from it read well."""

import re
from collections.abc import Iterator
from typing import Any, Final

Json = dict[str, Any]
_FORM: Final = "application/x-www-form-urlencoded"
_REFERENCE: Final = "#/components/schemas/"


def say(document: Json) -> None:
    """Change the document in place. Raises ValueError if two schemas would have one name."""
    schemas: Json = document["components"]["schemas"]
    _name_generics(document, schemas)
    for operation in _operations(document):
        _name_its_form(operation, schemas)
        _share_its_bodies(operation, schemas)
        for parameter in operation.get("parameters", ()):
            _name_by_key(parameter)
            _say_without_null(parameter["schema"])
            parameter["schema"].pop("title", None)
    for schema in schemas.values():
        _drop_titles(schema)
    document["components"]["schemas"] = dict(sorted(schemas.items()))


def _operations(document: Json) -> Iterator[Json]:
    for operations in document["paths"].values():
        yield from operations.values()


def _name_generics(document: Json, schemas: Json) -> None:
    """`OrderPage`, which Pydantic calls `Page_OrderView_`."""
    names = {made: re.sub(r"(\w+?)_(\w+?)(?:View)?_", r"\2\1", made) for made in schemas if made.endswith("_")}
    for made, named in names.items():
        _add(schemas, named, schemas.pop(made))
    for reference in _references(document):
        made = reference["$ref"].removeprefix(_REFERENCE)
        if made in names:
            reference["$ref"] = _REFERENCE + names[made]


def _add(schemas: Json, name: str, schema: Json) -> None:
    """Raises ValueError if the name is taken: clients would have one class for two things."""
    if name in schemas:
        raise ValueError(f"There are two schemas {name}: give a class or a title another name.")
    schemas[name] = schema | {"title": name}


def _references(within: Any) -> Iterator[Json]:  # noqa: ANN401 - any JSON value.
    if isinstance(within, dict) and isinstance(within.get("$ref"), str):
        yield within
    elif isinstance(within, dict | list):
        for each in within.values() if isinstance(within, dict) else within:
            yield from _references(each)


def _name_its_form(operation: Json, schemas: Json) -> None:
    """`IssueTokensForm`, which FastAPI calls `Body_issue_tokens`; absent fields are left out of a form, which has no null."""
    form = operation.get("requestBody", {}).get("content", {}).get(_FORM)
    if form is None:
        return
    made = form["schema"]["$ref"].removeprefix(_REFERENCE)
    named = f"{operation['operationId'].title().replace('_', '')}Form"
    _add(schemas, named, schemas.pop(made))
    form["schema"]["$ref"] = _REFERENCE + named
    for field in schemas[named]["properties"].values():
        _say_without_null(field)


def _share_its_bodies(operation: Json, schemas: Json) -> None:
    """What a route has written down as its body is a schema like others, by its title; a body that may be left out need not be null."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        said = content["schema"]
        if "title" in said and "properties" in said:
            _add(schemas, said["title"], said)
            content["schema"] = {"$ref": _REFERENCE + said["title"]}
        elif "anyOf" in said:
            _say_without_null(said)
            said.pop("title", None)


def _name_by_key(parameter: Json) -> None:
    """`attribute[colour]=red` is one entry of the object `attribute`; FastAPI knows lists only, and calls it `attribute[]`."""
    if parameter["name"].endswith("[]"):
        parameter |= {"name": parameter["name"].removesuffix("[]"), "style": "deepObject", "explode": True}
        said = parameter["schema"]
        said |= {"type": "object", "additionalProperties": said.pop("items")}


def _say_without_null(schema: Json) -> None:
    """What can only be left out, since null cannot be written there, is no choice between something and null."""
    some = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(some) < len(schema.get("anyOf", ())):
        del schema["anyOf"]
        schema.update({"anyOf": some} if len(some) > 1 else {**some[0], **schema})


def _drop_titles(schema: Any) -> None:  # noqa: ANN401 - any JSON value.
    """Titles of fields that only say the field's name again."""
    if isinstance(schema, list):
        for each in schema:
            _drop_titles(each)
    elif isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items():
            if re.sub(r"[\W_]", "", field.get("title", "")).lower() == re.sub(r"[\W_]", "", name).lower():
                field.pop("title", None)
        for value in schema.values():
            _drop_titles(value)
