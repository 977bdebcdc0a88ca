"""Import runs with their refused lines, and the memory of what a source last said of each product."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from merkato.kit.fields import Name, Note, State
from merkato.kit.privacy import Privacy, says
from merkato.kit.rows import Created, Key, Row, Updated

HANDLE_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line of a file did not go in, in words that its author understands."""

    line: int
    handle: str
    field: str
    reason: str


@dataclass(slots=True)
class Tally:
    """How many products (or other things) ended in which way."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.created + self.updated + self.unchanged + self.skipped + self.failed

    def add(self, other: "Tally") -> None:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.skipped += other.skipped
        self.failed += other.failed


@dataclass(slots=True)
class Step:
    """What one batch has done: its figures, and the lines that it refused or passed over."""

    tally: Tally = field(default_factory=Tally)
    faults: list[Fault] = field(default_factory=list)


class Known(NamedTuple):
    """What a source last said of one product; `quantities` by the ids of its variants."""

    handle: str
    part: int
    target_id: UUID
    digest: str
    quantities: dict[str, int]


class Run(Row):
    """One import of one file, named by the hash of its content: the same file again goes on where it stopped."""

    __tablename__ = "imports_runs"
    privacy: ClassVar[Privacy] = says(nothing="file_name digest")

    id: Mapped[Key]
    kind: Mapped[State]
    file_name: Mapped[Name]
    digest: Mapped[str] = mapped_column(String(64))
    position: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[Created]
    updated_at: Mapped[Updated]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_imports_runs_open", "kind", "digest", unique=True, postgresql_where=text("finished_at IS NULL")),
        Index(None, "kind", "digest"),
        CheckConstraint("position = created + updated + unchanged + skipped + failed", name="adds_up"),
    )

    @property
    def tally(self) -> Tally:
        return Tally(self.created, self.updated, self.unchanged, self.skipped, self.failed)


class RefusedLine(Row):
    """A line of the file that did not go in, and why."""

    __tablename__ = "imports_refused_lines"
    privacy: ClassVar[Privacy] = says(nothing="handle field reason")

    id: Mapped[Key]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("imports_runs.id", ondelete="CASCADE"), index=True)
    line: Mapped[int]
    handle: Mapped[Name]
    field: Mapped[Name]
    reason: Mapped[Note]


class Source(Row):
    """What a source said last of one thing, a product mostly: its hash, and the stock it named for each variant.

    `part` counts how often the handle came before in the same file: later parts add to a product.
    """

    __tablename__ = "imports_sources"
    privacy: ClassVar[Privacy] = says(nothing="handle digest quantities")

    kind: Mapped[State] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(String(HANDLE_MAX), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[UUID] = mapped_column(index=True)
    digest: Mapped[str] = mapped_column(String(64))
    quantities: Mapped[dict[str, Any]]
    updated_at: Mapped[Updated]
