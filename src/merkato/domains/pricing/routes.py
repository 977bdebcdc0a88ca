"""Variants, which are said with their prices."""

from uuid import UUID

from fastapi import Response

from merkato.domains.catalog.access import CatalogWriter
from merkato.domains.catalog.errors import SkuTaken, TooManyVariants, VariantExists
from merkato.domains.catalog.schemas import VariantView
from merkato.domains.pricing import service
from merkato.domains.pricing.errors import NotPriced
from merkato.domains.pricing.schemas import PricedVariantChange, PricedVariantDraft
from merkato.kit.errors import PreconditionFailed
from merkato.kit.etags import IfMatch
from merkato.kit.http import RequestSession, responses, router
from merkato.settings import TheSettings

routes = router("Variants and prices")


@routes.post(
    "/v1/products/{product_id}/variants",
    status_code=201,
    response_model=VariantView,
    responses=responses(401, 403, 404, SkuTaken, VariantExists, TooManyVariants, 422),
)
async def add_variant(
    session: RequestSession, _staff: CatalogWriter, product_id: UUID, draft: PricedVariantDraft, response: Response
) -> VariantView:
    """Add a variant with its price. It names each option of its product; its stock begins with none. Needs the scope `catalog:write`."""
    product, variant = await service.add_variant(session, product_id, draft)
    response.headers["Location"] = f"/v1/variants/{variant.id}"
    return await service.described(session, product, variant, draft.price.currency)


@routes.patch(
    "/v1/variants/{variant_id}",
    response_model=VariantView,
    responses=responses(401, 403, 404, SkuTaken, VariantExists, NotPriced, PreconditionFailed, 422),
)
async def change_variant(
    session: RequestSession,
    _staff: CatalogWriter,
    settings: TheSettings,
    variant_id: UUID,
    change: PricedVariantChange,
    if_match: IfMatch = None,
) -> VariantView:
    """Change some of a variant, or add a price in another currency. `If-Match` is the ETag of its product. Needs the scope `catalog:write`."""
    product, variant = await service.change_variant(session, variant_id, change, if_match=if_match)
    said = change.price or change.compare_at_price
    return await service.described(session, product, variant, said.currency if said else settings.currency)


@routes.delete("/v1/variants/{variant_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def remove_variant(session: RequestSession, _staff: CatalogWriter, variant_id: UUID) -> None:
    """Take a variant out of the shop. Past orders keep it. Needs the scope `catalog:write`."""
    await service.remove_variant(session, variant_id)
