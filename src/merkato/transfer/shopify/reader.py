"""A product file, read line by line: consecutive lines of one handle make one record."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from merkato.transfer.shopify.columns import Columns, columns_of
from merkato.transfer.shopify.failure import Unreadable

CELL_MAX: Final = 1_000_000
"""Characters of one cell. More means that a quotation mark was never closed."""
LINES_MAX: Final = 2_500
"""Lines of one handle that are kept: a product has no more variants and pictures, and memory has an end."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number as an editor shows it, and its cells that are not empty."""

    number: int
    cells: dict[str, str]

    def get(self, name: str) -> str:
        return self.cells.get(name, "")


@dataclass(slots=True)
class Record:
    """What the file says of one product in one place. `dropped` counts lines beyond the limit."""

    handle: str
    lines: list[Line] = field(default_factory=list)
    dropped: int = 0


@dataclass(slots=True)
class ProductFile:
    """An open file: its columns are known, its records are read as they are asked for."""

    columns: Columns
    size: int
    _rows: Iterator[Line]
    _raw: BinaryIO

    def __iter__(self) -> Iterator[Record]:
        record: Record | None = None
        for line in self._rows:
            handle = line.get("Handle")
            # Without a handle nothing ties two lines together.
            if record is None or handle != record.handle or not handle:
                if record is not None:
                    yield record
                record = Record(handle)
            if len(record.lines) < LINES_MAX:
                record.lines.append(line)
            else:
                record.dropped += 1
        if record is not None:
            yield record

    def read(self) -> int:
        """How many bytes have been taken from the file so far."""
        return self._raw.tell()


@contextmanager
def opened(path: Path) -> Iterator[ProductFile]:
    """Open a product file. Raises Unreadable, now or while it is read, for what is no such file."""
    csv.field_size_limit(CELL_MAX)
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Unreadable(f"{path} cannot be opened: {error.strerror}.") from error
    with raw, TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        rows = _rows(text, path)
        header = next(rows, None)
        if header is None:
            raise Unreadable(f"{path} is empty.")
        columns = columns_of(header[1])
        yield ProductFile(columns, path.stat().st_size, _lines(rows, columns), raw)


def _lines(rows: Iterator[tuple[int, list[str]]], columns: Columns) -> Iterator[Line]:
    for number, row in rows:
        cells = {name: cell for name, at in columns.places.items() if at < len(row) and (cell := row[at].strip())}
        if cells:
            yield Line(number, cells)


def _rows(text: TextIO, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the number of the line on which it begins."""
    reader = csv.reader(text, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            raise Unreadable(
                f"{path} is not UTF-8 (byte 0x{error.object[error.start]:02x} after line {reader.line_num}). "
                "Save it as 'CSV UTF-8' and import it again."
            ) from error
        except csv.Error as error:
            raise Unreadable(
                f"{path} cannot be read beyond line {number}: a quotation mark there is not closed, or stands inside "
                f"a cell ({error})."
            ) from error
        if any(row):
            yield number, row
