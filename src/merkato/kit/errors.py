"""What can go wrong, as one tree of problems (RFC 9457).

Problem
 ├─ BadRequest 400
 ├─ NotAuthenticated 401
 ├─ PaymentRequired 402
 ├─ NotAllowed 403
 ├─ NotFound 404
 ├─ Conflict 409          well said, but not now
 ├─ PreconditionFailed 412
 ├─ TooLarge 413
 ├─ Invalid 422           what was sent is malformed
 ├─ TooMany 429
 ├─ Internal 500
 └─ Unavailable 503

A domain adds classes of a few lines. The docstring of a class is the cause on its page `/problems/{code}`, `fix` is what to
do, and `constraints` names the table constraints whose violation means it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: a JSON pointer into the body (or, by `place`, a name in the query, path, header or cookie)."""

    pointer: str
    code: str
    detail: str
    place: str = "body"

    def document(self) -> dict[str, str]:
        named = {"pointer": self.pointer, "code": self.code, "detail": self.detail}
        return named if self.place == "body" else named | {"in": self.place}


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem.
    """Anything that ends a request without its effect."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "problem"
    title: ClassVar[str] = "Something went wrong"
    fix: ClassVar[str] = "Read `detail`; it says what was wrong with this request."
    constraints: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,  # noqa: ANN401 - extension members of the problem document.
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = members

    def document(self, request_id: str) -> dict[str, Any]:
        """The body that is sent, as `application/problem+json`."""
        return {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
            **({"errors": [error.document() for error in self.errors]} if self.errors else {}),
            **self.members,
        }


class BadRequest(Problem):
    """The request could not be read: for example its body is no JSON, or a required header is missing."""

    status, code, title = 400, "bad-request", "The request cannot be read"
    fix = "Send well-formed JSON in UTF-8 with `Content-Type: application/json`, and the headers that the operation asks for."


class NotAuthenticated(Problem):
    """There is no valid token: it is missing, malformed, expired, revoked, or meant for somebody else."""

    status, code, title = 401, "not-authenticated", "Sign in first"
    fix = "Get an access token at `POST /v1/auth/tokens` and send it as `Authorization: Bearer <token>`."

    def __init__(self, detail: str | None = None, **members: Any) -> None:  # noqa: ANN401 - as Problem.
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="merkato"'}, **members)


class PaymentRequired(Problem):
    """Money is needed for this and did not come."""

    status, code, title = 402, "payment-required", "Payment is needed"


class NotAllowed(Problem):
    """You may see this, but not change it, or your role or token lacks the scope."""

    status, code, title = 403, "not-allowed", "You may not do this"
    fix = "Ask as its owner, or with a token whose account has the scope that the operation names."


class NotFound(Problem):
    """Nothing is there, or nothing that you may know of."""

    status, code, title = 404, "not-found", "Nothing is here"
    fix = "Check the address and the id, and that you are signed in as the one it belongs to."


class MethodNotAllowed(Problem):
    """The address exists, but not for this method."""

    status, code, title = 405, "method-not-allowed", "This method is not for this address"
    fix = "The `Allow` header lists the methods that are."


class Conflict(Problem):
    """Well said, but not possible in the present state, or somebody else was faster."""

    status, code, title = 409, "conflict", "Not possible now"
    fix = "Read the present state and decide again."


class Busy(Conflict):
    """Another request was changing the same thing and did not finish in time."""

    code, title = "busy", "Somebody else is changing this"
    fix = "Send the same request again in a moment."


class PreconditionFailed(Problem):
    """The thing has changed since you read it: its ETag is no longer the one in `If-Match`."""

    status, code, title = 412, "precondition-failed", "It has changed since you read it"
    fix = "Read it again, apply your change to what is there now, and send the new ETag in `If-Match`."


class TooLarge(Problem):
    """The body is larger than is accepted here."""

    status, code, title = 413, "too-large", "The body is too large"
    fix = "Send less at once."


class UnsupportedMedia(Problem):
    """The body is of a kind that is not read here."""

    status, code, title = 415, "unsupported-media", "This kind of body is not read here"
    fix = "Send `application/json`, or for a picture one of the accepted kinds."


class Invalid(Problem):
    """What was sent is malformed: a field is missing, unknown, of the wrong type or outside its limits."""

    status, code, title = 422, "invalid", "What was sent is not valid"
    fix = "`errors` names each wrong field by a JSON pointer and says what it should be."

    @classmethod
    def field(cls, pointer: str, code: str, detail: str, *, place: str = "body") -> "Invalid":
        """One wrong field."""
        return cls(f"{pointer.lstrip('/')}: {detail}", errors=[FieldError(pointer, code, detail, place)])


class TooMany(Problem):
    """More requests than are allowed in this time."""

    status, code, title = 429, "too-many", "Too many requests"
    fix = "Wait as long as `Retry-After` says."


class Internal(Problem):
    """A fault of the server. Nothing of it is shown; its log has the details under the request id."""

    status, code, title = 500, "internal", "A fault of the server"
    fix = "Try again; if it stays, tell the people who run this server the `request_id`."


class Unavailable(Problem):
    """The server cannot do this at the moment: it is starting, overloaded, or its database is away."""

    status, code, title = 503, "unavailable", "Not available at the moment"
    fix = "Wait as long as `Retry-After` says and send the same request again."

    def __init__(self, detail: str | None = None, *, retry_after: int = 2, **members: Any) -> None:  # noqa: ANN401
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, **members)


def every_problem(root: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Each kind of problem that is defined, for its page and the reference."""
    for kind in root.__subclasses__():
        yield kind
        yield from every_problem(kind)


def of_constraint(name: str) -> Problem:
    """The problem that a violated constraint means. Matched by prefix: a sharded database appends a number."""
    for kind in every_problem(Conflict):
        if any(name.startswith(constraint) for constraint in kind.constraints):
            return kind()
    return Conflict("This contradicts something that was stored a moment ago.")
