"""A backup: one file with all that a store is. It is made whole or not at all, and read back into an empty store.

It is a gzipped tar: `manifest.json`; each table's rows under `tables/` and `tasks/`, as COPY writes them; the files of HOME under `home/`;
and `end.json`, which says how much there must be. The rows are all of one moment, whatever is sold meanwhile. Files come after them, so
that every picture of a row is there.
"""

import errno
import gzip
import io
import os
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tarfile import TarFile, TarInfo
from typing import IO, Final, NamedTuple, TypeVar

from psycopg import Connection
from pydantic import AwareDatetime, BaseModel, ValidationError

from merkato import __version__
from merkato.kit import clock, copies
from merkato.kit.copies import BLOCK, Shelf, Table
from merkato.kit.security import Secret
from merkato.kit.storage import write

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
END: Final = "end.json"
SAID_MAX: Final = 1024**2
"""Bytes that each of the two may have."""
PRIVATE: Final = ("keys/secret", "keys/signing.json", "demo.json")
PICTURES: Final = "media"
_FILES: Final = re.compile(
    r"home/(keys/secret|keys/signing\.json|demo\.json|media/[0-9a-f]{32}\.[a-z0-9]{1,5})", re.ASCII
)
OF_THIS_DATABASE: Final = frozenset({"merkato_revision", "procrastinate_workers"})
"""Tables that say what the database is and who works at it; they are not the store's."""
LEFT_OUT: Final = {"procrastinate_jobs": {"worker_id"}}
"""A task that was under way is of nobody, and is taken over."""
CUT_OFF: Final = "is not a whole backup: it was cut off, or is something else"

Said = TypeVar("Said", bound=BaseModel)


class Unusable(Exception):  # noqa: N818 - named for what the file is.
    """This file cannot be restored; the message says why, without the file's name."""


class Manifest(BaseModel):
    """What a backup says of itself at its beginning. `seal` is another for every secret key, and tells nothing of it."""

    format: int
    version: str
    revision: str
    made_at: AwareDatetime
    seal: str
    columns: dict[str, tuple[str, ...]]


class End(BaseModel):
    """What it says at its end: the rows of each table, the last values of sequences, the number of files."""

    rows: dict[str, int]
    counters: dict[str, dict[str, int]]
    files: int


class Told(NamedTuple):
    """How much was written or read."""

    tables: int
    rows: int
    files: int


def seal_of(secret: Secret) -> str:
    """By what two stores know that they have the same secret key."""
    return secret.sign("backup", b"")[:16].hex()


def make(path: Path, url: str, schema: str, home: Path, *, revision: str, secret: Secret) -> Told:
    """Write a backup to a file that does not exist yet. Raises OSError (also FileExistsError) and psycopg.Error; then there is no file."""
    if path.exists():
        raise FileExistsError(errno.EEXIST, "is there already", str(path))
    # A name of its own, so that two that are made at once do not meet.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with copies.snapshot(url) as connection, _begun(handle) as archive:
            shelves = _shelves(connection, schema)
            tables = {kind: _tables(shelf) for kind, shelf in shelves.items()}
            for kind, shelf in shelves.items():
                shelf.hold(tables[kind])
            columns = {f"{kind}/{table.name}": table.columns for kind in tables for table in tables[kind]}
            _say(archive, MANIFEST, _manifest(revision, seal_of(secret), columns))
            rows = {
                f"{kind}/{table.name}": _rows(archive, kind, shelf, table, beside=path.parent)
                for kind, shelf in shelves.items()
                for table in tables[kind]
            }
            files = [_file(archive, home, name) for name in _names(home)]
            counters = {kind: shelf.counters() for kind, shelf in shelves.items()}
            _say(archive, END, End(rows=rows, counters=counters, files=len(files)))
        # Unlike a renaming, this replaces no file that came to be meanwhile.
        path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    return Told(len(rows), sum(rows.values()), len(files))


def look(path: Path) -> Manifest:
    """Read a backup through to its end, and change nothing. Raises Unusable and OSError."""
    seen: list[str] = []
    with _opened(path) as archive:
        manifest = _said(archive, archive.next(), MANIFEST, Manifest)
        if manifest.format != FORMAT:
            raise Unusable(f"was made by another Merkato, {manifest.version}: use that one")
        member = archive.next()
        while member is not None and member.name != END:
            if not member.isreg() or not (_FILES.fullmatch(member.name) or member.name in manifest.columns):
                raise Unusable(f"holds {member.name!r}, which has no place there")
            seen.append(member.name)
            member = archive.next()
        end = _said(archive, member, END, End)
    if len(set(seen)) != len(seen) or len(seen) != len(end.rows) + end.files or set(end.rows) != set(manifest.columns):
        raise Unusable(CUT_OFF)
    return manifest


def take_files(path: Path, home: Path, *, keys: bool) -> None:
    """Put the files of a backup that was looked at into HOME; what is there stays. `keys` are none of a store that has them from settings.

    Raises OSError.
    """
    with _opened(path) as archive:
        for member in archive:
            name = member.name.removeprefix("home/")
            place = home / name
            wanted = _FILES.fullmatch(member.name) and (keys or name not in PRIVATE)
            if wanted and not place.exists():
                place.parent.mkdir(mode=0o755 if place.parent.name == PICTURES else 0o700, parents=True, exist_ok=True)
                write(place, _content(archive, member, member.name).read())


def take_rows(path: Path, url: str, schema: str) -> Told:
    """Put the rows of a backup that was looked at into tables of its revision: all of them or none. Raises Unusable and psycopg.Error."""
    rows: dict[str, int] = {}
    with _opened(path) as archive, copies.change(url) as connection:
        shelves = _shelves(connection, schema)
        manifest = _said(archive, archive.next(), MANIFEST, Manifest)
        for name, columns in manifest.columns.items():
            kind, _, table = name.partition("/")
            rows[name] = shelves[kind].read(Table(table, columns), _content(archive, archive.next(), name))
        end = _said(archive, archive.getmembers()[-1], END, End)
        if rows != end.rows:
            raise Unusable(CUT_OFF)
        for kind, shelf in shelves.items():
            shelf.count_from(end.counters[kind])
    return Told(len(rows), sum(rows.values()), end.files)


def _shelves(connection: Connection, schema: str) -> dict[str, Shelf]:
    return {"tables": Shelf(connection, schema), "tasks": Shelf(connection, f"{schema}_tasks")}


def _tables(shelf: Shelf) -> list[Table]:
    """What is copied of a schema."""
    return [
        Table(table.name, tuple(column for column in table.columns if column not in LEFT_OUT.get(table.name, ())))
        for table in shelf.tables()
        if table.name not in OF_THIS_DATABASE
    ]


def _manifest(revision: str, seal: str, columns: dict[str, tuple[str, ...]]) -> Manifest:
    return Manifest(
        format=FORMAT, version=__version__, revision=revision, made_at=clock.now(), seal=seal, columns=columns
    )


def _names(home: Path) -> list[str]:
    """The files of HOME that belong to the store."""
    pictures = sorted(f"{PICTURES}/{each.name}" for each in (home / PICTURES).glob("*"))
    return [name for name in (*PRIVATE, *pictures) if _FILES.fullmatch(f"home/{name}") and (home / name).is_file()]


@contextmanager
def _begun(handle: int) -> Iterator[TarFile]:
    """An archive in a file that only we may read, on the disk when the block ends."""
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as archive:
            yield archive
        file.flush()
        os.fsync(file.fileno())


def _add(archive: TarFile, name: str, size: int, content: IO[bytes]) -> None:
    member = TarInfo(name)
    member.size, member.mtime, member.mode = size, int(clock.now().timestamp()), 0o600
    archive.addfile(member, content)


def _say(archive: TarFile, name: str, said: BaseModel) -> None:
    content = said.model_dump_json(indent=1).encode()
    _add(archive, name, len(content), io.BytesIO(content))


def _rows(archive: TarFile, kind: str, shelf: Shelf, table: Table, *, beside: Path) -> int:
    # How long it is must be known before it is added; many rows do not fit into memory.
    with tempfile.TemporaryFile(dir=beside) as file:
        count = shelf.write(table, file)
        size = file.tell()
        file.seek(0)
        _add(archive, f"{kind}/{table.name}", size, file)
    return count


def _file(archive: TarFile, home: Path, name: str) -> str:
    with (home / name).open("rb") as file:
        _add(archive, f"home/{name}", os.fstat(file.fileno()).st_size, file)
    return name


@contextmanager
def _opened(path: Path) -> Iterator[TarFile]:
    try:
        with gzip.open(path) as unpacked, tarfile.open(fileobj=unpacked) as archive:
            yield archive
            # Behind its end stands the sum by which it is known to be whole.
            while unpacked.read(BLOCK):
                pass
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error):
        raise Unusable(CUT_OFF) from None


def _content(archive: TarFile, member: TarInfo | None, name: str) -> IO[bytes]:
    content = archive.extractfile(member) if member and member.name == name else None
    if content is None:
        raise Unusable(CUT_OFF)
    return content


def _said(archive: TarFile, member: TarInfo | None, name: str, kind: type[Said]) -> Said:
    try:
        return kind.model_validate_json(_content(archive, member, name).read(SAID_MAX))
    except ValidationError:
        raise Unusable(CUT_OFF) from None
