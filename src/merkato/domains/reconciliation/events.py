"""What reconciliation announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from merkato.kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingOpened(Event):
    """Something does not fit together. `kind` says what, as in the list of findings."""

    name: ClassVar[str] = "finding.opened"
    finding_id: UUID
    kind: str
    subject_id: UUID
