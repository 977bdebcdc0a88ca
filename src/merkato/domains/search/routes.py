"""The list of products, and suggestions while somebody types."""

import json
from typing import Annotated, Final

from fastapi import Query, Request, Response
from pydantic import StringConstraints

from merkato.domains.catalog.models import ATTRIBUTES_MAX
from merkato.domains.search.queries import counting, listing
from merkato.domains.search.schemas import ProductPage, Suggestions, Wanted
from merkato.kit import etags
from merkato.kit.errors import Invalid
from merkato.kit.fields import Search
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.money import Currency
from merkato.kit.paging import Asked
from merkato.settings import TheSettings

routes = router("Search")

_ATTRIBUTE: Final = "attribute["
Typed = Annotated[Search, StringConstraints(min_length=2)]


@routes.get(
    "/v1/products",
    response_model=ProductPage,
    responses={304: {"description": "It has not changed since `If-None-Match`"}, **responses(422)},
)
async def list_products(
    request: Request,
    response: Response,
    session: RequestSession,
    settings: TheSettings,
    wanted: Annotated[Wanted, Query()],
    asked: Asked,
) -> Response:
    """Published products that fit every filter, newest first unless asked otherwise; by relevance when searched for.

    Each page is stable: what is added meanwhile neither repeats nor skips a product of the pages to come.
    """
    currency = wanted.currency or settings.currency
    attributes = _attributes(request)
    cards, cursor = await listing.products(session, wanted, attributes, currency, asked)
    content = f'{{"data":[{",".join(cards)}],"next":{json.dumps(cursor)}'
    if wanted.facets:
        facets = await counting.facets(session, wanted, attributes, currency)
        content += f',"facets":{facets.model_dump_json()}'
    link = response.headers.get("link")
    return etags.answer(request, f"{content}}}".encode(), {"Link": link} if link else None)


@routes.get("/v1/products/suggestions", response_model=Suggestions, responses=responses(422))
async def suggest_products(
    session: RequestSession,
    settings: TheSettings,
    q: Annotated[Typed, Query(description="What was typed so far, two characters or more.", examples=["mug"])],
    currency: Annotated[Currency | None, Query(description="Absent: the store's own.")] = None,
) -> Suggestions:
    """At most ten products with a title that has words beginning so; those that begin with the whole of it come first."""
    return Suggestions(data=await listing.suggestions(session, q, currency or settings.currency))


def _attributes(request: Request) -> dict[str, list[str]]:
    """The values of `attribute[name]=value`, by name."""
    found: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name.startswith(_ATTRIBUTE):
            inner = name.removeprefix(_ATTRIBUTE).removesuffix("]")
            if not inner or not name.endswith("]") or "\x00" in name + value:
                raise Invalid.field(f"/{name[:100]}", "attribute", "must be written attribute[name]", place="query")
            found.setdefault(inner, []).append(value)
    if sum(map(len, found.values())) > ATTRIBUTES_MAX:
        raise Invalid.field("/attribute[]", "too-many", f"may be said at most {ATTRIBUTES_MAX} times", place="query")
    return found
