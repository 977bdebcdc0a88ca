"""Swagger UI, ReDoc and the OpenAPI document, each where the settings want it, without any outside network.

The two viewers are files of a package, and start from scripts of their own under a policy that lets the browser load from this server only.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from merkato.settings import Settings
from merkato.web.pages import ASSETS, METHODS, framed

SWAGGER_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# ReDoc writes <style> elements while it runs, and does not start without them; it searches in a worker that it makes of a blob.
REDOC_POLICY: Final = (
    SWAGGER_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'") + "; worker-src 'self' blob:"
)
_OUTSIDE: Final = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_SWAGGER: Final = """<link rel="stylesheet" href="{assets}/swagger-ui.css">
<link rel="stylesheet" href="{assets}/documentation.css">
<script src="{assets}/swagger-ui-bundle.js" defer></script>
<script src="{assets}/swagger.js" defer></script>"""
_REDOC: Final = """<link rel="stylesheet" href="{assets}/documentation.css">
<script src="{assets}/redoc.standalone.js" defer></script>
<script src="{assets}/redoc.js" defer></script>"""


def pages(settings: Settings) -> APIRouter:
    """The document and its two viewers; none of them when the document is off."""
    router = APIRouter(include_in_schema=False)
    if not settings.openapi_path:
        return router

    @router.api_route(settings.openapi_path, methods=METHODS)
    async def openapi_document(request: Request) -> Response:
        document = json.dumps(request.app.openapi(), ensure_ascii=False, separators=(",", ":")).encode()
        return _file(request, document, "application/json")

    if settings.docs_path:
        page = _viewer("Merkato · Swagger UI", _SWAGGER, settings.openapi_path, SWAGGER_POLICY)
        router.add_api_route(settings.docs_path, page, methods=METHODS)
    if settings.redoc_path:
        page = _viewer("Merkato · ReDoc", _REDOC, settings.openapi_path, REDOC_POLICY)
        router.add_api_route(settings.redoc_path, page, methods=METHODS)

        @router.api_route(f"{ASSETS}/redoc.standalone.js", methods=METHODS)
        async def redoc_bundle(request: Request) -> Response:
            return _file(request, _redoc(), "text/javascript")

    return router


def _viewer(title: str, head: str, document: str, policy: str) -> Callable[[], Awaitable[HTMLResponse]]:
    body = f'<div id="documentation" data-document="{escape(document)}"></div>'
    content = framed(title, head.format(assets=ASSETS), body)

    async def viewer() -> HTMLResponse:
        return HTMLResponse(content, headers={"Content-Security-Policy": policy})

    return viewer


def _file(request: Request, content: bytes, kind: str) -> Response:
    """The bytes, or 304 for a browser that has them."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(None, 304, headers)
    return Response(content, headers=headers, media_type=kind)


@cache
def _redoc() -> bytes:
    """ReDoc as it is published, but with our picture in the place of the one that it would load from elsewhere."""
    package = find_spec("fastapi_offline")
    if package is None or package.origin is None:
        raise RuntimeError("The package fastapi-offline is not installed; it brings the files of ReDoc.")
    bundle = Path(package.origin).parent / "static" / "redoc.standalone.js"
    return bundle.read_bytes().replace(_OUTSIDE, f"{ASSETS}/favicon.svg".encode())
