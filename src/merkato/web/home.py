"""The front page: what this server is, and what there is to open."""

from html import escape
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from merkato import __version__
from merkato.settings import Settings
from merkato.web.pages import METHODS, links, page

Entry = tuple[str, str, str]
"""An address, a name, and one sentence."""
_SHOP: Final[tuple[Entry, ...]] = (
    ("/v1/products", "Products", "What the shop sells, as JSON."),
    ("/v1/categories", "Categories", "How the products are arranged."),
    ("/dev/mail", "Mail", "What a shop with a mail server would have sent; this demo keeps it."),
)
_SERVER: Final[tuple[Entry, ...]] = (
    ("/health/ready", "Health", "Whether the database, the migrations and the worker are there."),
    ("/problems", "Problems", "Every error that the API can answer with: its cause and its fix."),
    ("/.well-known/jwks.json", "Signing keys", "The public keys with which access tokens can be checked."),
)


def pages(settings: Settings) -> APIRouter:
    """`GET /`."""
    router = APIRouter(include_in_schema=False)
    groups = {"The API": _documentation(settings), "The shop": _SHOP, "The server": _SERVER}

    @router.api_route("/", methods=METHODS)
    async def home(request: Request) -> Response:
        routes = (route for route in request.app.routes if isinstance(route, APIRoute))
        served = {route.path for route in routes if "GET" in (route.methods or ())}
        there = {name: [entry for entry in entries if entry[0] in served] for name, entries in groups.items()}
        return page("Merkato", _page({name: entries for name, entries in there.items() if entries}))

    return router


def _documentation(settings: Settings) -> tuple[Entry, ...]:
    return (
        (settings.docs_path, "Try the API", "Swagger UI: sign in with Authorize and send requests from the browser."),
        (settings.redoc_path, "Read the API", "ReDoc: every operation on one page."),
        (settings.openapi_path, "OpenAPI document", "The description from which clients are generated."),
    )


def _page(groups: dict[str, list[Entry]]) -> str:
    listed = "\n".join(f"<h2>{name}</h2>\n{links(entries, tiles=True)}" for name, entries in groups.items())
    return f"""<main>
<header class="banner">
<img src="/assets/favicon.svg" alt="" width="72" height="72">
<div>
<h1>Merkato</h1>
<p>A commerce and marketplace server. <span class="running">It is running.</span></p>
</div>
</header>
{listed}
<footer><p>Version {escape(__version__)} · MIT licence</p></footer>
</main>"""
