"""Between the socket and the routes: the frame around every request, repeats after database trouble, problems, sessions."""

import json
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from merkato.kit import audit, errors, idempotency, ids, traces
from merkato.kit import database as databases
from merkato.kit.database import Database, Session

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CREDENTIALS: Final = ("authorization", "cart-token", "checkout-token")
ONCE: Final = frozenset(name.encode() for name in (*CREDENTIALS, idempotency.HEADER))
"""Said twice, they would be read in one way here and in another way by what stands in front of the server."""
PROBLEM: Final = "application/problem+json"
_REQUEST_ID: Final = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_SECURITY_HEADERS: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_NOT_KEPT: Final = (b"cache-control", b"no-store")
_OVER_TLS: Final = (b"strict-transport-security", b"max-age=31536000")
_log = structlog.get_logger("merkato.http")


class Frame:
    """Gives every request its id, every answer its safety headers, and the log one line without anything personal."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else str(ids.new())
        scope["request_id"] = request_id
        traces.note_request(request_id)
        started = time.perf_counter()
        status = 500

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                extra = [(name, value) for name, value in _SECURITY_HEADERS if name not in present]
                if scope["path"].startswith("/v1/") and not present & {b"cache-control", b"etag"}:
                    # What is somebody's own, above all behind a guest's token, is kept by no cache on the way.
                    extra.append(_NOT_KEPT)
                if scope["scheme"] == "https":
                    extra.append(_OVER_TLS)
                message["headers"] = [*message["headers"], *extra, (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id), audit.unattended():
            try:
                await self.app(scope, receive, framed)
            finally:
                route = scope.get("route")
                _log.info(
                    "request",
                    method=scope["method"],
                    route=getattr(route, "path", None),
                    status=status,
                    milliseconds=round((time.perf_counter() - started) * 1000, 1),
                )


class Repeat:
    """Holds the body and runs a request again when the database asks for it, while no answer has started.

    A connection lost at COMMIT is repeated only under an Idempotency-Key: without one it could happen twice.
    """

    def __init__(self, app: ASGIApp, body_max: int, upload_max: int, uploads: Sequence[APIRoute] = ()) -> None:
        self.app = app
        self.body_max = body_max
        self.upload_max = upload_max
        self.uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            _refuse_twice(scope)
            if scope["method"] not in SAFE:
                scope["body"] = await self._body(request)
        except (errors.BadRequest, errors.TooLarge) as refusal:
            await problem_response(refusal, request)(scope, receive, send)
        except ClientDisconnect:
            pass
        else:
            await self._attempts(scope, receive, send)

    async def _attempts(self, scope: Scope, receive: Receive, send: Send) -> None:
        for attempt in range(databases.ATTEMPTS):
            started = False

            async def watched(message: Message) -> None:
                nonlocal started
                started = True
                await send(message)

            attempted = {**scope, "state": dict(scope.get("state", {}))}
            try:
                await self.app(attempted, _replay(scope, receive), watched)
            except Exception as error:
                if started:
                    raise
                problem = databases.problem_of(error)
                if problem is None:
                    # Answered here and not by the stock handler, which stands outside of the frame.
                    await (await _on_fault(Request(scope), error))(scope, receive, send)
                    return
                if attempt + 1 < databases.ATTEMPTS and _again(error, scope):
                    await databases.pause(attempt)
                    continue
                _log.warning("database", problem=problem.code, cause=type(error).__name__)
                await problem_response(problem, Request(scope))(scope, receive, send)
            finally:
                scope["route"] = attempted.get("route")
            return

    async def _body(self, request: Request) -> bytes:
        """The whole body. Raises TooLarge when it is."""
        uploads = any(route.matches(request.scope)[0] is Match.FULL for route in self.uploads)
        limit = self.upload_max if uploads else self.body_max
        # A little too much is passed over before it is refused: a proxy that cannot send the rest of a body says 502 in place of our answer.
        # Who asks whether it may send (`Expect`) is told at once.
        most = limit if "expect" in request.headers else limit + self.upload_max
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > most):
            raise errors.TooLarge(f"At most {limit} bytes are read here.")
        body, size = bytearray(), 0
        async for chunk in request.stream():
            size += len(chunk)
            if size <= limit:
                body += chunk
            elif size > most:
                break
        if size > limit:
            raise errors.TooLarge(f"At most {limit} bytes are read here.")
        return bytes(body)


def _refuse_twice(scope: Scope) -> None:
    said = [name for name, _ in scope["headers"] if name in ONCE]
    twice = sorted({name.decode() for name in said if said.count(name) > 1})
    if twice:
        raise errors.BadRequest(
            "A header may be sent only once.",
            errors=[errors.FieldError(f"/{name}", "repeated", "is sent more than once", "header") for name in twice],
        )


def _again(error: Exception, scope: Scope) -> bool:
    if isinstance(error, databases.OutcomeUnknown):
        return any(name == idempotency.HEADER.encode() for name, _ in scope["headers"])
    return databases.retried(error)


def _replay(scope: Scope, receive: Receive) -> Receive:
    """The body from memory, then whatever the connection says (that it was closed)."""
    if "body" not in scope:
        return receive
    waiting: list[Message] = [{"type": "http.request", "body": scope["body"], "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


class Route(APIRoute):
    """A route that refuses unknown query parameters and leaves its answer under the request's idempotency key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        known = _query_names(self)

        async def answer(request: Request) -> Response:
            if request.scope["query_string"]:
                _refuse_unknown(request, known)
            response = await handle(request)
            held: tuple[idempotency.Claim, Session] | None = request.scope.get("held_key")
            if held is not None:
                await held[0].keep(held[1], idempotency.answer_of(response))
            return response

        return answer


def router(tag: str) -> APIRouter:
    """A domain's router."""
    return APIRouter(route_class=Route, tags=[tag], generate_unique_id_function=lambda route: route.name)


def _query_names(route: APIRoute) -> frozenset[str]:
    # The fields of a model of parameters come as they are, without saying that they are of the query.
    elsewhere = params.Path | params.Header | params.Cookie
    return frozenset(
        field.alias for field in get_flat_params(route.dependant) if not isinstance(field.field_info, elsewhere)
    )


def _refuse_unknown(request: Request, known: frozenset[str]) -> None:
    # `attribute[colour]=red` is a parameter of its own for each attribute; the route names it "attribute".
    unknown = [
        name for name in request.query_params if name not in known and name.partition("[")[0] + "[]" not in known
    ]
    if unknown:
        raise errors.Invalid(
            "There are unknown query parameters.",
            errors=[
                errors.FieldError(f"/{name[:100]}", "unknown", "is not a parameter of this operation", "query")
                for name in unknown
            ],
        )


async def database_of(request: Request) -> Database:
    """The store's database, for routes that start a flow."""
    database: Database = request.app.state.database
    return database


async def _session(request: Request) -> AsyncIterator[Session]:
    """One session per request: it commits before the answer is sent (`scope="function"`).

    An unsafe method gets a transaction. A read with credentials is several statements that must agree, hence a snapshot;
    an anonymous one is a single statement, and may be a moment behind.
    """
    database: Database = request.app.state.database
    if request.method not in SAFE:
        opened = database.transaction()
    elif any(name in request.headers for name in CREDENTIALS):
        opened = database.snapshot()
    else:
        opened = database.reading(may_lag=True)
    async with opened as session:
        yield session


TheDatabase = Annotated[Database, Depends(database_of)]
RequestSession = Annotated[Session, Depends(_session, scope="function")]


def problem_response(problem: errors.Problem, request: Request) -> Response:
    """The answer that a problem is."""
    return Response(_document(problem, request.scope.get("request_id", "")), problem.status, problem.headers, PROBLEM)


def _document(problem: errors.Problem, request_id: str) -> bytes:
    return json.dumps(problem.document(request_id), ensure_ascii=True).encode()


def problem_answer(problem: errors.Problem) -> idempotency.Answer:
    """A problem as an answer that is kept for repeats: a declined payment stays declined."""
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    return idempotency.Answer(
        problem.status, {**problem.headers, "content-type": PROBLEM}, _document(problem, request_id)
    )


def _places(error: RequestValidationError) -> list[errors.FieldError]:
    found = []
    for each in error.errors():
        place, *path = [str(part) for part in each["loc"]] or ["body"]
        if each["type"] == "json_invalid":
            path = []
        pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
        detail = each["msg"].removeprefix("Value error, ").encode("utf-8", "replace").decode()
        found.append(
            errors.FieldError(pointer.encode("utf-8", "replace").decode()[:500], each["type"], detail[:500], place)
        )
    return found[:100]


_OF_STATUS: Final[dict[int, type[errors.Problem]]] = {
    kind.status: kind
    for kind in (
        errors.BadRequest,
        errors.NotAuthenticated,
        errors.PaymentRequired,
        errors.NotAllowed,
        errors.NotFound,
        errors.MethodNotAllowed,
        errors.Conflict,
        errors.PreconditionFailed,
        errors.TooLarge,
        errors.UnsupportedMedia,
        errors.Invalid,
        errors.TooMany,
        errors.Unavailable,
    )
}


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.Problem)  # noqa: S101 - what the handler is registered for.
    return problem_response(error, request)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above.
    places = _places(error)
    if any(place.code == "json_invalid" for place in places):
        return problem_response(errors.BadRequest("The body is not valid JSON.", errors=places), request)
    return problem_response(errors.Invalid(f"{len(places)} field(s) are not valid.", errors=places), request)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above.
    kind = _OF_STATUS.get(error.status_code, errors.BadRequest)
    problem = kind()
    problem.headers.update(error.headers or {})
    return problem_response(problem, request)


async def _on_replayed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, idempotency.Replayed)  # noqa: S101 - as above.
    return error.answer.response()


async def _on_fault(request: Request, error: Exception) -> Response:
    _log.error("fault", exc_info=error, request_id=request.scope.get("request_id"))
    return problem_response(errors.Internal(), request)


def install(app: FastAPI, *, body_max: int, upload_max: int) -> None:
    """Put the frame, the repeats and the problem documents around an application whose routes are there.

    A route whose described body may be `multipart/form-data` takes uploads; the limits are in bytes.
    """
    app.add_exception_handler(errors.Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(idempotency.Replayed, _on_replayed)
    app.add_exception_handler(Exception, _on_fault)
    uploads = [route for route in app.router.routes if isinstance(route, APIRoute) and _takes_files(route)]
    app.add_middleware(Repeat, body_max=body_max, upload_max=upload_max, uploads=uploads)
    app.add_middleware(Frame)


def _takes_files(route: APIRoute) -> bool:
    body = (route.openapi_extra or {}).get("requestBody", {})
    return "multipart/form-data" in body.get("content", {})


def responses(*problems: type[errors.Problem] | int) -> dict[int | str, dict[str, Any]]:
    """The problems that an operation may answer with, for its description."""
    kinds = [_OF_STATUS[kind] if isinstance(kind, int) else kind for kind in problems]
    grouped: dict[int, list[type[errors.Problem]]] = {}
    for kind in kinds:
        grouped.setdefault(kind.status, []).append(kind)
    return {
        status: {
            "description": "; ".join(f"{kind.title} (`{kind.code}`)" for kind in group) or HTTPStatus(status).phrase,
            "content": {
                PROBLEM: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {kind.code: {"$ref": f"#/components/examples/{kind.code}"} for kind in group},
                }
            },
        }
        for status, group in grouped.items()
    }
