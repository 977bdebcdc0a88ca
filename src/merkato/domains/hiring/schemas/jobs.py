"""What may be said about kinds of jobs, jobs, offers and messages."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    Strict,
    StringConstraints,
)

from merkato.domains.hiring.models import (
    DAYS_MAX,
    PICTURES_MAX,
    AgreementState,
    JobStatus,
    OfferStatus,
    PriceUnit,
)
from merkato.domains.identity.schemas import ProfileView
from merkato.kit.fields import Name, Prose, Said, Search, Url, View, unsent
from merkato.kit.money import AMOUNT_MAX, Currency, Money, Sum


def _written(value: object) -> object:
    # A number would be taken for seconds since 1970.
    if not isinstance(value, str):
        raise ValueError("must be a date such as 2026-05-01")  # noqa: TRY004 - what a validator raises.
    return value


def _secure(value: str) -> str:
    if not value.startswith("https://"):
        raise ValueError("must begin with https://")
    return value


def _in_order(days: list[date]) -> list[date]:
    return sorted(set(days))


KindName = Annotated[
    str,
    Strict(),
    StringConstraints(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=64),
    Field(examples=["spot_clean"]),
]


Description = Annotated[Prose, StringConstraints(max_length=5_000)]


Picture = Annotated[Url, AfterValidator(_secure), Field(examples=["https://example.com/kitchen.jpg"])]


Pictures = Annotated[list[Picture], Field(max_length=PICTURES_MAX)]


Days = Annotated[
    list[Annotated[date, BeforeValidator(_written)]], Field(max_length=DAYS_MAX), AfterValidator(_in_order)
]


Hours = Annotated[float, Strict(), Field(ge=0.25, le=1_000, multiple_of=0.25, examples=[2.5])]


Message = Annotated[Prose, StringConstraints(min_length=1, max_length=2_000)]


_Minor = Annotated[int, Field(ge=0, le=AMOUNT_MAX)]


class KindDraft(Said):
    """A new kind of job."""

    name: KindName
    title: Name = Field(examples=["A spot of cleaning"])


class KindChange(Said):
    """Some of a kind of job. Jobs that have it are told with its new name."""

    name: KindName = unsent()
    title: Name = unsent()
    active: Annotated[bool, Strict()] = unsent()


class KindView(View):
    """A kind of job."""

    id: UUID
    name: str = Field(description="What a job says as its `kind`.", examples=["dust_up"])
    title: str
    active: bool = Field(description="Whether new jobs may have it.")


class KindList(BaseModel):
    """Every kind of job, by name."""

    data: list[KindView]


class JobDraft(Said):
    """A new job. It belongs to the caller."""

    title: Name = Field(examples=["Clean our kitchen"])
    description: Description | None = None
    kind: KindName
    price: Money
    price_unit: PriceUnit = Field(PriceUnit.FIXED, description="Whether the price is for the whole job or for an hour.")
    place: Name | None = Field(None, description="Where it is, in words.", examples=["Berlin, Kreuzberg"])
    wished_on: Days = Field(default_factory=list, description="Days that would suit.")
    pictures: Pictures = Field(default_factory=list)


class JobChange(Said):
    """Some of a job that is open. Offers keep the terms on which they were made."""

    title: Name = unsent()
    description: Description | None = None
    kind: KindName = unsent()
    price: Money = unsent()
    price_unit: PriceUnit = unsent()
    place: Name | None = None
    wished_on: Days = unsent()
    pictures: Pictures = unsent()


class JobsWanted(BaseModel):
    """Filters on open jobs, which all must fit."""

    q: Search | None = Field(None, description="Each word begins a word of the title, the place or the description.")
    kind: KindName | None = None
    min_price: _Minor | None = Field(None, description="In minor units of `currency`.")
    max_price: _Minor | None = Field(None, description="In minor units of `currency`.")
    currency: Currency | None = Field(
        None, description="Only jobs in it. Absent: of all, but prices are compared in the store's own."
    )
    price_unit: PriceUnit | None = None
    place: Search | None = Field(None, description="A part of the place.")


class OfferDraft(Said):
    """An offer to do a job."""

    message: Message | None = Field(None, examples=["I have time on Friday."])
    price: Money | None = Field(None, description="In the job's currency. Absent: the job's price.")
    hours: Hours | None = Field(
        None, description="In quarters of an hour. Needed where the job is paid by the hour; elsewhere an estimate."
    )
    expires_at: AwareDatetime | None = Field(
        None, description="Until when it can be accepted, at most a year from now. Null: until it is decided."
    )

    @property
    def quarter_hours(self) -> int | None:
        """Exact: a quarter is a power of two, and nothing else is let in."""
        return None if self.hours is None else int(self.hours * 4)


class OfferView(View):
    """An offer, as the job's owner and its author see it."""

    id: UUID
    job_id: UUID
    status: OfferStatus
    message: str | None
    price: Money
    price_unit: PriceUnit = Field(description="That of the job when the offer was made.")
    hours: float | None
    amount: Sum = Field(description="What it comes to: the price, times the hours where it is for an hour.")
    author: ProfileView
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


class AgreementView(View):
    """What was agreed by accepting an offer. Amounts are in minor units of its currency."""

    offer_id: Annotated[UUID, Field(validation_alias="id")]
    payment_status: Annotated[
        AgreementState,
        Field(validation_alias="state", description="`outside`: no money of it goes through the shop."),
    ]
    amount: Annotated[int, Field(validation_alias="amount_minor", description="What the owner pays.")]
    fee: Annotated[
        int, Field(validation_alias="fee_minor", description="What of it the shop keeps when the work is done.")
    ]
    late_amount: Annotated[
        int,
        Field(
            validation_alias="late_minor",
            description="What is not given back when the owner cancels after `cancel_by`.",
        ),
    ]
    currency: str
    pay_by: datetime | None = Field(description="Unpaid until then, the agreement ends and the job is open again.")
    cancel_by: datetime | None = Field(description="Until then the owner cancels for nothing. Null: always.")
    release_at: datetime | None = Field(description="When paid money goes to the worker by itself.")
    paid_at: datetime | None
    ended_at: datetime | None
    earned: Annotated[int, Field(validation_alias="earned_minor", description="What the worker got in the end.")]
    returned: Annotated[int, Field(validation_alias="returned_minor", description="What the owner was given back.")]


class JobView(View):
    """A job, with the offers that the caller may see, newest first: all for its owner, one's own for others."""

    id: UUID
    title: str
    description: str | None
    kind: str = Field(examples=["dust_up"])
    price: Money
    price_unit: PriceUnit
    place: str | None
    wished_on: list[date]
    pictures: list[str]
    status: JobStatus
    owner: ProfileView
    offers_total: int
    offers: list[OfferView] = Field(description="In lists of jobs the newest 20 of each.")
    agreement: AgreementView | None = Field(
        None, description="What was agreed last, for the job's owner and for whom it was agreed with."
    )
    created_at: datetime
    updated_at: datetime


class MessageDraft(Said):
    """A message to the other side of an offer."""

    text: Message = Field(examples=["Is there a lift?"])


class OfferMessageView(View):
    """What one side of an offer has written to the other."""

    id: UUID
    author: ProfileView
    text: str
    created_at: datetime


class JobNamed(View):
    """The job that something is about."""

    id: UUID
    title: str
