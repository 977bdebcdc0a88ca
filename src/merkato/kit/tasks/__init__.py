"""Background tasks: what must still happen when the process that began it is gone.

Procrastinate's tables keep them (`queue`); `relay` makes them of events, `runner` does them, `listing` shows them to staff.
"""

import random
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a task is tried in all, and the seconds to wait: `first`, then twice as long each time, at most `longest`."""

    tries: int
    first: float
    longest: float

    def wait(self, tried: int) -> float | None:
        """The seconds until the next try after so many, with jitter; None when it was the last."""
        if tried >= self.tries:
            return None
        # A bounded exponent: nobody's patience is longer, and no number too large.
        wait = min(self.first * 2.0 ** min(tried - 1, 30), self.longest)
        return wait * random.uniform(0.75, 1.25)  # noqa: S311 - jitter is no secret.


USUAL: Final = Patience(tries=20, first=2, longest=3600)
"""About nine hours in all; then it is dead, and listed for staff."""


class NotYet(Exception):  # noqa: N818 - named for what it is.
    """What this task needs is not there yet, and nobody is at fault: it is tried again, and no traceback is logged."""


class Hopeless(Exception):  # noqa: N818 - named for what it is.
    """Trying this task again cannot help: it is dead at once, and listed for staff with this message, which must hold no secret."""
