"""What may be said about accounts, profiles and tokens."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, SecretStr, StringConstraints

from merkato.domains.identity.models import SCOPES, Role
from merkato.kit.fields import Name, Prose, Said, Search, Url, View, unsent


def _address(value: str) -> str:
    try:
        # Whether mail arrives is found out by sending some; here only the form counts.
        return validate_email(
            value, check_deliverability=False, globally_deliverable=False, test_environment=True
        ).normalized
    except EmailNotValidError:
        raise ValueError("is not an e-mail address") from None


def _scope(value: str) -> str:
    if value not in SCOPES:
        raise ValueError("is not a scope; there are " + ", ".join(SCOPES))
    return value


def _long_enough(value: SecretStr) -> SecretStr:
    if not 8 <= len(value.get_secret_value()) <= 256:
        raise ValueError("must have 8 to 256 characters")
    return value


def _sayable(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if "\x00" in secret or any("\ud800" <= character <= "\udfff" for character in secret):
        raise ValueError("must not contain NUL or lone surrogates")
    return value


Email = Annotated[
    str, StringConstraints(max_length=254), AfterValidator(_address), Field(examples=["anna@example.com"])
]
Password = Annotated[
    SecretStr,
    AfterValidator(_long_enough),
    AfterValidator(_sayable),
    Field(examples=["correct horse battery staple"]),
]
PresentPassword = Annotated[
    SecretStr, Field(min_length=1, max_length=256, description="The present password."), AfterValidator(_sayable)
]
Handle = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9](-?[a-z0-9])*$", min_length=2, max_length=40), Field(examples=["anna"])
]
Scope = Annotated[str, AfterValidator(_scope)]


class AccountDraft(Said):
    """A registration."""

    email: Email
    password: Password
    name: Name = Field(examples=["Anna Example"])
    handle: Handle | None = Field(None, description="Made from the name when absent.")


class MeChange(Said):
    """A change of one's own account. A new password needs the present one, and ends every other session."""

    name: Name = unsent()
    password: Password = unsent()
    current_password: PresentPassword = unsent()


class EmailWish(Said):
    """Another e-mail address for one's account, and the present password."""

    email: Email
    password: PresentPassword


class SessionView(View):
    """One log-in that lasts."""

    id: UUID
    current: bool = Field(description="Whether it is the one that asks.")
    created_at: datetime
    last_used_at: datetime = Field(description="When its tokens were last renewed.")
    user_agent: str | None = Field(description="The program that logged in, in its own words.")


class AccountChange(Said):
    """What an admin changes of an account."""

    roles: list[Role] = Field(min_length=1, max_length=3, default_factory=list)
    scopes: list[Scope] | None = Field(
        None, max_length=len(SCOPES), description="Narrows what the roles grant; null: all of it."
    )
    active: bool = unsent()


class AccountFilters(BaseModel):
    """Which accounts to list."""

    q: Search | None = Field(None, description="A part of the name or of the e-mail address.")
    role: Role | None = None
    active: bool | None = None


class ApiKeyDraft(Said):
    """A new API key."""

    name: Name = Field(description="What it is for.", examples=["Stock of the warehouse"])
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES), examples=[["inventory:write"]])
    expires_at: AwareDatetime | None = Field(None, description="Null: it is valid until it is deleted.")


class ProfileDraft(Said):
    """The whole public profile."""

    handle: Handle
    name: Name
    bio: Prose | None = None
    image: Url | None = None
    location: Name | None = None


class ProfileChange(Said):
    """Some of the public profile."""

    handle: Handle = unsent()
    name: Name = unsent()
    bio: Prose | None = None
    image: Url | None = None
    location: Name | None = None


class ProfileView(View):
    """What everybody may see of somebody."""

    handle: str
    name: str
    bio: str | None
    image: str | None
    location: str | None
    created_at: datetime


class AccountView(View):
    """An account, as its owner and admins see it."""

    id: UUID
    email: str
    name: str
    roles: list[str]
    scopes: list[str] | None
    active: bool
    email_verified: bool
    created_at: datetime
    updated_at: datetime
    profile: ProfileView


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


class Tokens(View):
    """An access token for the API, and a refresh token for the next one."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the word of RFC 6750.
    expires_in: int = Field(description="Seconds that the access token is valid.")


class Revocation(Said):
    """A refresh or access token to end the session of."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=4_096)]


class KeySetView(View):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, str]]


MailToken = Annotated[SecretStr, Field(min_length=1, max_length=200, description="From the mail.")]


class MailedToken(Said):
    """The token of a mail."""

    token: MailToken


class PasswordResetRequest(Said):
    """Whose password was forgotten."""

    email: Email


class PasswordReset(Said):
    """The token of the mail, and the password from now on."""

    token: MailToken
    password: Password
