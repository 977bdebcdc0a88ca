"""What work is given that no request has started: one store's database, settings and secret."""

from dataclasses import dataclass

from merkato.kit.database import Database
from merkato.kit.security import Secret
from merkato.settings import Settings


@dataclass(frozen=True, slots=True)
class Store:
    """One store, as reactions, schedules and commands work on it."""

    database: Database
    settings: Settings
    secret: Secret
