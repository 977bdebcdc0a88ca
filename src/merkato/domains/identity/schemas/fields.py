"""The kinds of text that accounts consist of, with their limits."""

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from merkato.domains.identity.models import EMAIL_MAX, ROLE_NAME_MAX, SCOPES, email_key


def _address(value: str) -> str:
    try:
        # Whether mail arrives is found out by sending some; here only the form counts.
        address = validate_email(
            value, check_deliverability=False, globally_deliverable=False, test_environment=True
        ).normalized
    except EmailNotValidError:
        raise ValueError("is not an e-mail address") from None
    # Some letters become two when case is put aside, as addresses are compared.
    if max(len(address), len(email_key(address))) > EMAIL_MAX:
        raise ValueError(f"must have at most {EMAIL_MAX} characters")
    return address


def _scope(value: str) -> str:
    if value not in SCOPES:
        raise ValueError("is not a scope; there are " + ", ".join(SCOPES))
    return value


def _long_enough(value: SecretStr) -> SecretStr:
    if not 8 <= len(value.get_secret_value()) <= 256:
        raise ValueError("must have 8 to 256 characters")
    return value


def sayable(value: SecretStr) -> SecretStr:
    """Refuse what UTF-8 and PostgreSQL cannot carry."""
    secret = value.get_secret_value()
    if "\x00" in secret or any("\ud800" <= character <= "\udfff" for character in secret):
        raise ValueError("must not contain NUL or lone surrogates")
    return value


Email = Annotated[
    str, StringConstraints(max_length=EMAIL_MAX), AfterValidator(_address), Field(examples=["anna@example.com"])
]


Password = Annotated[
    SecretStr,
    AfterValidator(_long_enough),
    AfterValidator(sayable),
    Field(examples=["correct horse battery staple"]),
]


PresentPassword = Annotated[
    SecretStr, Field(min_length=1, max_length=256, description="The present password."), AfterValidator(sayable)
]


def _living(value: str) -> str:
    if value.startswith("deleted-"):
        raise ValueError("is kept for accounts that were deleted")
    return value


Handle = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9](-?[a-z0-9])*$", min_length=2, max_length=40),
    AfterValidator(_living),
    Field(examples=["anna"]),
]


Scope = Annotated[str, AfterValidator(_scope)]


RoleName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", min_length=2, max_length=ROLE_NAME_MAX),
    Field(examples=["warehouse"]),
]
