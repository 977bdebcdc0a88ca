"""What can go wrong with stock."""

from merkato.kit.errors import Conflict


class OutOfStock(Conflict):
    """There is not enough of it. `variants` says of each short one how many were asked for and how many there are."""

    code, title = "out-of-stock", "Not enough in stock"
    fix = "Take fewer, or come back later."
    constraints = ("ck_inventory_stock_covered",)


class BelowReserved(Conflict):
    """The stock would be less than what is held and promised already."""

    code, title = "below-reserved", "Less than is reserved"
    fix = "Cancel orders first, or wait until holds have run out."


class NotTracked(Conflict):
    """The stock of this variant is not counted."""

    code, title = "not-tracked", "This stock is not tracked"
    fix = "Set the variant's `track_stock` to true first."
