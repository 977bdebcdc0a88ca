"""The words of a text in any script, as PostgreSQL's full-text search takes them.

The texts are taken apart here and not by the database, whose parser depends on its locale and knows no script without spaces. Of those
scripts each character and each pair of neighbours is a word, so that any part of a name is found.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final, Literal

Weight = Literal["A", "B", "C", "D"]
WORD_MAX: Final = 60
WORDS_MAX: Final = 10_000
_UNSPACED: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x9FFF),  # Han
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)


def folded(text: str) -> str:
    """Without case, width and accents, as texts are compared and put in order."""
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(each for each in apart if not "\u0300" <= each <= "\u036f"))


def vector(*parts: tuple[str, Weight]) -> str:
    """The words of the parts, each with its weight, as the text of a `tsvector`."""
    written: list[str] = []
    for text, weight in parts:
        for run, unspaced in _runs(text):
            for word in [*run, *_pairs(run)] if unspaced else [run]:
                written.append(f"'{word}':{len(written) + 1}{weight}")
                if len(written) == WORDS_MAX:
                    return " ".join(written)
    return " ".join(written)


def query(text: str, *, weights: str = "") -> str | None:
    """What finds texts that have a word beginning with each word of this one, as the text of a `tsquery`.

    None if the text has no word at all. `weights` looks only into parts of these weights.
    """
    wanted: list[str] = []
    for run, unspaced in _runs(text):
        wanted += _pairs(run) or [run] if unspaced else [run]
    return " & ".join(f"'{word}':*{weights}" for word in dict.fromkeys(wanted)) or None


def signed_vector(*parts: tuple[str, Weight]) -> str:
    """As `vector`, with each sign of the texts, `%` and `_` among them, as a word of its own."""
    signs = sorted({character for text, _ in parts for character in folded(text) if _is_sign(character)})
    return " ".join([vector(*parts), *map(_quoted, signs)]).strip()


def signed_query(text: str) -> tuple[str | None, list[str]]:
    """As `query`, for signed vectors; and those parts of the text, folded, that have signs and so must be there as they are written.

    None if the text has neither words nor signs.
    """
    signs = dict.fromkeys(filter(_is_sign, folded(text)))
    wanted = [query(text), *map(_quoted, signs)]
    literal = [part for part in folded(text).split() if any(map(_is_sign, part))]
    return " & ".join(filter(None, wanted)) or None, literal


def _is_sign(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "PS" and category != "So"


def _quoted(sign: str) -> str:
    return "'" + sign.replace("\\", "\\\\").replace("'", "''") + "'"


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """Stretches of letters and digits, and whether their script has no spaces. Nothing in them needs quoting."""
    for kind, characters in groupby(folded(text), _kind):
        run = "".join(characters)
        if kind == "symbol":
            yield from ((symbol, False) for symbol in run)
        elif kind != "gap":
            yield (run, True) if kind == "unspaced" else (run[:WORD_MAX], False)


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category == "So":
        return "symbol"
    if category[0] not in "LNM":
        return "gap"
    code = ord(character)
    return "unspaced" if any(first <= code <= last for first, last in _UNSPACED) else "word"


def _pairs(run: Sequence[str]) -> list[str]:
    return [first + second for first, second in pairwise(run)]
