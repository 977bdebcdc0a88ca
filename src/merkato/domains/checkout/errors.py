"""What can go wrong on the way to an order."""

from merkato.kit.errors import Conflict


class NotReady(Conflict):
    """The checkout cannot be completed as it is: something is missing, not sold any more, or it was canceled."""

    code, title = "not-ready", "The checkout is not ready"
    fix = "`messages` say what is missing; PATCH the checkout and complete it again."


class PriceChanged(Conflict):
    """The total is no longer the one that you expected. Nothing was charged."""

    code, title = "price-changed", "The price has changed"
    fix = "Read the checkout, show the buyer the new total, and complete with it as `expected_total`."


class AlreadyCompleted(Conflict):
    """This checkout has become an order."""

    code, title = "already-completed", "This checkout is completed"
    fix = "Read the order that `order_id` names."


class NothingToBuy(Conflict):
    """The cart is empty, and no lines were sent."""

    code, title = "nothing-to-buy", "There is nothing to buy"
    fix = "Put something into the cart, or send `lines`."
