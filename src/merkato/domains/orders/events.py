"""What orders announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from merkato.kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderCreated(Event):
    """An order to be paid later exists, and its stock is held. It is placed once it is paid."""

    name: ClassVar[str] = "order.created"
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderChanged(Event):
    """The lines of an order that is still to be paid were replaced."""

    name: ClassVar[str] = "order.changed"
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderPlaced(Event):
    """An order exists: its money is authorised (or none is needed) and its stock is allocated."""

    name: ClassVar[str] = "order.placed"
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderPaid(Event):
    """All of an order's money was captured."""

    name: ClassVar[str] = "order.paid"
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderCancelled(Event):
    """An order was cancelled; its stock is free again and its money is being given back."""

    name: ClassVar[str] = "order.cancelled"
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRefunded(Event):
    """Money of an order was given back: all or some of it, once for each time."""

    name: ClassVar[str] = "order.refunded"
    order_id: UUID
    refund_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderClaimed(Event):
    """A guest's order now belongs to the account whose owner has shown that the order's e-mail address is theirs."""

    name: ClassVar[str] = "order.claimed"
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderAnonymised(Event):
    """Its buyer was erased: name and addresses are gone from an order, and are to go wherever they were told to."""

    name: ClassVar[str] = "order.anonymised"
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderDispatched(Event):
    """All of an order's goods have left."""

    name: ClassVar[str] = "order.dispatched"
    order_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderDelivered(Event):
    """All of an order's goods have arrived; digital ones do so at once."""

    name: ClassVar[str] = "order.delivered"
    order_id: UUID
