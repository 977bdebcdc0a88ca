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
_PARTS: Final = {"h1", "h2", "h3", "h4", "ul", "ol", "li", "table", "tr", "td", "th", "blockquote"}
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


def title(document: Path) -> str:
    """The words of its first heading."""
    tokens = _tokens(document)
    first = next(place for place, token in enumerate(tokens) if token.type == "heading_open")
    return _plain(tokens[first + 1])


def outline(document: Path) -> Iterator[tuple[int, str, str | None]]:
    """Headings below the title, by their level, and what the lists below them link to: words and address."""
    level, items = 0, 0
    for token, before in zip(_tokens(document)[1:], _tokens(document), strict=False):
        items += token.type == "list_item_open"
        items -= token.type == "list_item_close"
        if before.type == "heading_open":
            level = int(before.tag[1:])
            if level > 1:
                yield level, _plain(token), None
        elif token.type == "inline" and items:
            link = next(inner for inner in token.children or () if inner.type == "link_open")
            yield level, _plain(token), str(link.attrGet("href"))


def _plain(words: Token) -> str:
    return "".join(inner.content for inner in words.children or () if inner.type in {"text", "code_inline"})


def images(document: Path) -> Iterator[tuple[str, str]]:
    """Addresses of pictures, and what is said to whoever cannot see them."""
    for token in _tokens(document):
        for inner in token.children or ():
            if inner.type == "image":
                yield str(inner.attrGet("src")), inner.content


def anchors(document: Path) -> set[str]:
    """What may stand behind `#`: each heading in lower case without signs; a second one of the same words gets a number."""
    seen: Counter[str] = Counter()
    found = set()
    for token, words in zip(_tokens(document), _tokens(document)[1:], strict=False):
        if token.type == "heading_open":
            slug = re.sub(r"[^\w\- ]", "", _plain(words).lower()).replace(" ", "-")
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


def parts(document: Path) -> Counter[str]:
    """How many there are of what is neither a word nor a line."""
    counted = Counter(token.tag for token in _tokens(document) if token.nesting == 1 and token.tag in _PARTS)
    inner = [each for token in _tokens(document) for each in token.children or ()]
    counted["a"] = sum(each.type == "link_open" for each in inner)
    counted["img"] = sum(each.type == "image" for each in inner)
    counted["pre"] = sum(token.type in {"fence", "code_block"} for token in _tokens(document))
    return counted


def fences(document: Path, language: str) -> list[str]:
    """The blocks of code in a language, in order."""
    return [token.content for token in _tokens(document) if token.type == "fence" and token.info.strip() == language]


def code(document: Path) -> list[str]:
    """What stands in a line between backticks."""
    return [
        inner.content for token in _tokens(document) for inner in token.children or () if inner.type == "code_inline"
    ]
