"""Who somebody is to an issuer beside us, and log-ins there that are under way."""

from datetime import datetime
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import State
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row


class OutsideIdentity(Row):
    """Somebody whom an issuer knows as `subject`, and the account that this opens."""

    __tablename__ = "identity_outside_identities"
    privacy: ClassVar[Privacy] = says(personal="subject email", nothing="issuer")

    id: Mapped[Key]
    # Checked at COMMIT: the identity is written before its new account, so that of two first requests at once the second finds it.
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("identity_accounts.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"), index=True
    )
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    email: Mapped[str | None] = mapped_column(String(254))
    """The address that the issuer has verified, when it last said so."""
    created_at: Mapped[Created]
    last_used_at: Mapped[datetime | None]
    """When somebody last logged in by it; requests with a token of the issuer are not noted."""

    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class EndedIdentity(Row):
    """That an identity opened an account which was deleted: a token from before is not to bring a new one to life.

    It names neither the person nor the account. Only who comes with the same issuer and subject is found by it.
    """

    __tablename__ = "identity_ended_identities"
    privacy: ClassVar[Privacy] = says(sealed="hash")

    id: Mapped[Key]
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    ended_at: Mapped[datetime] = mapped_column(index=True)


def ended_hash(issuer: str, subject: str) -> bytes:
    """What stays of an identity whose account was deleted."""
    return sha256(f"{issuer}\n{subject}".encode()).digest()


class Authorization(Row):
    """A log-in at a provider that has been begun. What is proven at its end is stored as hashes, or derived from the id."""

    __tablename__ = "identity_authorizations"
    privacy: ClassVar[Privacy] = says(nothing="provider redirect_uri", sealed="state_hash secret_hash")

    id: Mapped[Key]
    provider: Mapped[State]
    state_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    redirect_uri: Mapped[str] = mapped_column(String(2_000))
    created_at: Mapped[Created]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
