"""What of an order crosses the border to the payment providers."""

from merkato.domains.orders.flows.cancelling import cancel
from merkato.domains.orders.flows.hearing import hear
from merkato.domains.orders.flows.paying import carry_on, pay, sweep, take_money
from merkato.domains.orders.flows.refunding import refund
from merkato.domains.orders.flows.reserving import capture, void

__all__ = ["cancel", "capture", "carry_on", "hear", "pay", "refund", "sweep", "take_money", "void"]
