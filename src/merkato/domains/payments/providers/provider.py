"""What every payment provider can be asked. Each question carries a key of ours: asking twice has one effect."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import AfterValidator

from merkato.domains.payments.errors import NotSupported
from merkato.domains.payments.models import Charge, Outcome, Refunded
from merkato.domains.payments.schemas import PaymentDraft, Report
from merkato.kit.errors import Invalid

PATIENCE: Final = 10.0
"""Seconds that a provider has for one answer, unless the settings say otherwise."""


class Ability(StrEnum):
    """What a provider may be able to do. All can authorise."""

    AMOUNT = "amount"
    """It is told how much; otherwise it knows by itself what is to be paid under a key."""
    LOOK_UP = "look_up"
    """It says what became of a charge, or that it never heard of it; otherwise the charge is asked for again with its key."""
    CAPTURE = "capture"
    """It reserves first and takes later, all or a part; otherwise what is paid is taken at once."""
    VOID = "void"
    """It closes a charge for ever; otherwise money may come late."""
    REFUND = "refund"
    EVENTS = "events"
    """It tells us by signed requests that something has happened."""


class Provider(ABC):
    """A payment provider. What asks the company may raise ProviderUnreachable: then it is not known whether it happened.

    A provider overrides what it `can`, and nobody asks it for anything else: the flows look first.
    """

    name: ClassVar[str]
    can: frozenset[Ability]
    patience: float = PATIENCE

    @abstractmethod
    def accepts(self, token: str) -> bool:
        """Whether a token can be one of this provider's."""

    @abstractmethod
    async def authorise(self, charge: Charge) -> Outcome:
        """Reserve the money. The same key again gives the first outcome, and never reserves twice."""

    async def find(self, charge: Charge) -> Outcome | None:  # noqa: ARG002 - for those who can.
        """What became of a charge; None if the provider has never heard of it."""
        raise self._cannot(Ability.LOOK_UP)

    async def capture(self, charge: Charge, amount: int) -> Outcome:  # noqa: ARG002 - for those who can.
        """Take authorised money, and let the rest go. Again: the first outcome."""
        raise self._cannot(Ability.CAPTURE)

    async def void(self, charge: Charge) -> Outcome:  # noqa: ARG002 - for those who can.
        """Let authorised money go. An unknown key is closed, so that a late authorisation under it is refused.

        The outcome is `captured` if it was too late for that, and `pending` if it is too early.
        """
        raise self._cannot(Ability.VOID)

    async def refund(self, charge: Charge, refund_key: UUID, amount: int) -> Refunded:  # noqa: ARG002 - for those who can.
        """Give captured money back, once per `refund_key`, and never more than was captured."""
        raise self._cannot(Ability.REFUND)

    def read(self, headers: Mapping[str, str], body: bytes) -> Report:  # noqa: ARG002 - for those who can.
        """Verify an event over its raw body. Raises BadSignature."""
        raise self._cannot(Ability.EVENTS)

    def _cannot(self, ability: Ability) -> NotSupported:
        return NotSupported(f"The provider {self.name} cannot do this: {ability}.")


def _tidy(said: str) -> str:
    """Words of another company, as our tables can hold them."""
    return said.replace("\x00", "").encode("utf-8", "replace").decode()[:1000]


Remark = Annotated[str, AfterValidator(_tidy)]
"""What a provider says for people."""
Code = Annotated[str, AfterValidator(lambda said: _tidy(said)[:64])]
"""What a provider says for programs."""


def key_of(said: object) -> UUID | None:
    """The key that an event names, if it is one of ours at all."""
    try:
        return UUID(str(said))
    except ValueError:
        return None


Providers = Mapping[str, Provider]
"""The store's providers, by name."""


def chosen(providers: Providers, draft: PaymentDraft | None) -> PaymentDraft:
    """How the buyer pays, for something that costs money. Raises Invalid for a payment that no provider takes, and for none."""
    if draft is None:
        raise Invalid.field("/payment", "missing", "is needed: there is something to pay")
    provider = providers.get(draft.provider)
    if provider is None:
        raise Invalid.field("/payment/provider", "unknown", "is one of: " + ", ".join(sorted(providers)))
    if not provider.accepts(draft.token):
        raise Invalid.field("/payment/token", "unknown", f"is no token of {draft.provider}")
    return draft


def demand(providers: Providers, name: str, ability: Ability) -> None:
    """Refuse what a provider cannot do, before anything is decided. Raises NotSupported; one that is not there now may be able to later."""
    if name in providers and ability not in providers[name].can:
        raise NotSupported(f"The provider {name} cannot do this: {ability}.")
