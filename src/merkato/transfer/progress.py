"""How far a long import has come: a bar on a terminal, a plain line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

Report = Callable[[int, int, int], None]
"""Told after each batch: bytes read, bytes in all, products done in this run."""

EVERY: Final = 5.0
"""Seconds between two plain lines."""


def silent(_read: int, _total: int, _done: int) -> None:
    """For those who watch nothing."""


@contextmanager
def shown(stream: TextIO) -> Iterator[Report]:
    """Reports to the stream, drawing only if it is a terminal."""
    if not stream.isatty():
        yield _lines(stream)
        return
    columns = (
        TextColumn("{task.fields[products]:,} products"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[rate]:,.0f} a second "),
        TimeRemainingColumn(compact=True),
        TextColumn("left"),
    )
    began = time.monotonic()
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("", total=None, products=0, rate=0.0)

        def report(read: int, total: int, done: int) -> None:
            bar.update(task, completed=read, total=total, products=done, rate=_rate(done, began))

        yield report


def _lines(stream: TextIO) -> Report:
    began = last = time.monotonic()
    before: int | None = None

    def report(read: int, total: int, done: int) -> None:
        nonlocal last, before
        before = read if before is None else before
        now = time.monotonic()
        if now - last < EVERY:
            return
        last = now
        # What an earlier run had done already was read at once, and says nothing about the time that is left.
        left = (now - began) * (total - read) / max(read - before, 1)
        share = 100 * read // max(total, 1)
        stream.write(f"{done:,} products, {share} %, {_rate(done, began):,.0f} a second, {left:,.0f} s left\n")
        stream.flush()

    return report


def _rate(done: int, began: float) -> float:
    return done / max(time.monotonic() - began, 0.001)
