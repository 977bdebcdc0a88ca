"""What can go wrong with an order."""

from merkato.kit.errors import Conflict


class TooLateToCancel(Conflict):
    """The order has been dispatched, delivered or cancelled already, or your goods are on their way."""

    code, title = "too-late-to-cancel", "It is too late to cancel this order"
    fix = "Ask for a return once it has arrived."
