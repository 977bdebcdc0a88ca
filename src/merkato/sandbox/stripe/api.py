"""The stand-in's HTTP side: forms in, JSON out, idempotency keys, the bank's page, and signed events."""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from html import escape
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from merkato.sandbox.stripe.events import Sender
from merkato.sandbox.stripe.memory import FAULTS, Json, Memory, Refused

HANG: Final = 60.0
"""Seconds after which even `pm_sandbox_hang` is answered."""
_BRACKETS: Final = re.compile(r"\[([^\]]*)\]")
_QUERY: Final = re.compile(r"metadata\['(\w{1,40})'\]:'([\w-]{1,200})'")
_EVENT_OF: Final = {
    "requires_capture": "payment_intent.amount_capturable_updated",
    "succeeded": "payment_intent.succeeded",
    "canceled": "payment_intent.canceled",
    "requires_action": "payment_intent.requires_action",
    "requires_payment_method": "payment_intent.payment_failed",
}

Verb = Callable[[Memory, Request, Json], Json]


def create(memory: Memory, *, tell: str | None = None, secret: str = "whsec_sandbox") -> Starlette:  # noqa: S107 - of a sandbox.
    """The application. `tell` is the URL that its events are sent to, signed with `secret`."""
    sender = Sender(tell, secret)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await sender.close()

    def answering(verb: Verb) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await _answered(memory, sender, request, verb)

        return answer

    async def challenge(request: Request) -> Response:
        return await _challenged(memory, sender, request)

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/v1/payment_intents", answering(_create_intent), methods=["POST"]),
            Route("/v1/payment_intents", answering(_list_intents), methods=["GET"]),
            Route("/v1/payment_intents/search", answering(_search_intents), methods=["GET"]),
            Route("/v1/payment_intents/{id}", answering(_read_intent), methods=["GET"]),
            Route("/v1/payment_intents/{id}/confirm", answering(_confirm), methods=["POST"]),
            Route("/v1/payment_intents/{id}/capture", answering(_capture), methods=["POST"]),
            Route("/v1/payment_intents/{id}/cancel", answering(_cancel), methods=["POST"]),
            Route("/v1/refunds", answering(_create_refund), methods=["POST"]),
            Route("/v1/refunds", answering(_list_refunds), methods=["GET"]),
            Route("/challenge/{id}", challenge, methods=["GET", "POST"]),
        ],
    )


async def _answered(memory: Memory, sender: Sender, request: Request, verb: Verb) -> Response:
    """Answer as before under a key that is known; otherwise do it, and remember the answer, errors too."""
    if not request.headers.get("authorization", "").startswith("Bearer sk_"):
        return JSONResponse(Refused(401, "invalid_request_error", "You did not provide an API key.").document, 401)
    asked = _nested((await request.body()).decode() or request.url.query)
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    print_of = hashlib.sha256(json.dumps([request.url.path, asked], sort_keys=True).encode()).hexdigest()
    known = memory.answers.get(key or "")
    if known is not None and known["print"] != print_of:
        message = "Keys for idempotent requests can only be used with the same parameters they were first used with."
        return JSONResponse(Refused(400, "idempotency_error", message).document, 400)
    if known is not None:
        return JSONResponse(known["body"], known["status"], {"idempotent-replayed": "true"})
    method = asked.get("payment_method")
    if method == "pm_sandbox_hang":
        await asyncio.sleep(HANG)
    status, body = _done(memory, request, verb, asked) if method != "pm_sandbox_error" else (500, _fault())
    if key:
        memory.answers[key] = {"print": print_of, "status": status, "body": deepcopy(body)}
    if request.method == "POST":
        memory.keep()
        _tell(memory, sender, body)
    if method in FAULTS:
        status, body = 500, _fault()
    return JSONResponse(body, status)


def _done(memory: Memory, request: Request, verb: Verb, asked: Json) -> tuple[int, Json]:
    try:
        return 200, _expanded(memory, verb(memory, request, asked), asked)
    except Refused as refusal:
        return refusal.status, refusal.document


def _fault() -> Json:
    return Refused(500, "api_error", "An unknown error occurred.").document


def _tell(memory: Memory, sender: Sender, body: Json) -> None:
    """Send the event of what has just happened, if anything has."""
    told = body.get("error", {}).get("payment_intent") if body.get("error", {}).get("type") == "card_error" else body
    if told and told.get("object") == "payment_intent" and told.get("payment_method"):
        sender.send(_EVENT_OF[told["status"]], memory.intents[told["id"]])
    if told and told.get("object") == "refund":
        sender.send("refund.created", told)


def _create_intent(memory: Memory, _request: Request, asked: Json) -> Json:
    return memory.create_intent(asked)


def _list_intents(memory: Memory, _request: Request, asked: Json) -> Json:
    return _list(reversed(memory.intents.values()), asked)


def _search_intents(memory: Memory, _request: Request, asked: Json) -> Json:
    query = _QUERY.fullmatch(str(asked.get("query")))
    if query is None:
        raise Refused(400, "invalid_request_error", "This stand-in searches metadata only.", param="query")
    name, value = query.groups()
    found = [each for each in memory.intents.values() if each["metadata"].get(name) == value]
    return _list(found, asked) | {"object": "search_result", "url": "/v1/payment_intents/search"}


def _read_intent(memory: Memory, request: Request, _asked: Json) -> Json:
    return memory.intent(request.path_params["id"])


def _confirm(memory: Memory, request: Request, asked: Json) -> Json:
    intent = memory.intent(request.path_params["id"])
    memory.confirm(intent, asked, str(request.base_url).rstrip("/"))
    return intent


def _capture(memory: Memory, request: Request, asked: Json) -> Json:
    intent = memory.intent(request.path_params["id"])
    memory.capture(intent, asked)
    return intent


def _cancel(memory: Memory, request: Request, _asked: Json) -> Json:
    intent = memory.intent(request.path_params["id"])
    memory.cancel(intent)
    return intent


def _create_refund(memory: Memory, _request: Request, asked: Json) -> Json:
    return memory.refund(asked)


def _list_refunds(memory: Memory, _request: Request, asked: Json) -> Json:
    wanted = asked.get("payment_intent")
    found = [each for each in memory.refunds.values() if wanted in {None, each["payment_intent"]}]
    return _list(reversed(found), asked) | {"url": "/v1/refunds"}


def _list(found: Any, asked: Json) -> Json:  # noqa: ANN401 - any iterable of documents.
    limit = min(int(asked.get("limit", 10)), 100)
    data = list(found)
    return {"object": "list", "url": "/v1/payment_intents", "has_more": len(data) > limit, "data": data[:limit]}


def _expanded(memory: Memory, document: Json, asked: Json) -> Json:
    """The document, with its charge in full if that was asked for."""
    wanted = asked.get("expand", [])
    charge = memory.charges.get(document.get("latest_charge") or "")
    if charge is None or "latest_charge.balance_transaction" not in wanted:
        return deepcopy(document)
    return deepcopy(document) | {"latest_charge": deepcopy(charge)}


def _nested(form: str) -> Json:
    """`metadata[a]=b&expand[0]=c` as nested objects and lists."""
    found: Json = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        first, *rest = [name.partition("[")[0], *_BRACKETS.findall(name)]
        if not rest:
            found[first] = value
        elif rest[0].isdecimal() or not rest[0]:
            found.setdefault(first, []).append(value)
        else:
            found.setdefault(first, {})[rest[0]] = value
    return found


async def _challenged(memory: Memory, sender: Sender, request: Request) -> Response:
    """The bank's page, on which a buyer confirms a payment or not."""
    intent = memory.intents.get(request.path_params["id"])
    if intent is None or intent["status"] != "requires_action":
        return HTMLResponse("<p>There is nothing to confirm here.</p>", 404)
    if request.method == "GET":
        shown = escape(f"{intent['amount']} {intent['currency'].upper()}")
        return HTMLResponse(_PAGE.format(amount=shown))
    asked = _nested((await request.body()).decode())
    back = intent["next_action"]["redirect_to_url"]["return_url"]
    memory.answer_challenge(intent, well=asked.get("answer") == "yes")
    memory.keep()
    sender.send(_EVENT_OF[intent["status"]], intent)
    return RedirectResponse(back, 303) if back else HTMLResponse("<p>Thank you. You can close this page.</p>")


_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>A bank that is none</title>
<h1>Is it you who is paying?</h1>
<p>{amount}, in the currency's smallest unit. This is a stand-in for a bank: no money moves.</p>
<form method="post"><button name="answer" value="yes">Yes, pay</button> <button name="answer" value="no">No</button></form>
</html>
"""
