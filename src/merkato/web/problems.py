"""The pages that the `type` of a problem document leads to: cause, fix, and an example."""

import inspect
import json
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from merkato.kit.errors import FieldError, Invalid, NotFound, Problem, every_problem
from merkato.kit.fields import Reference
from merkato.settings import Settings
from merkato.web.pages import METHODS, links, page, prose

_REQUEST_ID: Final = "01995a3e-7c1f-7d0a-9b57-3f6f0c2a9d41"
_BACK: Final = '<nav><a href="/">Merkato</a> <span>/</span> <a href="/problems">Problems</a></nav>'
_FIELD: Final = FieldError("/quantity", "greater_than_equal", "Input should be greater than or equal to 1")


def known() -> dict[str, type[Problem]]:
    """Every kind of problem by its code, in the order of status and code."""
    return {kind.code: kind for kind in sorted(every_problem(), key=lambda kind: (kind.status, kind.code))}


def cause(kind: type[Problem]) -> str:
    """Why it happens, as its class says."""
    return inspect.cleandoc(kind.__doc__ or "")


def example(kind: type[Problem]) -> dict[str, Any]:
    """A document of this kind, as a client receives it."""
    shown = Problem.__new__(kind)
    Problem.__init__(shown, errors=[_FIELD] if issubclass(kind, Invalid) else ())
    return shown.document(_REQUEST_ID)


def pages(_settings: Settings) -> APIRouter:
    """`/problems` and `/problems/{code}`."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/problems", methods=METHODS)
    async def list_problems(request: Request) -> Response:
        if _wants_json(request):
            return JSONResponse([_described(kind) for kind in known().values()], headers={"Vary": "Accept"})
        entries = [
            (f"/problems/{kind.code}", f"{kind.status} {kind.code}", f"{kind.title}. {cause(kind)}")
            for kind in known().values()
        ]
        head = "<header><h1>Problems</h1><p>Whatever can go wrong: what it means, and what to do about it.</p></header>"
        body = f"{_BACK}<main>{head}{links(entries)}</main>"
        return page("Problems · Merkato", body, vary="Accept")

    @router.api_route("/problems/{code}", methods=METHODS)
    async def read_problem(request: Request, code: Reference) -> Response:
        kind = known().get(code)
        if kind is None:
            raise NotFound("There is no problem of this name; /problems lists them all.")
        if _wants_json(request):
            return JSONResponse(_described(kind), headers={"Vary": "Accept"})
        return page(f"{kind.title} · Merkato", _page(kind), vary="Accept")

    return router


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "text/html" not in accepted


def _described(kind: type[Problem]) -> dict[str, Any]:
    return {
        "type": f"/problems/{kind.code}",
        "code": kind.code,
        "status": kind.status,
        "title": kind.title,
        "cause": cause(kind),
        "fix": kind.fix,
        "example": example(kind),
    }


def _page(kind: type[Problem]) -> str:
    document = escape(json.dumps(example(kind), indent=2, ensure_ascii=False), quote=False)
    return f"""{_BACK}
<main>
<header><p class="status">{kind.status} <code>{escape(kind.code)}</code></p><h1>{escape(kind.title)}</h1></header>
<h2>Why</h2>
<p>{prose(cause(kind))}</p>
<h2>What to do</h2>
<p>{prose(kind.fix)}</p>
<h2>What is sent</h2>
<pre tabindex="0"><code>{document}</code></pre>
</main>"""
