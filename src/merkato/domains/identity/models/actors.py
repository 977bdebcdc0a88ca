"""The one who calls, and what roles and scopes allow."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from merkato.domains.identity.errors import SecondFactorNeeded
from merkato.kit.errors import NotAllowed, NotAuthenticated, Problem

ROLE_NAME_MAX: Final = 32


class Role(StrEnum):
    """The built-in roles. A store defines others (`DefinedRole`)."""

    CUSTOMER = "customer"
    STAFF = "staff"
    ADMIN = "admin"


SCOPES: Final[dict[str, str]] = {
    "catalog:write": "create and change products, categories, prices and pictures; see drafts",
    "inventory:write": "see and correct stock",
    "orders:read": "see every customer's orders",
    "orders:write": "cancel, capture, refund and fulfil orders",
    "webhooks:write": "let events be told to other addresses, every customer's orders among them",
    "hiring:write": "add, rename and retire kinds of jobs",
    "payouts:write": "see what workers were paid out, and note what was sent to them",
    "community:moderate": "approve and reject reviews; remove posts and comments of others",
    "tasks:write": "see background tasks, and try dead ones anew",
    "accounts:write": "see accounts, change their roles, and define roles",
    "audit:read": "see who of the staff changed what",
}


_STAFF: Final = frozenset(SCOPES) - {"accounts:write", "audit:read"}


GRANTS: Final[dict[Role, frozenset[str]]] = {
    Role.CUSTOMER: frozenset(),
    Role.STAFF: _STAFF,
    Role.ADMIN: frozenset(SCOPES),
}
"""What each built-in role may do unless the account's own scopes narrow it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls: an account with its scopes, an API key, a guest with capability tokens (as hashes), or nobody.

    A key has no `account_id`: it may do what its scopes say and has nothing of its own, neither orders nor a profile.
    """

    account_id: UUID | None = None
    session_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    """What it would have, had a second factor been proven."""
    cart_token: bytes | None = None
    checkout_token: bytes | None = None
    address: str = ""
    """The network address of the call."""
    user_agent: str = ""
    """What the calling program says that it is."""
    api_key_id: UUID | None = None
    maker_id: UUID | None = None
    """The account that made the key."""

    @property
    def by(self) -> UUID | None:
        """The account that answers for what is done: the caller's own, or that of the key's maker."""
        return self.account_id or self.maker_id

    @property
    def answerable(self) -> UUID:
        """The same, for what only staff and their keys do. Raises NotAuthenticated for guests."""
        if self.by is None:
            raise NotAuthenticated
        return self.by

    @property
    def id(self) -> UUID:
        """The caller's own account. Raises NotAuthenticated for guests, and NotAllowed for a key, which is not its maker."""
        if self.account_id is None:
            raise self.without_account()
        return self.account_id

    @property
    def name(self) -> str:
        """One stable word for this caller, under which its idempotency keys are kept."""
        if self.api_key_id is not None:
            return f"key:{self.api_key_id}"
        if self.account_id is not None:
            return f"account:{self.account_id}"
        token = self.checkout_token or self.cart_token
        # Nobody has no name of their own: the network address keeps two strangers with the same key apart.
        return f"guest:{token.hex()}" if token else f"nobody:{self.address}"

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def must(self, scope: str) -> None:
        """Raises NotAuthenticated for guests, NotAllowed without the scope, SecondFactorNeeded while it is withheld."""
        if not self.may(scope):
            if self.by is None:
                raise NotAuthenticated
            if scope in self.withheld:
                raise SecondFactorNeeded
            raise NotAllowed(f"This needs the scope {scope}.")

    def without_account(self) -> Problem:
        """Why a caller without an account is refused what only accounts have."""
        if self.api_key_id is not None:
            return NotAllowed("An API key has nothing of its own; sign in as an account.")
        return NotAuthenticated()


def granted(roles: Collection[str], scopes: Collection[str] | None, defined: Collection[str]) -> frozenset[str]:
    """The union of what the roles grant; own scopes can narrow it, never widen it.

    `defined` is what those of the roles grant that the store has defined itself.
    """
    union = frozenset(defined).union(*(GRANTS[role] for role in Role if role in roles)) & frozenset(SCOPES)
    return union if scopes is None else union & frozenset(scopes)
