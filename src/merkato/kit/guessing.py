"""Whether guessing would begin with a password: the common ones, with the tails and spellings that everybody thinks of."""

import re
from pathlib import Path
from typing import Final

WORDS: Final = frozenset(
    word
    for line in Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
TAIL_MAX: Final = 6
"""How many digits and signs around a common word make it no better: `Summer2024!` is `summer`."""
_ROWS: Final = tuple(
    row[::step]
    for row in (
        "01234567890123456789",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop[]",
        "asdfghjkl;'",
        "zxcvbnm,./",
        "qwertyuiopasdfghjklzxcvbnm",
        "qwertzuiopasdfghjklyxcvbnm",
        "azertyuiopqsdfghjklmwxcvbn",
        "1234567890qwertyuiop",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
        "q1w2e3r4t5y6u7i8o9p0",
        "1q2w3e4r5t6y7u8i9o0p",
        "a1b2c3d4e5f6g7h8i9j0",
        "!@#$%^&*()_+",
    )
    for step in (1, -1)
)
_SIGNS: Final = str.maketrans("@4831!05$7", "aab" + "eiio" + "sst")
_ENDS: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")


def guessable(password: str, *own: str) -> bool:
    """Whether it is a common word or one of its owner's `own`, with a short tail or signs for letters, a row of keys, or a repetition."""
    said = password.casefold()
    # A text that is found in its own double, but for the ends, repeats itself.
    if said in (said + said)[1:-1] or any(said in row for row in _ROWS):
        return True
    known = WORDS | {_letters(word.casefold()) for word in own} - {""}
    return said in WORDS or any(len(said) - len(core) <= TAIL_MAX and core in known for core in _cores(said))


def _cores(said: str) -> set[str]:
    """The word that a password may have been made from."""
    bare = _ENDS.sub("", said)
    return {_letters(said), _letters(bare.translate(_SIGNS)), _letters(said.translate(_SIGNS))}


def _letters(said: str) -> str:
    return _NO_LETTERS.sub("", said)
