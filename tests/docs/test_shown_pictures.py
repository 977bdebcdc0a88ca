"""The pictures are shown somewhere, in words too for who cannot see them, and what they show is so."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from docs import pages, terminal
from house.source import ROOT

PICTURES = sorted(each for each in terminal.FOLDER.iterdir() if each.suffix in {".png", ".svg"})
EACH = pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
BYTES_MAX = 200_000
SHOWN_WIDTH = 960


def shown() -> Iterator[tuple[Path, str]]:
    for document in pages.DOCUMENTS:
        for address, words in pages.images(document):
            yield (document.parent / address).resolve(), words


@EACH
def test_each_is_shown_with_words_for_who_cannot_see_it(picture: Path) -> None:
    said = [words for path, words in shown() if path == picture]
    assert said, "No document shows it."
    assert all(len(words) > 20 for words in said)


@EACH
def test_each_is_light_and_sharp(picture: Path) -> None:
    assert picture.stat().st_size < BYTES_MAX
    if picture.suffix == ".png":
        with Image.open(picture) as opened:
            assert opened.width > 1.5 * SHOWN_WIDTH


@EACH
def test_drawings_need_nothing_from_elsewhere(picture: Path) -> None:
    if picture.suffix == ".svg":
        text = picture.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "").replace(terminal.SERVER, "")
        assert not re.search(r"//|url\((?!#)|<script|@import", text)


def test_nothing_else_lies_there() -> None:
    assert set(PICTURES) == set(terminal.FOLDER.iterdir())


def test_the_first_start_is_as_the_program_prints_it() -> None:
    assert terminal.FIRST_START.read_text() == terminal.first_start(), "Take it anew with `make pictures`."


def test_the_five_requests_are_those_of_the_readme() -> None:
    typed = [line.removeprefix("$ ").rstrip() for line in terminal.shown(terminal.FIVE_REQUESTS)]
    written = [line for step in terminal.steps() for line in step.splitlines() if line]
    # Between them stand the answers: one word each, and the order.
    assert [line for line in typed if line in set(written)] == written, "Take it anew with `make pictures`."
    answered = Counter(len(line.split()) for line in typed if line not in set(written))
    assert answered[1] >= len(terminal.steps()) - 1


def test_the_readme_shows_pictures_before_it_explains() -> None:
    first = next(pages.images(ROOT / "README.md"))[0]
    assert first == "docs/pictures/make-run.svg"
