"""Accounts and their public profiles."""

from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from merkato.domains.identity.models.actors import ROLE_NAME_MAX
from merkato.kit.fields import Name, Prose, Slug, Url
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated

EMAIL_MAX: Final = 254


class Account(Row):
    """Somebody who can sign in. A deleted account keeps its row without what says who it was."""

    __tablename__ = "identity_accounts"
    privacy: ClassVar[Privacy] = says(personal="email email_key name", nothing="roles scopes", sealed="password_hash")

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(EMAIL_MAX))
    email_key: Mapped[str] = mapped_column(String(EMAIL_MAX), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    name: Mapped[Name]
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(ROLE_NAME_MAX)))
    scopes: Mapped[list[str] | None] = mapped_column(ARRAY(String(64)))
    active: Mapped[bool] = mapped_column(default=True)
    email_verified_at: Mapped[datetime | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]
    deleted_at: Mapped[datetime | None]

    profile: Mapped["Profile"] = relationship(lazy="raise", back_populates="account")

    __table_args__ = (Index(None, "created_at", "id"),)

    @property
    def email_verified(self) -> bool:
        return self.email_verified_at is not None

    @property
    def address(self) -> str | None:
        """Where mail reaches its owner, if that is known."""
        return self.email if reachable(self.email) else None


class Profile(Row):
    """What everybody may see of an account."""

    __tablename__ = "identity_profiles"
    privacy: ClassVar[Privacy] = says(personal="handle name bio image location")

    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), primary_key=True)
    handle: Mapped[Slug] = mapped_column(unique=True)
    name: Mapped[Name]
    bio: Mapped[Prose | None]
    image: Mapped[Url | None]
    location: Mapped[Name | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    account: Mapped[Account] = relationship(lazy="raise", back_populates="profile")


def reachable(email: str) -> bool:
    """Whether mail can be sent there. Nobody is found under `.invalid` (RFC 2606): it stands for an address that is not known."""
    return not email.casefold().endswith(".invalid")


def email_key(email: str) -> str:
    """What makes two spellings of an address the same."""
    return email.casefold()
