"""What may be said about second factors and passkeys."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from merkato.domains.identity.schemas.fields import PresentPassword, sayable
from merkato.kit.errors import FieldError, Invalid
from merkato.kit.fields import Name, Said, View

Otp = Annotated[
    SecretStr,
    Field(
        min_length=1, max_length=64, description="The code that the app shows, or a recovery code.", examples=["492039"]
    ),
    AfterValidator(sayable),
]


class FactorsView(View):
    """What proves who somebody is, beside the password."""

    totp: bool = Field(description="Whether an authenticator app is on: then the password needs a code beside it.")
    recovery_codes: int = Field(description="How many of them are left.")
    passkeys: int = Field(description="How many there are; each is a way in of its own.")
    demanded: bool = Field(description="Whether roles of this account are withheld until a factor is proven.")


class PasswordProof(Said):
    """The present password."""

    password: PresentPassword


class CodeProof(Said):
    """A code."""

    otp: Otp


class FullProof(Said):
    """The present password, and a code."""

    password: PresentPassword
    otp: Otp


class AuthenticatorView(View):
    """What an authenticator app is told, this once."""

    secret: str = Field(description="In Base32, for who types it.", examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    uri: str = Field(
        description="The same for programs.",
        examples=["otpauth://totp/Merkato:anna%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Merkato"],
    )
    qr: str = Field(description="The same as a QR code: a `data:` URI of an SVG image.")


class RecoveryCodesView(View):
    """Ten codes, each good once in the place of the app's. They are shown this once."""

    recovery_codes: list[str] = Field(examples=[["7q0xk-3v9dm-bt5zr-w2h8c"]])


Encoded = Annotated[str, StringConstraints(min_length=1, max_length=8_192, pattern=r"^[A-Za-z0-9_-]+=*$")]
"""Bytes in Base64 for URLs, as a browser writes them."""


class _Answer(BaseModel):
    """Browsers say more than is needed, and more each year: what is not named here is passed over."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class Attestation(_Answer):
    """How a device presents a new passkey."""

    client_data: Encoded = Field(alias="clientDataJSON")
    attestation: Encoded = Field(alias="attestationObject")


class NewCredential(_Answer):
    """What `credential.toJSON()` of a browser says of a new passkey (WebAuthn, `RegistrationResponseJSON`)."""

    id: Encoded
    raw_id: Encoded = Field(alias="rawId")
    type: Annotated[str, StringConstraints(max_length=32)] = Field(examples=["public-key"])
    response: Attestation


class PasskeyDraft(Said):
    """A new passkey."""

    credential: NewCredential
    name: Name = Field(description="What its owner calls it.", examples=["My phone"])


class PasskeyChange(Said):
    """Another name for a passkey."""

    name: Name


class Assertion(_Answer):
    """How a device proves that it has a passkey."""

    client_data: Encoded = Field(alias="clientDataJSON")
    authenticator: Encoded = Field(alias="authenticatorData")
    signature: Encoded
    user: Encoded = Field(alias="userHandle")


class ShownCredential(_Answer):
    """What `credential.toJSON()` of a browser says of a passkey that is used (WebAuthn, `AuthenticationResponseJSON`)."""

    id: Encoded
    raw_id: Encoded = Field(alias="rawId")
    type: Annotated[str, StringConstraints(max_length=32)] = Field(examples=["public-key"])
    response: Assertion


def shown_credential(said: str) -> ShownCredential:
    """The credential that stands as JSON in a form. Raises Invalid."""
    try:
        return ShownCredential.model_validate_json(said)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_context=False, include_url=False)
        named = [
            FieldError("/".join(["/credential", *map(str, each["loc"])]), each["type"], each["msg"]) for each in wrong
        ]
        raise Invalid("The credential is not what a browser says.", errors=named) from None


class PasskeyOptions(View):
    """What a browser is asked with, good once and for five minutes."""

    options: dict[str, Any] = Field(
        description="For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`."
    )


class PasskeyView(View):
    """A passkey."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
