"""What can go wrong with an order."""

from merkato.kit.errors import Conflict


class TooLateToCancel(Conflict):
    """The order has been dispatched, delivered or cancelled already, or your goods are on their way."""

    code, title = "too-late-to-cancel", "It is too late to cancel this order"
    fix = "Ask for a return once it has arrived."


class MoreThanLeft(Conflict):
    """The line `line_id` has fewer pieces left for this than you named: others were refunded, returned or cancelled before."""

    code, title = "more-than-left", "That is more than is left"
    fix = "Name `left` pieces at most."


class NothingToRefund(Conflict):
    """Nothing was paid for these pieces."""

    code, title = "nothing-to-refund", "There is nothing to refund"
    fix = "Refund an `amount` if the customer is to be given money all the same."
