"""What an issuer beside us says of somebody, and what may be said about logging in there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, TypeAdapter, ValidationError

from merkato.domains.identity.schemas.fields import Email, PresentPassword
from merkato.kit.fields import Name, Said, View, unsent

_EMAIL = TypeAdapter[str](Email)
_NAME = TypeAdapter[str](Name)
_SUBJECT = TypeAdapter[str](Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")])

AuthorizationCode = Annotated[SecretStr, Field(min_length=1, max_length=2_048, description="From the provider.")]
AuthorizationState = Annotated[
    SecretStr, Field(min_length=1, max_length=200, description="As the provider sent it back.")
]
AuthorizationSecret = Annotated[
    SecretStr, Field(min_length=1, max_length=200, description="The `secret` with which this log-in was begun.")
]
AnsweringIssuer = Annotated[
    str,
    StringConstraints(max_length=500),
    Field(description="The `iss` that came with the code (RFC 9207), if one did."),
]


class OutsidePerson(BaseModel):
    """Somebody as a trusted issuer vouches for: all of its claims that count here."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    issuer: str
    subject: str
    email: str | None
    """The address, if the issuer says that it has verified it."""
    name: str | None


def person_of(claims: Mapping[str, Any]) -> OutsidePerson | None:
    """None for claims that name nobody. Roles and scopes are not among what counts."""
    subject = _of(_SUBJECT, claims.get("sub"))
    if subject is None:
        return None
    verified = claims.get("email_verified") is True
    said = (claims.get("name"), claims.get("preferred_username"))
    # An address is no name: the public handle is made of it.
    names = [found for each in said if (found := _of(_NAME, each)) is not None and "@" not in found]
    return OutsidePerson(
        issuer=claims["iss"],
        subject=subject,
        email=_of(_EMAIL, claims.get("email")) if verified else None,
        name=names[0] if names else None,
    )


def _of(kind: TypeAdapter[str], value: object) -> str | None:
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None


class ProviderView(View):
    """Somewhere to log in."""

    name: str = Field(description="For the path.", examples=["example"])
    title: str = Field(description="For the button.", examples=["Example"])


class AuthorizationDraft(Said):
    """A log-in at a provider."""

    redirect_uri: str = Field(
        min_length=1,
        max_length=2_000,
        description="Where the provider sends the browser back to: one of those that the settings name.",
        examples=["https://shop.example/signed-in"],
    )


class AuthorizationView(View):
    """A log-in that has begun. Keep `state` and `secret` in the browser that began it, and send it to `authorization_url`."""

    authorization_url: str
    state: str = Field(description="Comes back with the code; another one is not yours.")
    secret: str = Field(description="Never in a URL: it proves that who ends the log-in is who began it.")
    expires_in: int = Field(description="Seconds that the log-in may take.")


class IdentityDraft(Said):
    """The end of a log-in at a provider, by which the account that is signed in can be opened from now on."""

    code: AuthorizationCode
    state: AuthorizationState
    secret: AuthorizationSecret
    iss: AnsweringIssuer | None = None
    password: PresentPassword = unsent()


class IdentityView(View):
    """Who somebody is elsewhere, which opens their account here."""

    id: UUID
    issuer: str = Field(examples=["https://login.example"])
    subject: str = Field(description="What the issuer calls them.")
    email: str | None = Field(description="The address that the issuer has verified.")
    created_at: datetime
    last_used_at: datetime | None = Field(description="The last log-in by it.")
