"""How addresses are found and changed."""

from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update

from merkato.domains.addresses.models import Address
from merkato.kit.database import Session
from merkato.kit.paging import Key, Paging


async def address(
    session: Session, address_id: UUID, bound: ColumnElement[bool], *, lock: bool = False
) -> Address | None:
    """One address within a bound."""
    found = select(Address).where(Address.id == address_id, bound)
    return await session.scalar(found.with_for_update() if lock else found)


async def addresses(session: Session, bound: ColumnElement[bool], paging: Paging) -> tuple[list[Address], str | None]:
    """Oldest first."""
    return await paging.fetch(session, select(Address).where(bound), Key(Address.id))


async def count(session: Session, account_id: UUID) -> int:
    return await session.scalar(select(func.count()).where(Address.account_id == account_id)) or 0


async def clear_defaults(session: Session, account_id: UUID, *, shipping: bool, billing: bool) -> None:
    """Take the default from whichever address has it."""
    for wanted, column in ((shipping, Address.is_default_shipping), (billing, Address.is_default_billing)):
        if wanted:
            await session.execute(
                update(Address).where(Address.account_id == account_id, column).values({column: False})
            )


async def defaults(session: Session, account_id: UUID) -> list[Address]:
    """The default addresses, for whoever copies them."""
    either = Address.is_default_shipping | Address.is_default_billing
    return list(await session.scalars(select(Address).where(Address.account_id == account_id, either)))


async def newest(session: Session, account_id: UUID) -> Address | None:
    found = select(Address).where(Address.account_id == account_id).order_by(Address.id.desc()).limit(1)
    return await session.scalar(found)


async def delete_of(session: Session, account_id: UUID) -> None:
    await session.execute(delete(Address).where(Address.account_id == account_id))
