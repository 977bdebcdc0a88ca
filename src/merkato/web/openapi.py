"""The OpenAPI document: what FastAPI finds out by itself, completed with what it cannot know."""

import inspect
import sys
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from merkato import __version__
from merkato.domains.identity import access
from merkato.domains.identity.models import SCOPES
from merkato.kit.errors import BadRequest, Internal, Invalid, NotAllowed, Problem, TooLarge, TooMany, Unavailable
from merkato.kit.http import PROBLEM
from merkato.web import problems
from merkato.web.examples import example_of

REFERENCE: Final = "#/components/{section}/{name}"
_ABOUT: Final = """Goods, services for hire, and the people around them.

Sign in with **Authorize** (an e-mail address and its password), or send `Authorization: Bearer <token>` with a token of
`POST /v1/auth/tokens`. Guests need no account: their cart and checkout each come with a token of their own.

Every error is a problem document (RFC 9457); its `type` leads to a page with the cause and the fix.

Every answer says in `RateLimit-Policy` how many requests the caller may send in a minute, and in `RateLimit` how many are left (`r`) until
the quota is given anew in so many seconds (`t`). Afterwards the answer is 429 until then.
"""
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A random value of your own. The same request sent again under the same key gets the first answer again, "
    "with `Idempotent-Replayed: true`, and has no second effect.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "5f0c6a1e-2f6b-4b6e-9a55-0d9f0a4e7c11",
}
_HEADERS: Final = {
    "Retry-After": {"description": "Seconds until the next request is welcome.", "schema": {"type": "integer"}},
    "RateLimit-Policy": {
        "description": "How many requests the caller may send (`q`) in so many seconds (`w`).",
        "schema": {"type": "string"},
        "example": '"account";q=2400;w=60',
    },
    "RateLimit": {
        "description": "How many requests are left (`r`), and in how many seconds the quota is given anew (`t`).",
        "schema": {"type": "string"},
        "example": '"account";r=0;t=17',
    },
}
_SCHEMES: Final = {
    "Account": "An access token of `POST /v1/auth/tokens`, or an API key (`mk_...`) of `POST /v1/api-keys`.",
    "Guest cart": "The `token` that came with a guest's first cart line. It opens that cart and nothing else.",
    "Guest checkout": "The `token` that came with a guest's checkout. It opens that checkout and the order it became.",
}


class FieldErrorDocument(BaseModel):
    """One wrong field."""

    model_config = ConfigDict(title="FieldError")

    pointer: str = Field(description="A JSON pointer into the body, or the name of the parameter after a slash.")
    code: str = Field(description="What is wrong, in one stable word.")
    detail: str = Field(description="What is wrong, in words.")
    place: str = Field("body", alias="in", description="`query`, `path`, `header` or `cookie`; absent for the body.")


class ProblemDocument(BaseModel):
    """Why a request had no effect (RFC 9457). Some kinds add members of their own; ignore those that you do not know."""

    model_config = ConfigDict(title="Problem", extra="allow")

    type: str = Field(description="The address of a page with the cause and the fix.")
    title: str = Field(description="The kind of problem, in words.")
    status: int = Field(description="The status of the answer.")
    detail: str = Field(description="What was wrong with this request.")
    code: str = Field(description="The kind of problem, in one stable word.")
    request_id: str = Field(description="The id of the request; the server's log has more under it.")
    errors: list[FieldErrorDocument] = Field([], description="Each wrong field, when fields were wrong.")


def document(app: FastAPI) -> dict[str, Any]:
    """The description of an application's operations."""
    described = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    made = get_openapi(
        title="Merkato",
        version=__version__,
        summary="A commerce and marketplace server.",
        description=_ABOUT,
        license_info={"name": "MIT", "identifier": "MIT"},
        routes=described,
        servers=[{"url": "/", "description": "This server."}],
        tags=_tags(described),
    )
    parts = made.setdefault("components", {})
    _add_problems(parts)
    for name, scheme in parts.get("securitySchemes", {}).items():
        scheme["description"] = _SCHEMES[name]
        if "flows" in scheme:
            scheme["flows"]["password"]["scopes"] = dict(SCOPES)
    for route in described:
        for method in sorted(route.methods or ()):
            _complete(made["paths"][route.path_format][method.lower()], route, method, parts["schemas"])
    return made


def install(app: FastAPI) -> None:
    """Let `app.openapi()` answer with our document, made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # The way that FastAPI documents.


def _tags(routes: list[APIRoute]) -> list[dict[str, Any]]:
    """Each tag once, with the sentence of the package that it came from."""
    found: dict[str, str] = {}
    for route in routes:
        package = sys.modules[route.endpoint.__module__.rpartition(".")[0]]
        for tag in route.tags:
            found.setdefault(str(tag), inspect.cleandoc(package.__doc__ or ""))
    return [{"name": name, "description": sentence} for name, sentence in found.items()]


def _add_problems(parts: dict[str, Any]) -> None:
    schemas = parts.setdefault("schemas", {})
    for stock in ("HTTPValidationError", "ValidationError"):
        schemas.pop(stock, None)
    template = REFERENCE.format(section="schemas", name="{model}")
    made = ProblemDocument.model_json_schema(ref_template=template, mode="serialization")
    field = made.pop("$defs")["FieldErrorDocument"]
    made["properties"]["errors"]["items"]["$ref"] = REFERENCE.format(section="schemas", name="FieldError")
    for schema in (made, field):
        # Said only when there is something to say, unlike a default that is always sent.
        schema["required"] = [name for name in schema["required"] if name not in {"errors", "in"}]
    schemas["Problem"], schemas["FieldError"] = made, field
    parts["schemas"] = dict(sorted(schemas.items()))
    parts["examples"] = {
        code: {"summary": kind.title, "value": problems.example(kind)} for code, kind in problems.known().items()
    }
    parts["responses"] = {
        "BadRequest": _problem(BadRequest),
        "NotAllowed": _problem(NotAllowed),
        "Invalid": _problem(Invalid),
        "TooLarge": _problem(TooLarge),
        "TooMany": _problem(TooMany) | {"headers": _HEADERS},
        "Fault": _problem(Internal, Unavailable),
    }


def _problem(*kinds: type[Problem]) -> dict[str, Any]:
    examples = {kind.code: {"$ref": REFERENCE.format(section="examples", name=kind.code)} for kind in kinds}
    content = {"schema": {"$ref": REFERENCE.format(section="schemas", name="Problem")}, "examples": examples}
    return {
        "description": "; ".join(f"{kind.title} (`{kind.code}`)" for kind in kinds),
        "content": {PROBLEM: content},
    }


def _complete(operation: dict[str, Any], route: APIRoute, method: str, schemas: dict[str, Any]) -> None:
    if operation.get("summary") == route.name.replace("_", " ").title():
        operation["summary"] = route.name.replace("_", " ").capitalize()
    _secure(operation, route)
    if method == "POST" and "security" in operation and not route.path.startswith(access.WITHOUT_KEYS):
        _take_keys(operation)
    answers = operation["responses"]
    refused = answers.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if refused.get("$ref", "").endswith("/HTTPValidationError"):
        del answers["422"]
    _refuse(operation, route)
    if "requestBody" in operation:
        for content in operation["requestBody"]["content"].values():
            if "example" not in content and "examples" not in content:
                content["example"] = example_of(content["schema"], schemas)
    for status, answer in answers.items():
        if answer.get("description") == "Successful Response":
            answer["description"] = HTTPStatus(int(status)).phrase
    operation["responses"] = dict(sorted(answers.items()))


def _refuse(operation: dict[str, Any], route: APIRoute) -> None:
    """What stands in front of every operation may answer too; what the operation itself says of a status comes first."""
    common = {"400": "BadRequest", "5XX": "Fault"}  # A header that is sent twice, for instance.
    if "security" in operation:
        common["403"] = "NotAllowed"  # An API key has nothing of its own.
    if "requestBody" in operation:
        common["413"] = "TooLarge"
    if route.path.startswith("/v1/"):
        common |= {"422": "Invalid", "429": "TooMany"}  # Parameters that nobody knows are refused.
    for status, name in common.items():
        operation["responses"].setdefault(status, {"$ref": REFERENCE.format(section="responses", name=name)})


def _secure(operation: dict[str, Any], route: APIRoute) -> None:
    """Say what FastAPI cannot see: whether an account is a must, and with which scope."""
    if "security" not in operation:
        return
    calls = list(_calls(route.dependant))
    scopes = [access.DEMANDED[call] for call in calls if call in access.DEMANDED]
    if scopes or access.signed_in in calls or access.flow_signed_in in calls:
        operation["security"] = [{"Account": scopes}]
    else:
        operation["security"] = [{}, *operation["security"]]


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for each in dependant.dependencies:
        if each.call is not None:
            yield each.call
        yield from _calls(each)


def _take_keys(operation: dict[str, Any]) -> None:
    parameters = operation.setdefault("parameters", [])
    known = next((each for each in parameters if each["name"].lower() == "idempotency-key"), None)
    if known is None:
        parameters.append(dict(_KEY))
    else:
        known.update(_KEY, required=True)
