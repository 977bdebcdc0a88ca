"""What identity announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from merkato.kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRegistered(Event):
    """Somebody registered."""

    name: ClassVar[str] = "account.registered"
    account_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountDeleted(Event):
    """An account was ended by its owner; its personal values are gone."""

    name: ClassVar[str] = "account.deleted"
    account_id: UUID
