"""What can go wrong with prices."""

from merkato.kit.errors import Conflict


class NotPriced(Conflict):
    """The variant has no price in this currency."""

    code, title = "not-priced", "There is no price in this currency"
    fix = "Ask in a currency in which it is priced, or give it a price in this one."
