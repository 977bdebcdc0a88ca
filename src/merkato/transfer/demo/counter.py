"""The demo's café: what is sold there is made when it is ordered."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from merkato.domains.catalog import service as catalog
from merkato.domains.catalog.models import Fulfilment
from merkato.domains.catalog.schemas import ProductChange
from merkato.domains.imports import queries as imports_queries
from merkato.kit import slugs
from merkato.kit.database import Database, Session
from merkato.transfer.shopify.reader import opened

CAFE: Final = "Café"
"""The first step of its products' category; a Shopify export does not say what a kitchen makes."""


async def open_counter(database: Database, catalogue: Path) -> None:
    """Have the kitchen make what is in the café."""
    with opened(catalogue) as file:
        lines = [record.lines[0] for record in file]
    cafe = [slugs.slug(line.get("Handle")) for line in lines if line.get("Product Category").startswith(CAFE)]
    await database.run(_cook, cafe)


async def _cook(session: Session, handles: Sequence[str]) -> None:
    for product_id in await imports_queries.living(session, handles, []):
        product = await catalog.edited(session, product_id)
        await catalog.change_product(session, product, ProductChange(fulfilment=Fulfilment.KITCHEN))
