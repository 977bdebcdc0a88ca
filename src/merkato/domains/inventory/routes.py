"""The stock of a variant, and its movements."""

from typing import Any
from uuid import UUID

from fastapi import Response

from merkato.domains.inventory import queries, service
from merkato.domains.inventory.access import InventoryWriter
from merkato.domains.inventory.errors import BelowReserved, NotTracked
from merkato.domains.inventory.models import Movement, Stock
from merkato.domains.inventory.schemas import MovementDraft, MovementView, StockDraft, StockView
from merkato.kit.http import RequestSession, responses, router
from merkato.kit.paging import Asked, Page

routes = router("Stock")


@routes.get(
    "/v1/variants/{variant_id}/stock", response_model=StockView, responses=responses(401, 403, 404, NotTracked, 422)
)
async def read_stock(session: RequestSession, _staff: InventoryWriter, variant_id: UUID) -> Stock:
    """How many there are, and how many of them are reserved. Needs the scope `inventory:write`."""
    return await service.present(session, variant_id)


@routes.put(
    "/v1/variants/{variant_id}/stock",
    response_model=StockView,
    responses=responses(401, 403, 404, NotTracked, BelowReserved, 422),
)
async def set_stock(session: RequestSession, staff: InventoryWriter, variant_id: UUID, draft: StockDraft) -> Stock:
    """Correct what is on hand to what was counted; the difference becomes a movement. Needs the scope `inventory:write`."""
    return await service.set_on_hand(session, staff.answerable, variant_id, draft.on_hand, reason="counted")


@routes.get(
    "/v1/variants/{variant_id}/stock/movements",
    response_model=Page[MovementView],
    responses=responses(401, 403, 404, NotTracked, 422),
)
async def list_stock_movements(
    session: RequestSession, _staff: InventoryWriter, variant_id: UUID, asked: Asked
) -> dict[str, Any]:
    """What came and went, newest first. Needs the scope `inventory:write`."""
    await service.present(session, variant_id)
    data, cursor = await queries.movements(session, variant_id, asked)
    return {"data": data, "next": cursor}


@routes.post(
    "/v1/variants/{variant_id}/stock/movements",
    status_code=201,
    response_model=MovementView,
    responses=responses(401, 403, 404, NotTracked, BelowReserved, 422),
)
async def move_stock(
    session: RequestSession, staff: InventoryWriter, variant_id: UUID, draft: MovementDraft, response: Response
) -> Movement:
    """Record what came or went: a delivery, a breakage. Needs the scope `inventory:write`."""
    response.headers["Location"] = f"/v1/variants/{variant_id}/stock/movements"
    return await service.move(session, staff.answerable, variant_id, draft.delta, reason=draft.reason)
