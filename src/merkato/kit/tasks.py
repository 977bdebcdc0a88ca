"""Background tasks: how patiently each is tried again."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a task is tried in all, and the seconds to wait: `first`, then twice as long each time, at most `longest`."""

    tries: int
    first: float
    longest: float


USUAL: Final = Patience(tries=15, first=2, longest=3600)
"""About nine hours in all; then it is dead, and listed for staff."""


class Hopeless(Exception):  # noqa: N818 - named for what it is.
    """Trying this task again cannot help: it is dead at once, and listed for staff."""
