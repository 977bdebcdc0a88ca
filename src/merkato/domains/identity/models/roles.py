"""Roles that a store defines for itself, beside the built-in ones."""

from typing import ClassVar

from sqlalchemy import String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from merkato.domains.identity.models.actors import ROLE_NAME_MAX
from merkato.kit.fields import Note
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated


class DefinedRole(Row):
    """Scopes under a name that accounts are given together. Accounts hold the name, so that a change of the role is one of theirs."""

    __tablename__ = "identity_roles"
    privacy: ClassVar[Privacy] = says(nothing="name description scopes")

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(ROLE_NAME_MAX), unique=True)
    description: Mapped[Note | None]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    created_at: Mapped[Created]
    updated_at: Mapped[Updated]

    built_in: ClassVar[bool] = False
