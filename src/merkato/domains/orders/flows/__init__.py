"""What of an order crosses the border to the payment providers."""

from merkato.domains.orders.flows.cancelling import cancel

__all__ = ["cancel"]
