"""The file that says, line by line, what did not go in and why."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from merkato.domains.imports.models import Fault

_HEADER: Final = ("Line", "Handle", "Field", "Reason")


class Refusals:
    """Written as lines are refused, beside the imported file, or in HOME where that cannot be. Without any there is no file."""

    def __init__(self, imported: Path, home: Path, *, listed: bool = True) -> None:
        name = f"{imported.name}.errors.csv"
        self._places = [imported.with_name(name), home / name]
        self.path: Path | None = None
        self.count = 0
        self._listed = listed
        for place in self._places if listed else ():
            # What an earlier import left would be taken for the outcome of this one.
            _remove(place)

    def add(self, faults: Iterable[Fault]) -> None:
        rows = [(fault.line, *map(_safe, (fault.handle, fault.field, fault.reason))) for fault in faults]
        self.count += len(rows)
        if not rows or not self._listed:
            return
        if self.path is None:
            self.path = self._begun()
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)

    def _begun(self) -> Path:
        beside, otherwise = self._places
        try:
            return _headed(beside)
        except OSError:
            otherwise.parent.mkdir(parents=True, exist_ok=True)
            return _headed(otherwise)


def _headed(path: Path) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerow(_HEADER)
    return path


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _safe(cell: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
