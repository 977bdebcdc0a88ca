"""The front page: what this server is, and what there is to open."""

from html import escape
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from merkato import __version__
from merkato.settings import Settings
from merkato.web.pages import METHODS, links, page

_ALWAYS: Final = (
    ("/v1/products", "Products", "What the shop sells, as JSON."),
    ("/v1/categories", "Categories", "How the products are arranged."),
    ("/health/ready", "Health", "Whether the database, the migrations and the worker are there."),
    ("/dev/mail", "Mail", "What a shop with a mail server would have sent; this demo keeps it."),
    ("/problems", "Problems", "Every error that the API can answer with: its cause and its fix."),
    ("/.well-known/jwks.json", "Signing keys", "The public keys with which access tokens can be checked."),
)


def pages(settings: Settings) -> APIRouter:
    """`GET /`."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=METHODS)
    async def home(request: Request) -> Response:
        routes = (route for route in request.app.routes if isinstance(route, APIRoute))
        served = {route.path for route in routes if "GET" in (route.methods or ())}
        entries = [*_documentation(settings), *(entry for entry in _ALWAYS if entry[0] in served)]
        return page("Merkato", _page(entries))

    return router


def _documentation(settings: Settings) -> list[tuple[str, str, str]]:
    if not settings.openapi_path:
        return []
    wanted = (
        (settings.docs_path, "Try the API", "Swagger UI: sign in with Authorize and send requests from the browser."),
        (settings.redoc_path, "Read the API", "ReDoc: every operation on one page."),
        (settings.openapi_path, "OpenAPI document", "The description from which clients are generated."),
    )
    return [entry for entry in wanted if entry[0]]


def _page(entries: list[tuple[str, str, str]]) -> str:
    return f"""<main>
<header>
<img src="/assets/favicon.svg" alt="" width="56" height="56">
<h1>Merkato</h1>
<p>A commerce and marketplace server. It is running.</p>
</header>
{links(entries)}
<footer><p>Version {escape(__version__)} · MIT licence</p></footer>
</main>"""
