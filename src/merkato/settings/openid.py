"""A provider of log-ins, as settings describe it."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

URL: Final = r"^https?://[^\s?#]+$"
ProviderName = Annotated[str, Field(pattern=r"^[a-z0-9](-?[a-z0-9])*$", max_length=32)]


class OpenIdProvider(BaseModel):
    """Somewhere to log in by OpenID Connect, as it was registered there."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    title: str | None = Field(None, min_length=1, max_length=64)
    issuer: str = Field(pattern=URL, max_length=500)
    client_id: str = Field(min_length=1, max_length=255)
    client_secret: SecretStr | None = None
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    redirect_uris: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9+.-]*:[^\s#]+$", max_length=2_000)], ...] = Field(
        min_length=1
    )

    @field_validator("scopes")
    @classmethod
    def _asks_for_an_identity(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError("must hold openid")
        return value
