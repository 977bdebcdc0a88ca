"""What of a job crosses the border to the payment providers."""

from merkato.domains.hiring.flows.cancelling import cancel, cancel_offer
from merkato.domains.hiring.flows.paying import carry_on, hear, pay, sweep
from merkato.domains.hiring.flows.paying_out import pay_out

__all__ = ["cancel", "cancel_offer", "carry_on", "hear", "pay", "pay_out", "sweep"]
