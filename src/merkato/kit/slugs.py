"""Slugs: the readable part of an address, in whatever script the name is written."""

import re
import unicodedata
from typing import Final

LENGTH_MAX: Final = 100
_GAPS: Final = re.compile(r"-{2,}")
_LATIN: Final = dict(zip("æøłđðþœıß'’", ("ae", "o", "l", "d", "d", "th", "oe", "i", "ss", "", ""), strict=True))  # noqa: RUF001


def slug(name: str, fallback: str = "item") -> str:
    """A name as a slug: letters and digits of any script, lower case, joined by hyphens. Never empty."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).lower())
    joined = unicodedata.normalize("NFC", "".join(_kept(character) for character in folded))
    return _GAPS.sub("-", joined).strip("-")[:LENGTH_MAX].strip("-") or fallback


def numbered(base: str, number: int) -> str:
    """The n-th try when a slug is taken: `mug`, `mug-2`, `mug-3`."""
    return base if number == 1 else f"{base[: LENGTH_MAX - 6]}-{number}"


def _kept(character: str) -> str:
    if character in _LATIN:
        return _LATIN[character]
    if "\u0300" <= character <= "\u036f":
        return ""  # An accent that no letter has taken up.
    base = unicodedata.normalize("NFD", character)[0]
    if base.isascii():
        # Accents are dropped from Latin letters only; other scripts need their marks.
        return base if base.isalnum() else "-"
    return character if character.isalnum() or unicodedata.category(character).startswith("M") else "-"
