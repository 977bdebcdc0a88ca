"""The documents as a site: the builder has nothing to say against it, each link leads somewhere, and nothing is loaded from elsewhere."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from docs import pages, site
from house.source import ROOT


@dataclass
class Page(HTMLParser):
    """What matters of a page of the site."""

    ids: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    loads: list[str] = field(default_factory=list)
    first: str = ""
    inside: int = 0
    parts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.first = self.first or (given.get("http-equiv", "") if tag == "meta" else "")
        self.ids |= {given["id"]} if "id" in given else set()
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif tag == "link" and given["rel"] not in {"canonical", "next", "prev"}:
            self.loads.append(given["href"])
        elif "src" in given:
            self.loads.append(given["src"])
        self.inside += tag == "article"
        if self.inside and (tag != "a" or ("href" in given and given.get("class") != "headerlink")):
            self.parts[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "article"


def read(file: Path) -> Page:
    page = Page()
    page.feed(file.read_text())
    return page


def leaves(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else (entry,):
            yield from leaves(value) if isinstance(value, list) else (value,)


def test_every_document_is_in_the_list_once() -> None:
    listed = Counter(leaves(site.navigation()))
    assert listed == Counter(pages.name(document) for document in site.DOCUMENTS)
    assert [next(iter(each)) for each in site.navigation()] == [
        "Merkato",
        "Start",
        "Guides",
        "Reference",
        "Decisions",
        "Changes",
    ]


def test_the_site_is_whole_and_needs_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # One test, because the site is made once for all that is asked of it.
    for variable in site.ADDRESSES.values():
        monkeypatch.delenv(variable, raising=False)
    assert "No issues found" in site.make(tmp_path / "made")
    made = tmp_path / "made" / "site"
    built = {file.relative_to(made): read(file) for file in made.rglob("*.html")}
    assert {page_of(document) for document in site.DOCUMENTS} <= set(built)
    for name, page in built.items():
        links_lead_somewhere(made, name, page, built)
        nothing_is_loaded_from_elsewhere(made, name, page)
    for document in site.DOCUMENTS:
        it_has_the_parts_that_a_forge_shows(document, built[page_of(document)])
    assert not [file for file in made.rglob("*.css") if re.search(r"url\([\"']?(https?:)?//|@import", file.read_text())]
    assert everything_can_be_found(made)


def page_of(document: Path) -> Path:
    """Where a document is in the site."""
    place = document.relative_to(ROOT)
    return place.with_name("index.html") if place.name == "README.md" else place.with_suffix(".html")


def links_lead_somewhere(made: Path, name: Path, page: Page, built: dict[Path, Page]) -> None:
    # The page for what is not there is shown below any address, and so links from the root.
    start = made if name.name == "404.html" else (made / name).parent
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme in {"http", "https", "mailto"}:
            continue
        target = (start / unquote(parts.path.lstrip("/"))).resolve() if parts.path else made / name
        target = target / "index.html" if target.is_dir() else target
        assert target.is_file(), f"{name}: {link}"
        if parts.fragment and target.suffix == ".html":
            assert unquote(parts.fragment) in built[target.relative_to(made)].ids, f"{name}: {link}"


def nothing_is_loaded_from_elsewhere(made: Path, name: Path, page: Page) -> None:
    assert page.first == "Content-Security-Policy", name
    start = made if name.name == "404.html" else (made / name).parent
    for address in page.loads:
        assert not urlsplit(address).netloc, f"{name}: {address}"
        assert (start / urlsplit(address).path.lstrip("/")).is_file(), f"{name}: {address}"


def it_has_the_parts_that_a_forge_shows(document: Path, page: Page) -> None:
    """Two readers of Markdown agree on what is a list, a table, code; where they do not, the document is to be written otherwise."""
    for tag, number in pages.parts(document).items():
        assert page.parts[tag] == number, f"{pages.name(document)}: {number} {tag} on a forge, {page.parts[tag]} here"


def everything_can_be_found(made: Path) -> bool:
    found = {each["location"].partition("#")[0] for each in json.loads((made / "search.json").read_text())["items"]}
    return {str(page_of(document)) for document in site.DOCUMENTS} <= found
