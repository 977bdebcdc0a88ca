"""What happens to the roles of a store, and what roles grant to an account."""

from collections.abc import Sequence
from typing import Final

from merkato.domains.identity import queries
from merkato.domains.identity.errors import BuiltInRole, RoleInUse, RoleTaken, TooManyRoles
from merkato.domains.identity.models import GRANTS, Account, Actor, DefinedRole, granted
from merkato.domains.identity.schemas import RoleChange, RoleDraft, RoleView
from merkato.domains.identity.service.keys import refuse_more
from merkato.kit.database import Session
from merkato.kit.errors import Invalid, NotFound

ROLES_MAX: Final = 100
_MEANINGS: Final = {
    "customer": "Everybody who registers: what is their own, and nothing else.",
    "staff": "Runs the shop.",
    "admin": "Decides who runs the shop, too.",
}


async def roles(session: Session) -> list[RoleView]:
    """The built-in roles, then the store's own by name."""
    own = [RoleView.model_validate(role) for role in await queries.roles(session)]
    built_in = [
        RoleView(name=role.value, description=_MEANINGS[role.value], scopes=sorted(scopes), built_in=True)
        for role, scopes in GRANTS.items()
    ]
    return [*built_in, *own]


async def add_role(session: Session, maker: Actor, draft: RoleDraft) -> DefinedRole:
    """A new role, which nobody has yet. Raises RoleTaken, ScopesExceeded, TooManyRoles."""
    refuse_more(maker, frozenset(draft.scopes))
    present = {role.name for role in await queries.roles(session)}
    if draft.name in present | set(GRANTS):
        raise RoleTaken
    if len(present) >= ROLES_MAX:
        raise TooManyRoles
    role = DefinedRole(name=draft.name, description=draft.description, scopes=sorted(set(draft.scopes)))
    session.add(role)
    await session.flush()
    return role


async def change_role(session: Session, giver: Actor, name: str, change: RoleChange) -> DefinedRole:
    """It acts at once for all who have the role. Raises NotFound, BuiltInRole, ScopesExceeded."""
    role = await _own_role(session, name)
    said = change.sent()
    if "scopes" in said:
        refuse_more(giver, frozenset(change.scopes) - frozenset(role.scopes))
        said["scopes"] = sorted(set(change.scopes))
    for field, value in said.items():
        setattr(role, field, value)
    await session.flush()
    return role


async def remove_role(session: Session, name: str) -> None:
    """Raises NotFound, BuiltInRole, RoleInUse."""
    role = await _own_role(session, name)
    if await queries.role_is_held(session, name):
        raise RoleInUse
    await session.delete(role)
    await session.flush()


async def keep_roles(session: Session, names: Sequence[str]) -> None:
    """Let none of these roles go before the transaction ends. Raises Invalid for one that is not there."""
    present = set(GRANTS) | await queries.keep_roles(session, set(names) - set(GRANTS))
    for place, name in enumerate(names):
        if name not in present:
            raise Invalid.field(f"/roles/{place}", "unknown", "is not a role of this store")


async def granted_to(session: Session, account: Account) -> frozenset[str]:
    """What an account may do, by its roles as they are now."""
    return granted(account.roles, account.scopes, await queries.scopes_of(session, account.roles))


async def _own_role(session: Session, name: str) -> DefinedRole:
    if name in GRANTS:
        raise BuiltInRole
    role = await queries.role(session, name)
    if role is None:
        raise NotFound
    return role
