"""The colours of the demo pictures, and which of them a product wears."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Choice = TypeVar("Choice")

# What things are made of keeps its own colour in every palette.
BARK = "#8A5A3B"
BERRY = "#B23A5B"
CHOCOLATE = "#5B3726"
CLAY = "#C9704A"
COFFEE = "#6B4328"
CREAM = "#FFF6E6"
CREMA = "#C8905F"
CRUMB = "#F4DCAB"
CRUST = "#D9994D"
GLASS = "#F2F8F5"
HONEY = "#E5A233"
INK = "#332C3F"
IRON = "#454A57"
LEAF = "#6A9A62"
LEMON = "#F5D152"
MINT = "#8FBF8A"
MOSS = "#44704F"
OLIVE = "#8C9444"
STEEL = "#B4BEC5"
TOMATO = "#D8543F"
WOOD = "#CB9A68"

# Wall, halo, main, second, accent: the first two stay pale, so that the other three stand out on them.
PALETTES = (
    ("#F5ECDF", "#EAD8C0", "#C8553D", "#2F6266", "#F0B34A"),
    ("#E6F0E9", "#CBE1D5", "#E07A5F", "#3D4A6B", "#F2C57C"),
    ("#E4EDF4", "#C9DCEA", "#F0975A", "#2B4C5E", "#E4664A"),
    ("#FAE8E3", "#F3CFC6", "#5B8E7D", "#B9484F", "#F3D36B"),
    ("#FBF1D6", "#F5E0A9", "#3E70A6", "#D1495B", "#E58F3C"),
    ("#EEE8F4", "#DACFE9", "#7A6390", "#E0696C", "#EBB18C"),
    ("#ECEFE1", "#D5DDC2", "#BF7030", "#5F6E3C", "#E3B062"),
    ("#E5F1F1", "#C6E1E1", "#CF4B5C", "#1F7A8C", "#EDB04C"),
    ("#F7EDE6", "#ECD8CB", "#4A7FA0", "#27415F", "#E2694F"),
    ("#FDEBDC", "#F9D5B7", "#2F9A8D", "#2C4A57", "#E8BE5C"),
)


@dataclass(frozen=True, slots=True)
class Look:
    wall: str
    halo: str
    main: str
    second: str
    accent: str
    digest: bytes

    def choose(self, what: str, options: Sequence[Choice]) -> Choice:
        """One of the options, for good: the same handle is given the same answer to the same question."""
        number = hashlib.sha256(what.encode() + self.digest).digest()
        return options[int.from_bytes(number[:4]) % len(options)]


def look_of(handle: str) -> Look:
    digest = hashlib.sha256(handle.encode()).digest()
    return Look(*PALETTES[int.from_bytes(digest[:4]) % len(PALETTES)], digest)
