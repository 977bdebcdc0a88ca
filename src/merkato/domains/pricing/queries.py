"""How prices and offers are found and written."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, String, Uuid, and_, any_, case, func, literal, null, select, update
from sqlalchemy.dialects.postgresql import insert

from merkato.domains.catalog.models import Media, Product, ProductStatus, Variant
from merkato.domains.inventory.models import Stock
from merkato.domains.pricing.models import Offer, Price
from merkato.kit import clock
from merkato.kit.database import Session
from merkato.kit.money import Money


async def offers(session: Session, variant_ids: Sequence[UUID], currency: str) -> dict[UUID, Offer]:
    """The variants as they can be bought now; unknown ones are left out, those that are no longer sold are not."""
    image = (
        select(Media.url)
        .where(Media.product_id == Product.id)
        .order_by(Media.position, Media.id)
        .limit(1)
        .scalar_subquery()
    )
    found = (
        select(
            Variant.id,
            Variant.product_id,
            Product.slug,
            Product.title,
            Variant.sku,
            Variant.options,
            image,
            Price.amount_minor,
            Price.compare_at_minor,
            Variant.weight_grams,
            Variant.requires_shipping,
            Variant.tax_class,
            Product.fulfilment,
            case((Variant.track_stock, func.coalesce(Stock.on_hand - Stock.reserved, 0)), else_=null()),
            and_(Product.status == ProductStatus.PUBLISHED, Product.deleted_at.is_(None), Variant.deleted_at.is_(None)),
        )
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Price, and_(Price.variant_id == Variant.id, Price.currency == currency))
        .outerjoin(Stock, Stock.variant_id == Variant.id)
        .where(Variant.id == any_(literal(list(variant_ids), ARRAY(Uuid))))
    )
    return {row[0]: Offer(*row) for row in await session.execute(found)}


async def by_sku(session: Session, skus: Sequence[str]) -> dict[str, UUID]:
    """The variants of these SKUs; unknown and deleted ones are left out."""
    found = select(Variant.sku, Variant.id).where(
        Variant.sku == any_(literal(list(skus), ARRAY(String))), Variant.deleted_at.is_(None)
    )
    return dict(iter(await session.execute(found)))


async def set_price(session: Session, variant_id: UUID, currency: str, amount: int) -> None:
    """Write the amount and leave what it is compared with as it was."""
    row = insert(Price).values(variant_id=variant_id, currency=currency, amount_minor=amount, updated_at=clock.now())
    changed = {"amount_minor": row.excluded.amount_minor, "updated_at": row.excluded.updated_at}
    await session.execute(row.on_conflict_do_update(index_elements=["variant_id", "currency"], set_=changed))


async def insert_prices(session: Session, prices: Mapping[UUID, tuple[Money, Money | None]]) -> None:
    moment = clock.now()
    rows = [
        {
            "variant_id": variant_id,
            "currency": price.currency,
            "amount_minor": price.amount,
            "compare_at_minor": compare_at.amount if compare_at else None,
            "updated_at": moment,
        }
        for variant_id, (price, compare_at) in prices.items()
    ]
    await session.execute(insert(Price), rows)


async def set_compare_at(session: Session, variant_id: UUID, currency: str | None, amount: int | None) -> bool:
    """Write what the price is compared with, in one currency or in all; whether there is such a price."""
    changed = update(Price).where(Price.variant_id == variant_id)
    if currency is not None:
        changed = changed.where(Price.currency == currency)
    changed = changed.values(compare_at_minor=amount, updated_at=clock.now())
    rows = await session.execute(changed.returning(Price.currency).execution_options(synchronize_session=False))
    return bool(rows.all())


async def prices_of(session: Session, variant_id: UUID) -> dict[str, list[int | None]]:
    """For each currency the amount of a variant and what it is compared with."""
    found = select(Price.currency, Price.amount_minor, Price.compare_at_minor).where(Price.variant_id == variant_id)
    return {row[0]: [row[1], row[2]] for row in await session.execute(found)}


async def prices(session: Session, product_ids: Collection[UUID]) -> list[tuple[UUID, UUID, str, int, int | None]]:
    """Product, variant, currency, amount and what it is compared with, of every variant that is not deleted."""
    found = (
        select(Variant.product_id, Price.variant_id, Price.currency, Price.amount_minor, Price.compare_at_minor)
        .join(Variant, Variant.id == Price.variant_id)
        .where(Variant.product_id == any_(literal(list(product_ids), ARRAY(Uuid))), Variant.deleted_at.is_(None))
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in await session.execute(found)]


async def currencies(session: Session, variant_id: UUID) -> list[str]:
    """In which currencies a variant is priced."""
    found = select(Price.currency).where(Price.variant_id == variant_id).order_by(Price.currency)
    return list(await session.scalars(found))
