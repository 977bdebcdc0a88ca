"""What can go wrong with the address book."""

from merkato.kit.errors import Conflict


class AddressBookFull(Conflict):
    """An account keeps at most 50 addresses."""

    code, title = "address-book-full", "The address book is full"
    fix = "Delete an address that is no longer used."
