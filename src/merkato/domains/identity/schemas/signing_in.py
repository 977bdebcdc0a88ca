"""What may be said to sign in, and out, and about the sessions between."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr, StringConstraints

from merkato.domains.identity.schemas.fields import Email, Password
from merkato.kit.fields import Said, View


class SessionView(View):
    """One log-in that lasts."""

    id: UUID
    current: bool = Field(description="Whether it is the one that asks.")
    created_at: datetime
    last_used_at: datetime = Field(description="When its tokens were last renewed.")
    user_agent: str | None = Field(description="The program that logged in, in its own words.")
    method: Literal["password", "otp", "passkey"] = Field(
        description="How: by password alone, with a code too, or by passkey. A factor that was switched on in it counts."
    )


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
