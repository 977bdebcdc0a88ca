"""State machines: a dict from each state to those that may come after it, and the step from one to the next."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)


def step(machine: Mapping[State, frozenset[State]], present: str, after: State) -> str:
    """The state after it, as it is stored. Raises ValueError for a step that the machine does not have."""
    if after not in machine[type(after)(present)]:
        raise ValueError(f"{type(after).__name__} does not go from {present} to {after}.")
    return after.value
