"""What can go wrong between an order and its buyer's hands."""

from merkato.kit.errors import Conflict


class NotFulfillable(Conflict):
    """Only an order that is placed and not cancelled can be fulfilled: one to be paid later is placed when its money comes."""

    code, title = "not-fulfillable", "This order cannot be fulfilled now"
    fix = "Read the order's `status`; wait until it is paid, or leave it if it is cancelled."


class NotInThisState(Conflict):
    """A fulfilment or return goes one way: what was cancelled, rejected or done before is not done again. `state` says where it stands."""

    code, title = "not-in-this-state", "It is too late or too early for this"
    fix = "Read it again; somebody else may have been faster."


class KitchenTrouble(Exception):  # noqa: N818 - no problem of the client's.
    """The kitchen did not answer, or not with an answer. `reason` is a sentence for staff.

    Unless `nothing_done`, what was asked may have happened or not.
    """

    def __init__(self, reason: str, *, nothing_done: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.nothing_done = nothing_done
