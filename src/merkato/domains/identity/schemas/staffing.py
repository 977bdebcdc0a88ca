"""What may be said about the accounts of others, API keys and the audit log."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from merkato.domains.identity.models import SCOPES
from merkato.domains.identity.schemas.fields import RoleName, Scope
from merkato.kit.fields import Name, Note, Said, Search, View, unsent

ROLES_OF_AN_ACCOUNT_MAX: Final = 10


class AccountChange(Said):
    """What an admin changes of an account."""

    roles: list[RoleName] = Field(min_length=1, max_length=ROLES_OF_AN_ACCOUNT_MAX, default_factory=list)
    scopes: list[Scope] | None = Field(
        None, max_length=len(SCOPES), description="Narrows what the roles grant; null: all of it."
    )
    active: bool = unsent()


class AccountFilters(BaseModel):
    """Which accounts to list."""

    q: Search | None = Field(None, description="A part of the name or of the e-mail address.")
    role: RoleName | None = None
    active: bool | None = None


class RoleDraft(Said):
    """A new role."""

    name: RoleName
    scopes: list[Scope] = Field(max_length=len(SCOPES), examples=[["orders:read", "inventory:write"]])
    description: Note | None = Field(None, examples=["Packs and dispatches."])


class RoleChange(Said):
    """A change of a role. Its name stays."""

    scopes: list[Scope] = Field(max_length=len(SCOPES), default_factory=list)
    description: Note | None = None


class RoleView(View):
    """A role, and what it grants."""

    name: str
    description: str | None
    scopes: list[str]
    built_in: bool = Field(description="Whether it comes with the program and stays as it is.")


class ApiKeyDraft(Said):
    """A new API key."""

    name: Name = Field(description="What it is for.", examples=["Stock of the warehouse"])
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES), examples=[["inventory:write"]])
    expires_at: AwareDatetime | None = Field(None, description="Null: it is valid until it is deleted.")


class ApiKeyView(View):
    """An API key, without its secret."""

    id: UUID
    account_id: UUID = Field(description="Who made it. It may never do more than they may at that moment.")
    name: str
    prefix: str = Field(description="How the secret begins.", examples=["mk_Zk3vJ0aQ"])
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")


class ApiKeyWithSecret(ApiKeyView):
    """A new API key with its secret, which is shown this once."""

    secret: str = Field(examples=["mk_Zk3vJ0aQx1mB6rYd8sWlQeT5uN2cHfGp7iKo9jLz4Xw"])


class AuditFilters(BaseModel):
    """Which entries of the audit log to list."""

    actor: UUID | None = Field(None, description="An account (its keys included) or an API key.")
    subject: UUID | None = Field(None, description="What was changed: the id of a product, an order, an account...")
    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = Field(None, alias="to")


class AuditChangeView(View):
    """One change of a row; of a change of many rows at once only the table is known, and `id` is null."""

    table: str = Field(examples=["catalog_products"])
    id: str | None
    action: Literal["added", "changed", "removed"]
    before: dict[str, Any]
    after: dict[str, Any]
    withheld: list[str] = Field(description="Changed too; their values may be personal and are not kept here.")


class AuditEntryView(View):
    """What one transaction of staff, or of a key, has changed."""

    id: UUID
    at: datetime
    account_id: UUID = Field(description="Who answers for it: the account, or the one that made the key.")
    api_key_id: UUID | None
    request_id: str
    method: str = Field(examples=["PATCH"])
    route: str = Field(examples=["/v1/products/{product_id}"])
    subject_type: str | None = Field(examples=["product"])
    subject_id: UUID | None
    changes: list[AuditChangeView]
    unlisted: int = Field(description="How many changes there were beside the hundred that are listed.")
