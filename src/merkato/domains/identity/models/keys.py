"""API keys."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import Name, State
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row


class ApiKey(Row):
    """A secret by which a program may do some of what its maker may, stored as a hash. `prefix` tells people which one it is."""

    __tablename__ = "identity_api_keys"
    privacy: ClassVar[Privacy] = says(nothing="name scopes", sealed="hash")

    id: Mapped[Key]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("identity_accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[Name]
    prefix: Mapped[State]
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    created_at: Mapped[Created]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
