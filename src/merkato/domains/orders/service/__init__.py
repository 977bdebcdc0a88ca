"""What happens to orders, inside the caller's transaction."""

from merkato.domains.orders.service.cancelling import cancel
from merkato.domains.orders.service.charging import ABANDONED, begin, rest, settle
from merkato.domains.orders.service.claiming import claim, claim_placed
from merkato.domains.orders.service.forgetting import forget, give_up_unpaid
from merkato.domains.orders.service.fulfilling import count, note_fulfilment
from merkato.domains.orders.service.history import happened, locked
from merkato.domains.orders.service.later import create, expire, replace, withdraw
from merkato.domains.orders.service.paying import note_payment, note_payment_of
from merkato.domains.orders.service.placing import number, place
from merkato.domains.orders.service.refunding import refund
from merkato.domains.orders.service.reserving import capture, void

__all__ = [
    "ABANDONED",
    "begin",
    "cancel",
    "capture",
    "claim",
    "claim_placed",
    "count",
    "create",
    "expire",
    "forget",
    "give_up_unpaid",
    "happened",
    "locked",
    "note_fulfilment",
    "note_payment",
    "note_payment_of",
    "number",
    "place",
    "refund",
    "replace",
    "rest",
    "settle",
    "void",
    "withdraw",
]
