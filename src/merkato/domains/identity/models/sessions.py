"""Log-ins, and the refresh tokens that come from them."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import State
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row


class Method(StrEnum):
    """The strongest thing that was proven in a session."""

    PASSWORD = "password"  # noqa: S105 - a word for it.
    """One factor: the password, or the word of a provider."""
    OTP = "otp"
    """The password, and a code of the app or a recovery code."""
    PASSKEY = "passkey"
    """A device, and that it knows its user: two factors in one."""


class AccountSession(Row):
    """One log-in, and the family of refresh tokens that came from it."""

    __tablename__ = "identity_sessions"
    privacy: ClassVar[Privacy] = says(personal="user_agent")

    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[Created]
    last_used_at: Mapped[Created]
    """When it was opened, or its tokens were last renewed."""
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str | None] = mapped_column(String(200))
    method: Mapped[State] = mapped_column(default=Method.PASSWORD.value)


class RefreshToken(Row):
    """One refresh token, stored as a hash. `replaced_at` is when it was first exchanged for its successor."""

    __tablename__ = "identity_refresh_tokens"
    privacy: ClassVar[Privacy] = says(sealed="hash")

    id: Mapped[Key]
    session_id: Mapped[UUID] = mapped_column(ForeignKey("identity_sessions.id", ondelete="CASCADE"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(index=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[Created]
    replaced_at: Mapped[datetime | None]
