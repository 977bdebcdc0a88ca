"""What of a job crosses the border: to the payment providers, and to those who follow the feed."""

from merkato.domains.hiring.flows.cancelling import cancel, cancel_offer
from merkato.domains.hiring.flows.following import build, follow
from merkato.domains.hiring.flows.paying import carry_on, hear, pay, sweep
from merkato.domains.hiring.flows.paying_out import pay_out

__all__ = ["build", "cancel", "cancel_offer", "carry_on", "follow", "hear", "pay", "pay_out", "sweep"]
