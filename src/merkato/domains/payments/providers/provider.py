"""What every payment provider can be asked. Each question carries a key of ours: asking twice has one effect."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from merkato.domains.payments.models import Charge, Outcome
from merkato.domains.payments.schemas import PaymentDraft
from merkato.kit.errors import Invalid


class Provider(ABC):
    """A payment provider. Every method may raise ProviderUnreachable: then it is not known whether it happened."""

    name: ClassVar[str]

    @abstractmethod
    def accepts(self, token: str) -> bool:
        """Whether a token can be one of this provider's."""

    @abstractmethod
    async def authorise(self, charge: Charge) -> Outcome:
        """Reserve the money. The same key again gives the first outcome, and never reserves twice."""

    @abstractmethod
    async def find(self, key: UUID) -> Outcome | None:
        """What became of a charge; None if the provider has never heard of it."""

    @abstractmethod
    async def capture(self, key: UUID, amount: int) -> Outcome:
        """Take authorised money. Again: the first outcome."""

    @abstractmethod
    async def void(self, key: UUID) -> Outcome:
        """Let authorised money go. An unknown key is closed, so that a late authorisation under it is refused.

        The outcome is `captured` if it was too late for that, otherwise `voided` or `declined`.
        """

    @abstractmethod
    async def refund(self, key: UUID, refund_key: UUID, amount: int) -> bool:
        """Give captured money back, once per `refund_key`. False if the provider refuses."""


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
