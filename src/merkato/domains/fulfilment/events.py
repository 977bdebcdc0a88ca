"""What fulfilment announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from merkato.kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class FulfilmentDispatched(Event):
    """One parcel, or what the kitchen made, has left. `order.dispatched` follows when it was the last of the order."""

    name: ClassVar[str] = "fulfilment.dispatched"
    fulfilment_id: UUID
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class KitchenDelayed(Event):
    """The kitchen did not take an order's ticket at the first try. The money is safe, and the kitchen is asked until it answers."""

    name: ClassVar[str] = "kitchen.delayed"
    ticket_id: UUID
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class KitchenCancelled(Event):
    """The kitchen will not make what was ordered. Staff fulfil it otherwise, or cancel the order."""

    name: ClassVar[str] = "kitchen.cancelled"
    ticket_id: UUID
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnRequested(Event):
    """A buyer wants to send goods back."""

    name: ClassVar[str] = "return.requested"
    return_id: UUID
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnApproved(Event):
    """The goods may be sent back."""

    name: ClassVar[str] = "return.approved"
    return_id: UUID
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnRejected(Event):
    """The goods may not be sent back, or what came was refused."""

    name: ClassVar[str] = "return.rejected"
    return_id: UUID
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnReceived(Event):
    """The goods are back; their money is being given back."""

    name: ClassVar[str] = "return.received"
    return_id: UUID
    order_id: UUID
