"""What can go wrong with the books."""


class BookedOtherwise(Exception):  # noqa: N818 - a fault of ours, and nothing that a client can mend.
    """The same cause was booked before with other figures. Whoever books has made a mistake: nothing is overwritten."""
