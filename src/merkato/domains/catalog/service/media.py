"""Pictures of a product."""

from uuid import UUID

from merkato.domains.catalog import queries
from merkato.domains.catalog.errors import TooManyMedia
from merkato.domains.catalog.models import MEDIA_MAX, Media, Product
from merkato.domains.catalog.schemas import MediaDraft
from merkato.domains.catalog.service.products import edited
from merkato.domains.catalog.service.showing import refresh
from merkato.kit.database import Session
from merkato.kit.errors import NotFound


async def add_media(session: Session, product: Product, draft: MediaDraft, *, shown: bool = True) -> Media:
    """A picture more of a locked product. Raises TooManyMedia."""
    count, behind = await queries.media_count(session, product.id)
    if count >= MEDIA_MAX:
        raise TooManyMedia
    position = behind if draft.position is None else draft.position
    media = Media(product_id=product.id, url=draft.url, alt=draft.alt, position=position)
    session.add(media)
    await session.flush()
    if shown:
        await refresh(session, [product.id])
    return media


async def remove_media(session: Session, media_id: UUID) -> None:
    """Take a picture off its product. A file of ours stays, since others may show it. Raises NotFound."""
    media = await queries.media(session, media_id)
    if media is None:
        raise NotFound
    await edited(session, media.product_id)
    await session.delete(media)
    await refresh(session, [media.product_id])
