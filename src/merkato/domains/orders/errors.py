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


class NoLongerOpen(Conflict):
    """The order is not open any more: it was placed, deleted or cancelled, or its time to be paid is over."""

    code, title = "no-longer-open", "This order is no longer open"
    fix = "Read the order; make a new one if you still want what was in it."


class TooManyUnpaidOrders(Conflict):
    """An account may have only a few orders open that are still to be paid, because each keeps stock from others."""

    code, title = "too-many-unpaid-orders", "Too many orders are unpaid"
    fix = "Pay for an open order or delete it, then order again."


class CaptureRefused(Conflict):
    """The payment provider does not give the reserved money: the reservation has expired, or the bank has let it go."""

    code, title = "capture-refused", "The money could not be taken"
    fix = "Let the customer pay for the order again, or cancel it."
