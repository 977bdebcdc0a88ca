"""What the pages for people share: one frame of HTML, their own style sheet, and a policy that loads nothing from elsewhere."""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from merkato.settings import Settings

ASSETS: Final = "/assets"
METHODS: Final = ["GET", "HEAD"]
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_CODE: Final = re.compile(r"`([^`]+)`")
_ROBOTS: Final = "User-agent: *\nDisallow: /v1/\n"

_FRAME: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="{assets}/favicon.svg" type="image/svg+xml">
{head}
</head>
<body>
{body}
</body>
</html>
"""


def page(title: str, body: str, *, status: int = 200, vary: str | None = None) -> HTMLResponse:
    """A page in our own style, without scripts. `title` is text, `body` is HTML."""
    head = f'<link rel="stylesheet" href="{ASSETS}/merkato.css">'
    answer = HTMLResponse(framed(title, head, body), status, {"Content-Security-Policy": POLICY})
    if vary is not None:
        answer.headers["Vary"] = vary
    return answer


def framed(title: str, head: str, body: str) -> str:
    """A whole HTML document. `title` is text, `head` and `body` are HTML."""
    return _FRAME.format(title=escape(title), head=head, body=body, assets=ASSETS)


def prose(text: str) -> str:
    """A sentence of ours as HTML: `code` between backticks, everything else as it stands."""
    return _CODE.sub(r"<code>\1</code>", escape(" ".join(text.split()), quote=False))


def links(entries: Sequence[tuple[str, str, str]], *, tiles: bool = False) -> str:
    """A list of links: address, name, and one sentence about each. Tiles stand beside each other where there is room."""
    items = "\n".join(
        f'<li><a href="{escape(address)}"><strong>{escape(name)}</strong><span>{prose(sentence)}</span></a></li>'
        for address, name, sentence in entries
    )
    return f'<ul class="{"links tiles" if tiles else "links"}">\n{items}\n</ul>'


def pages(_settings: Settings) -> APIRouter:
    """The files that pages load, and what browsers and crawlers ask for without being told."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/favicon.ico", methods=METHODS)
    async def favicon() -> RedirectResponse:
        return RedirectResponse(f"{ASSETS}/favicon.svg", 301)

    @router.api_route("/robots.txt", methods=METHODS)
    async def robots() -> PlainTextResponse:
        return PlainTextResponse(_ROBOTS)

    own = Path(__file__).parent / "static"
    # Swagger UI and ReDoc come as the static files of a package; only its folder is used, nothing of it is imported.
    files = StaticFiles(directory=own, packages=[("fastapi_offline", "static")])
    router.routes.append(Mount(ASSETS, files, name="assets"))
    return router
