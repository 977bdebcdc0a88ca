"""What can go wrong with a cart."""

from merkato.kit.errors import Conflict


class CartFull(Conflict):
    """A cart has at most 100 lines."""

    code, title = "cart-full", "The cart is full"
    fix = "Order what is in it first, or remove a line."
