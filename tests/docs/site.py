"""Makes a site of the documents: `make site`, or in `tests/` `python -m docs.site`.

The documents stay as a forge shows them. They are laid out as they lie in the repository, together with the files that they link to, so that
every link between them leads to the same place in both. The navigation is the list in `docs/README.md`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import yaml
from rich.text import Text

from docs import pages
from house.source import ROOT, SRC

BUILT: Final = ROOT / "build" / "documents"
SETUP: Final = ROOT / "docs" / "site"
CONTENTS: Final = ROOT / "docs" / "README.md"
DOCUMENTS: Final = [
    *(ROOT / f"{name}.md" for name in ("README", "ARCHITECTURE", "CHANGELOG", "CONTRIBUTING", "SECURITY")),
    *(each for each in pages.DOCUMENTS if each.is_relative_to(ROOT / "docs")),
]
ADDRESSES: Final = {"site_url": "SITE_URL", "repo_url": "REPO_URL"}
"""Where the site and the repository are, if the environment says so."""


def make(folder: Path) -> str:
    """Build the site in `folder / "site"`, and what the builder says. A warning ends it."""
    lay_out(folder)
    built = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "--config-file", "mkdocs.yml"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = Text.from_ansi(built.stdout).plain
    if built.returncode:
        sys.exit(said)
    return said


def lay_out(folder: Path) -> None:
    """Everything that the builder reads."""
    shutil.rmtree(folder, ignore_errors=True)
    laid = folder / "pages"
    for document in DOCUMENTS:
        _put(laid / document.relative_to(ROOT), readable(document))
        for target in {*linked(document)} - {*DOCUMENTS}:
            bring(target, laid)
    _copy(SRC / "web" / "static" / "favicon.svg", laid / "assets" / "merkato.svg")
    _copy(SETUP / "site.css", laid / "assets" / "site.css")
    _copy(SETUP / "main.html", folder / "theme" / "main.html")
    told = {name: os.environ[variable] for name, variable in ADDRESSES.items() if os.environ.get(variable)}
    added = {"nav": navigation(), **told}
    _put(folder / "mkdocs.yml", (SETUP / "site.yml").read_text() + yaml.safe_dump(added, sort_keys=False))


def bring(target: Path, laid: Path) -> None:
    """What is linked to and is no document: a file, or a folder with its files and, if it has no page of its own, one that lists them."""
    files = list(filter(Path.is_file, target.iterdir())) if target.is_dir() else [target]
    for each in files:
        if each not in DOCUMENTS:
            _copy(each, laid / visible(str(each.relative_to(ROOT))))
    if target.is_dir() and target / "README.md" not in files:
        _put(laid / target.relative_to(ROOT) / "README.md", contents(target))


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def _copy(source: Path, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, file)


def linked(document: Path) -> Iterator[Path]:
    """Files and folders of the repository to which a document links."""
    return (target for _, target in _leading_to(document))


def _leading_to(document: Path) -> Iterator[tuple[str, Path]]:
    for link in pages.links(document):
        path = unquote(link.partition("#")[0])
        if path and not re.match(r"\w+:", path):
            yield link, (document.parent / path).resolve()


def readable(document: Path) -> str:
    """A document for the site: a link to a folder leads to the page that lists what is in it."""
    text = document.read_text()
    for link, target in _leading_to(document):
        text = text.replace(f"]({link})", f"]({visible(link.rstrip('/') + '/README.md' if target.is_dir() else link)})")
    return text


def visible(path: str) -> str:
    """A path without names that begin with a dot: those are left out of sites."""
    return re.sub(r"(^|/)\.(?=\w)", r"\1", path)


def contents(folder: Path) -> str:
    """A page for a folder that has none: its documents, or its files."""
    files = sorted(filter(Path.is_file, folder.iterdir()))
    lines = [f"- [{pages.title(each) if each.suffix == '.md' else each.name}]({each.name})" for each in files]
    return "\n".join([f"# {folder.name.capitalize()}", "", *lines, ""])


def navigation() -> list[Any]:
    """What `docs/README.md` lists, below its headings, after the front page and that list itself."""
    listed: list[Any] = [{"Merkato": ["README.md", {"All documents": str(CONTENTS.relative_to(ROOT))}]}]
    places: dict[int, list[Any]] = {1: listed}
    for level, name, target in pages.outline(CONTENTS):
        if target is None:
            places = {above: items for above, items in places.items() if above < level} | {level: []}
            places[level - 1].append({name: places[level]})
            continue
        here = places[level]
        path = (CONTENTS.parent / target).resolve()
        if path.is_dir():
            here.extend(str(each.relative_to(ROOT)) for each in sorted(path.glob("*.md")))
        else:
            here.append({name: str(path.relative_to(ROOT))})
    return listed


if __name__ == "__main__":
    make(BUILT)
