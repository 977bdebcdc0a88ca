"""What can go wrong with a cart and a wishlist."""

from merkato.kit.errors import Conflict


class CartFull(Conflict):
    """A cart has at most 100 lines."""

    code, title = "cart-full", "The cart is full"
    fix = "Order what is in it first, or remove a line."


class WishlistFull(Conflict):
    """A wishlist has at most 200 products."""

    code, title = "wishlist-full", "The wishlist is full"
    fix = "Remove a product first."
