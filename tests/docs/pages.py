"""What stands in a Markdown document: links and the places they lead to, tables, and commands of a shell."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from house.source import ROOT

DOCUMENTS: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "bench").rglob("*.md"), *(ROOT / "docs").rglob("*.md")])
_READER: Final = MarkdownIt("commonmark").enable("table")


@cache
def _tokens(document: Path) -> tuple[Token, ...]:
    return tuple(_READER.parse(document.read_text()))


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


def links(document: Path) -> Iterator[str]:
    """Addresses of links and pictures, as they are written."""
    for token in _tokens(document):
        for inner in token.children or ():
            target = inner.attrGet("href") or inner.attrGet("src")
            if target:
                yield str(target)


def anchors(document: Path) -> set[str]:
    """What may stand behind `#`: each heading in lower case without signs; a second one of the same words gets a number."""
    seen: Counter[str] = Counter()
    found = set()
    for token, words in zip(_tokens(document), _tokens(document)[1:], strict=False):
        if token.type == "heading_open":
            plain = "".join(inner.content for inner in words.children or () if inner.type in {"text", "code_inline"})
            slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
            found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
    return found


def tables(document: Path) -> Iterator[list[list[Token]]]:
    """The rows of each table, its head first; a cell is what stands in its line."""
    rows: list[list[Token]] = []
    inside = False
    for token in _tokens(document):
        if token.type in {"th_open", "td_open"}:
            inside = True
        elif token.type == "inline" and inside:
            rows[-1].append(token)
            inside = False
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            yield rows
            rows = []


def fences(document: Path, language: str) -> list[str]:
    """The blocks of code in a language, in order."""
    return [token.content for token in _tokens(document) if token.type == "fence" and token.info.strip() == language]


def code(document: Path) -> list[str]:
    """What stands in a line between backticks."""
    return [
        inner.content for token in _tokens(document) for inner in token.children or () if inner.type == "code_inline"
    ]
