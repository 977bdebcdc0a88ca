"""What may be said about accounts and profiles."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from merkato.domains.identity.schemas.fields import Email, Handle, Password, PresentPassword
from merkato.kit.fields import Name, Prose, Said, Url, View, unsent


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
    """Another e-mail address for one's account, and the present password, unless the account has none."""

    email: Email
    password: PresentPassword = unsent()


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
    email: str = Field(description="Under `.invalid` when none is known: the account was made at a log-in elsewhere.")
    name: str
    roles: list[str]
    scopes: list[str] | None
    active: bool
    email_verified: bool
    created_at: datetime
    updated_at: datetime
    profile: ProfileView
