"""What somebody proves by a token from their mail."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from merkato.domains.identity.models.accounts import EMAIL_MAX
from merkato.kit.fields import State
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row


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
    privacy: ClassVar[Privacy] = says(personal="email_key email")

    id: Mapped[Key]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"))
    purpose: Mapped[State]
    email_key: Mapped[str] = mapped_column(String(EMAIL_MAX))
    email: Mapped[str | None] = mapped_column(String(EMAIL_MAX))
    """The address that the account gets by it, for a change and its undoing."""
    created_at: Mapped[Created]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "account_id", "purpose", "created_at"),
        Index(None, "created_at"),
        # However often a new password is asked for, an address waits once.
        Index("uq_identity_challenges_waiting", "email_key", unique=True, postgresql_where=text("account_id IS NULL")),
    )
