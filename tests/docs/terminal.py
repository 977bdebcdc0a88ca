"""Pictures of a terminal: what the program prints, as SVG that needs no font and nothing else from elsewhere."""

import html
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from docs import pages
from house.source import ROOT
from merkato.cli import greeting
from merkato.settings import Settings
from merkato.transfer.demo.loader import SHOPPER, STAFF, Login, Logins

FOLDER: Final = ROOT / "docs" / "pictures"
FIRST_START: Final = FOLDER / "make-run.svg"
FIVE_REQUESTS: Final = FOLDER / "five-requests.svg"
SERVER: Final = "http://127.0.0.1:8000"
HOME: Final = Path("/srv/merkato/.merkato")
LOGINS: Final = Logins(Login(SHOPPER, "OeVzt8F3nwV3k4C9"), Login(STAFF, "FQuqY5CiuaXSKfzW"))
"""Passwords are made anew for each shop; these are of none."""
_THEME: Final = TerminalTheme(
    (29, 37, 33),
    (232, 236, 233),
    [
        (29, 37, 33),
        (240, 113, 120),
        (127, 209, 185),
        (242, 184, 75),
        (130, 170, 255),
        (199, 146, 234),
        (137, 221, 255),
        (232, 236, 233),
    ],
    [(138, 152, 144)],
)
_FORMAT: Final = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px;
line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own form asks another server for its font."""


def first_start() -> str:
    """What `make run` prints."""
    settings = Settings(_env_file=None, database_url=None, home=HOME)
    told = greeting.greeting(settings, LOGINS, greeting.presets(settings, at_a_terminal=True), SERVER)
    return drawn("first-start", f"{_typed('make run')}\n{told}")


def steps() -> list[str]:
    """The requests of README: the first lines, and each that begins with its number."""
    [block] = [each for each in pages.fences(ROOT / "README.md", "sh") if "# 1. " in each]
    return re.split(r"\n(?=# \d\. )", block)


def five_requests(answers: Sequence[str]) -> str:
    """The requests of README, each with what it answered."""
    parts = [_typed(steps()[0].strip())]
    for step, answer in zip(steps()[1:], answers, strict=True):
        parts.append(f"{_typed(step.strip())}\n{typer.style(answer.strip(), fg='green')}")
    return drawn("five-requests", "\n\n".join(parts))


def _typed(commands: str) -> str:
    """As it looks when it was typed: comments are quiet, and what goes on from the line before has no prompt."""
    return "\n".join(_prompted(line) for line in commands.splitlines())


def _prompted(line: str) -> str:
    if line.startswith("#"):
        return typer.style(line, fg="bright_black")
    return f"{typer.style('$', fg='yellow', bold=True)} {line}" if re.match(r"\w", line) else line


def drawn(name: str, ansi: str) -> str:
    text = Text.from_ansi(ansi)
    width = max(len(line) for line in text.plain.splitlines()) + 2
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(text, no_wrap=True, overflow="ignore", crop=False)
    return console.export_svg(title="Merkato", theme=_THEME, code_format=_FORMAT, unique_id=name)


CELL: Final = 12.2
"""How wide a letter of Rich's is."""


def shown(picture: Path) -> list[str]:
    """The lines that stand in a picture."""
    lines: dict[float, str] = {}
    for x, y, words in _words(picture.read_text()):
        before = lines.get(y, "")
        lines[y] = before + " " * (round(x / CELL) - len(before)) + words
    return [line.rstrip() for _, line in sorted(lines.items())]


def _words(svg: str) -> Iterator[tuple[float, float, str]]:
    for x, y, words in re.findall(r'<text class="[^"]*-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', svg):
        yield float(x), float(y), html.unescape(words).replace("\N{NO-BREAK SPACE}", " ").rstrip("\n")
