"""Categories, products and pictures. Variants are said with their prices and so have their routes in pricing."""

from email.message import Message
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from merkato.domains.catalog import queries, service
from merkato.domains.catalog.access import WRITE, CatalogWriter, sees_hidden
from merkato.domains.catalog.errors import (
    CategoryCycle,
    CategoryInUse,
    OptionsInUse,
    SlugTaken,
    TooManyMedia,
)
from merkato.domains.catalog.models import Media
from merkato.domains.catalog.queries import Kind
from merkato.domains.catalog.schemas import (
    CategoryChange,
    CategoryDraft,
    CategoryTree,
    CategoryView,
    MediaDraft,
    MediaView,
    ProductChange,
    ProductDraft,
    ProductView,
)
from merkato.domains.identity.access import Caller, FlowCaller
from merkato.kit import etags, pictures, storage
from merkato.kit.database import Session
from merkato.kit.errors import BadRequest, Invalid, NotFound, PreconditionFailed, TooLarge, UnsupportedMedia
from merkato.kit.etags import IfMatch
from merkato.kit.fields import Reference
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.money import Currency
from merkato.settings import Settings, TheSettings

routes = router("Catalogue")

MEDIA: Final = "/media/"
InCurrency = Annotated[Currency | None, Query(description="Absent: the store's own.")]
_MOVED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "It has not changed since `If-None-Match`"},
    308: {"description": "A former slug; `Location` has the present one"},
}


@routes.get("/v1/categories", response_model=CategoryTree, responses={304: _MOVED[304]})
async def list_categories(request: Request, session: RequestSession) -> Response:
    """The whole tree, by name on each level."""
    return etags.answer(request, service.forest(await queries.tree(session)))


@routes.post(
    "/v1/categories", status_code=201, response_model=CategoryView, responses=responses(401, 403, SlugTaken, 422)
)
async def add_category(
    session: RequestSession, _staff: CatalogWriter, draft: CategoryDraft, response: Response
) -> CategoryView:
    """Add a category. The slug is made from the name if none is sent. Needs the scope `catalog:write`."""
    category = await service.add_category(session, draft)
    response.headers["Location"] = f"/v1/categories/{category.id}"
    return category


@routes.get("/v1/categories/{category}", response_model=CategoryView, responses=_MOVED | responses(404, 422))
async def read_category(request: Request, session: RequestSession, category: Reference) -> Response:
    """A category by id or slug, with its path and what is right below it. A former slug leads to the present one."""
    view = service.described(await queries.tree(session), category)
    if view is None:
        return await _moved(request, session, "category", category)
    return etags.answer(request, view.model_dump_json().encode())


@routes.patch(
    "/v1/categories/{category_id}",
    response_model=CategoryView,
    responses=responses(401, 403, 404, SlugTaken, CategoryCycle, 422),
)
async def change_category(
    session: RequestSession, _staff: CatalogWriter, category_id: UUID, change: CategoryChange
) -> CategoryView:
    """Rename or move a category with everything below it; its old slug leads to the new one. Needs the scope `catalog:write`."""
    return await service.change_category(session, category_id, change)


@routes.delete("/v1/categories/{category_id}", status_code=204, responses=responses(401, 403, 404, CategoryInUse, 422))
async def remove_category(session: RequestSession, _staff: CatalogWriter, category_id: UUID) -> None:
    """Delete an empty category. Needs the scope `catalog:write`."""
    await service.remove_category(session, category_id)


@routes.post("/v1/products", status_code=201, response_model=ProductView, responses=responses(401, 403, SlugTaken, 422))
async def add_product(
    session: RequestSession, _staff: CatalogWriter, settings: TheSettings, draft: ProductDraft
) -> Response:
    """Add a product; its variants with their prices follow. The slug is made from the title if none is sent. Needs the scope `catalog:write`."""
    product = await service.add_product(session, draft, currency=settings.currency)
    return await _page(session, product.id, settings, status=201)


@routes.get("/v1/products/{product}", response_model=ProductView, responses=_MOVED | responses(401, 404, 422))
async def read_product(
    request: Request,
    session: RequestSession,
    caller: Caller,
    settings: TheSettings,
    product: Reference,
    currency: InCurrency = None,
) -> Response:
    """A product by id or slug, with all that its page shows. A former slug leads to the present one.

    A product that has no price in the currency is shown with its prices in another. Drafts and archived products are there for the scope
    `catalog:write` only.
    """
    asked = currency or settings.currency
    found = await queries.page(session, product, asked, hidden=sees_hidden(caller))
    if found is None:
        return await _moved(request, session, "product", product)
    return etags.answer(request, found.encode())


@routes.patch(
    "/v1/products/{product_id}",
    response_model=ProductView,
    responses=responses(401, 403, 404, SlugTaken, OptionsInUse, PreconditionFailed, 422),
)
async def change_product(
    session: RequestSession,
    _staff: CatalogWriter,
    settings: TheSettings,
    product_id: UUID,
    change: ProductChange,
    if_match: IfMatch = None,
) -> Response:
    """Change some of a product; its old slug leads to a new one. Needs the scope `catalog:write`."""
    product = await service.edited(session, product_id, if_match=if_match)
    await service.change_product(session, product, change)
    return await _page(session, product_id, settings)


@routes.delete("/v1/products/{product_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def remove_product(session: RequestSession, _staff: CatalogWriter, product_id: UUID) -> None:
    """Take a product with its variants out of the shop. Past orders keep it. Needs the scope `catalog:write`."""
    await service.remove_product(session, await service.edited(session, product_id))


async def _said_media(request: Request, caller: FlowCaller, settings: TheSettings) -> MediaDraft:
    """The picture that is sent, kept as a file if it is an upload. Before the request's transaction, since decoding takes long."""
    caller.must(WRITE)
    kind = Message()
    kind["Content-Type"] = request.headers.get("content-type", "")
    if kind.get_content_type() == "multipart/form-data":
        return await _uploaded(request, settings)
    if kind.get_content_type() != "application/json":
        raise UnsupportedMedia
    try:
        return MediaDraft.model_validate_json(await request.body())
    except ValidationError as error:
        places = [each | {"loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        raise RequestValidationError(places) from None


async def _uploaded(request: Request, settings: Settings) -> MediaDraft:
    async with request.form(max_files=1, max_fields=4) as form:
        file, said = form.get("file"), {name: value for name, value in form.items() if name != "file"}
        if not isinstance(file, UploadFile):
            raise Invalid.field("/file", "missing", "is required: the picture as a file")
        try:
            picture = await pictures.for_web(await file.read())
        except pictures.NotAPicture as error:
            raise Invalid.field("/file", "not-a-picture", str(error)) from None
    name = await storage.keep(_folder(settings), picture, pictures.ENDING)
    try:
        return MediaDraft.model_validate({**said, "url": MEDIA + name})
    except ValidationError as error:
        places = [each | {"loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        raise RequestValidationError(places) from None


_MEDIA_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": MediaDraft.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "title": "MediaUpload",
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "JPEG, PNG, WebP, GIF or AVIF.",
                        },
                        "alt": {"type": "string", "maxLength": 1000},
                        "position": {"type": "integer", "minimum": 0, "maximum": 10_000},
                    },
                }
            },
        },
    }
}


@routes.post(
    "/v1/products/{product_id}/media",
    status_code=201,
    response_model=MediaView,
    responses=responses(BadRequest, 401, 403, 404, TooManyMedia, TooLarge, UnsupportedMedia, 422),
    openapi_extra=_MEDIA_BODY,
)
async def add_media(
    session: RequestSession,
    draft: Annotated[MediaDraft, Depends(_said_media)],
    _staff: CatalogWriter,
    product_id: UUID,
    response: Response,
) -> Media:
    """Add a picture, by its address or as an upload, which is turned upright, made no larger than needed, and rid of its metadata.

    Needs the scope `catalog:write`.
    """
    media = await service.add_media(session, await service.edited(session, product_id), draft)
    response.headers["Location"] = media.url
    return media


@routes.delete("/v1/media/{media_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def remove_media(session: RequestSession, _staff: CatalogWriter, media_id: UUID) -> None:
    """Take a picture off its product. Needs the scope `catalog:write`."""
    await service.remove_media(session, media_id)


@routes.get(
    MEDIA + "{name}",
    response_class=FileResponse,
    responses={
        200: {
            "description": "The picture",
            "content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}},
        },
        **responses(404, 422),
    },
)
async def read_media(settings: TheSettings, name: Reference) -> Response:
    """An uploaded picture. It never changes: another picture has another name."""
    path = await storage.found(_folder(settings), name)
    if path is None:
        raise NotFound
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return FileResponse(path, media_type="image/webp", headers=headers)


def _folder(settings: Settings) -> Path:
    return settings.home / "media"


async def _page(session: Session, product_id: UUID, settings: Settings, *, status: int = 200) -> Response:
    """The page of a product that was changed, as everybody will read it."""
    page = await queries.page(session, str(product_id), settings.currency, hidden=True)
    assert page is not None  # noqa: S101 - every product has a row.
    headers = {"Location": f"/v1/products/{product_id}"} if status == 201 else {}
    return etags.tagged(page.encode(), status, headers)


async def _moved(request: Request, session: Session, kind: Kind, reference: str) -> Response:
    """Where a former slug leads. Raises NotFound."""
    slug = await queries.present_slug(session, kind, reference)
    if slug is None or slug == reference:
        raise NotFound
    path, query = request.url.path.rsplit("/", 1)[0], request.url.query
    return RedirectResponse(f"{path}/{quote(slug)}" + (f"?{query}" if query else ""), 308)
