"""What payments announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from merkato.kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentReported(Event):
    """A provider says that something has become of a payment. What that is, it is asked."""

    name: ClassVar[str] = "payment.reported"
    public: ClassVar[bool] = False
    attempt_id: UUID
    payable_id: UUID
    """The checkout, order or agreement on work that it pays for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentChanged(Event):
    """Reserved money was taken or let go, or taken money was given back."""

    name: ClassVar[str] = "payment.changed"
    public: ClassVar[bool] = False
    payable_id: UUID
    """The checkout, order or agreement on work that it pays for."""
