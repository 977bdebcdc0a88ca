"""Accounts, profiles, sessions with their refresh tokens, and the one who calls."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from merkato.kit.errors import NotAllowed, NotAuthenticated, Problem
from merkato.kit.fields import Name, Prose, Slug, State, Url
from merkato.kit.rows import Created, Key, Row, Updated


class Role(StrEnum):
    """What an account is in the store."""

    CUSTOMER = "customer"
    STAFF = "staff"
    ADMIN = "admin"


SCOPES: Final[dict[str, str]] = {
    "catalog:write": "create and change products, categories, prices and pictures; see drafts",
    "inventory:write": "see and correct stock",
    "orders:read": "see every customer's orders",
    "orders:write": "cancel, capture, refund and fulfil orders",
    "webhooks:write": "let events be told to other addresses, every customer's orders among them",
    "community:moderate": "approve and reject reviews; remove posts and comments of others",
    "tasks:write": "see background tasks, and try dead ones anew",
    "accounts:write": "see accounts, and change their roles",
    "audit:read": "see who of the staff changed what",
}
_STAFF: Final = frozenset(SCOPES) - {"accounts:write", "audit:read"}
GRANTS: Final[dict[Role, frozenset[str]]] = {
    Role.CUSTOMER: frozenset(),
    Role.STAFF: _STAFF,
    Role.ADMIN: frozenset(SCOPES),
}
"""What each role may do unless the account's own scopes narrow it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls: an account with its scopes, an API key, a guest with capability tokens (as hashes), or nobody.

    A key has no `account_id`: it may do what its scopes say and has nothing of its own, neither orders nor a profile.
    """

    account_id: UUID | None = None
    session_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
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
    def id(self) -> UUID:
        """The same. Raises NotAuthenticated for guests."""
        if self.by is None:
            raise NotAuthenticated
        return self.by

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
        """Raises NotAuthenticated for guests, NotAllowed without the scope."""
        if not self.may(scope):
            if self.by is None:
                raise NotAuthenticated
            raise NotAllowed(f"This needs the scope {scope}.")

    def without_account(self) -> Problem:
        """Why a caller without an account is refused what only accounts have."""
        if self.api_key_id is not None:
            return NotAllowed("An API key has nothing of its own; sign in as an account.")
        return NotAuthenticated()


class Account(Row):
    """Somebody who can sign in. A deleted account keeps its row without what says who it was."""

    __tablename__ = "identity_accounts"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    name: Mapped[Name]
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(16)))
    scopes: Mapped[list[str] | None] = mapped_column(ARRAY(String(64)))
    active: Mapped[bool] = mapped_column(default=True)
    email_verified_at: Mapped[datetime | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]
    deleted_at: Mapped[datetime | None]

    profile: Mapped["Profile"] = relationship(lazy="raise", back_populates="account")

    __table_args__ = (Index(None, "created_at", "id"),)

    @property
    def granted(self) -> frozenset[str]:
        """What this account may do: the grants of its roles, narrowed by its own scopes if it has any."""
        return granted(self.roles, self.scopes)

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None


class Profile(Row):
    """What everybody may see of an account."""

    __tablename__ = "identity_profiles"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), primary_key=True)
    handle: Mapped[Slug] = mapped_column(unique=True)
    name: Mapped[Name]
    bio: Mapped[Prose | None]
    image: Mapped[Url | None]
    location: Mapped[Name | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    account: Mapped[Account] = relationship(lazy="raise", back_populates="profile")


class AccountSession(Row):
    """One log-in, and the family of refresh tokens that came from it."""

    __tablename__ = "identity_sessions"

    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[Created]
    last_used_at: Mapped[Created]
    """When it was opened, or its tokens were last renewed."""
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str | None] = mapped_column(String(200))


class Purpose(StrEnum):
    """What somebody proves by a token from their mail."""

    VERIFY = "verify"
    RESET = "reset"
    CHANGE = "change"
    """That a new address is theirs."""
    UNDO = "undo"
    """That the address before was theirs, and that they did not give it up."""


class Challenge(Row):
    """One token that was asked for by mail. The token itself is a signature over this row, and is never stored.

    `account_id` is null from the moment that somebody asks for a new password until it is known whose address that is.
    """

    __tablename__ = "identity_challenges"

    id: Mapped[Key]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"))
    purpose: Mapped[State]
    email_key: Mapped[str] = mapped_column(String(254))
    email: Mapped[str | None] = mapped_column(String(254))
    """The address that the account gets by it, for a change and its undoing."""
    created_at: Mapped[Created]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "account_id", "purpose", "created_at"), Index(None, "created_at"))


class RefreshToken(Row):
    """One refresh token, stored as a hash. `replaced_at` is when it was first exchanged for its successor."""

    __tablename__ = "identity_refresh_tokens"

    id: Mapped[Key]
    session_id: Mapped[UUID] = mapped_column(ForeignKey("identity_sessions.id", ondelete="CASCADE"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(index=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[Created]
    replaced_at: Mapped[datetime | None]


class ApiKey(Row):
    """A secret by which a program may do some of what its maker may, stored as a hash. `prefix` tells people which one it is."""

    __tablename__ = "identity_api_keys"

    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[Name]
    prefix: Mapped[State]
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    created_at: Mapped[Created]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

    impersonal: ClassVar[bool] = True


def granted(roles: list[str], scopes: list[str] | None) -> frozenset[str]:
    """The union of what the roles grant; own scopes can narrow it, never widen it."""
    union = frozenset[str]().union(*(GRANTS[Role(role)] for role in roles))
    return union if scopes is None else union & frozenset(scopes)


def email_key(email: str) -> str:
    """What makes two spellings of an address the same."""
    return email.casefold()
