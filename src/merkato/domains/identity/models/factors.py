"""What proves who somebody is, beside a password: an authenticator app with its recovery codes, and passkeys."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import Name
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row


class Authenticator(Row):
    """The app that shows an account's codes (TOTP, RFC 6238). It is a second factor once it was `confirmed_at`."""

    __tablename__ = "identity_authenticators"
    privacy: ClassVar[Privacy] = says(sealed="sealed")

    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The secret that it shares with us."""
    created_at: Mapped[Created]
    confirmed_at: Mapped[datetime | None]
    used_step: Mapped[int | None] = mapped_column(BigInteger)
    """The time step of the newest code that was used: it, and what came before, is not good again."""


class RecoveryCode(Row):
    """What somebody keeps on paper for the day that the app is lost, stored as a hash."""

    __tablename__ = "identity_recovery_codes"
    privacy: ClassVar[Privacy] = says(sealed="hash")

    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"))
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Created]
    used_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "account_id", "hash", unique=True),)


class Passkey(Row):
    """A key pair of somebody's device (WebAuthn), whose public half we know."""

    __tablename__ = "identity_passkeys"
    privacy: ClassVar[Privacy] = says(personal="name", sealed="credential_id public_key")

    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[Name]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """As its device calls it."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """How often the device says that it was used; zero forever where passkeys are synchronised between devices."""
    created_at: Mapped[Created]
    last_used_at: Mapped[datetime | None]


class Spent(Row):
    """A signed word that was good once, and has been used."""

    __tablename__ = "identity_spent"

    id: Mapped[Key]
    spent_at: Mapped[Created]

    __table_args__ = (Index(None, "spent_at"),)
