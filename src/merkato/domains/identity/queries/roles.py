"""How the roles of a store are found, and what they grant."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, String, any_, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from merkato.domains.identity.models import Account, DefinedRole
from merkato.kit.database import Session


def defined_scopes() -> ColumnElement[Sequence[str]]:
    """What the store's own roles grant to the account of the surrounding statement."""
    scopes = select(func.unnest(DefinedRole.scopes)).where(DefinedRole.name == any_(Account.roles)).correlate(Account)
    return func.array(scopes.scalar_subquery(), type_=ARRAY(String)).label("defined")


async def scopes_of(session: Session, names: list[str]) -> list[str]:
    """What the store's own roles of these names grant."""
    return list(await session.scalars(select(func.unnest(DefinedRole.scopes)).where(DefinedRole.name.in_(names))))


async def roles(session: Session) -> list[DefinedRole]:
    """By name."""
    return list(await session.scalars(select(DefinedRole).order_by(DefinedRole.name)))


async def role(session: Session, name: str) -> DefinedRole | None:
    """Locked, so that nobody is given it in the meantime."""
    return await session.scalar(select(DefinedRole).where(DefinedRole.name == name).with_for_update())


async def keep_roles(session: Session, names: set[str]) -> set[str]:
    """Which of these roles there are. They stay until the transaction ends."""
    found = select(DefinedRole.name).where(DefinedRole.name.in_(names)).order_by(DefinedRole.name)
    return set(await session.scalars(found.with_for_update(read=True)))


async def role_is_held(session: Session, name: str) -> bool:
    held = exists().where(Account.roles.contains([name]), Account.deleted_at.is_(None))
    return bool(await session.scalar(select(held)))
