"""One store as work needs it that no request has started, and how its keys and its database are found."""

from dataclasses import dataclass

from merkato.kit import keys
from merkato.kit.database import Database
from merkato.kit.keys import KeyRing
from merkato.kit.security import Secret
from merkato.settings import Settings


@dataclass(frozen=True, slots=True)
class Store:
    """One store, as reactions, schedules and commands work on it."""

    database: Database
    settings: Settings
    secret: Secret


def keys_of(settings: Settings) -> tuple[Secret, KeyRing]:
    """The keys that the settings name; beside the embedded database they are made at the first time and kept in HOME.

    Raises ValueError, in one sentence, for keys that are missing or unreadable.
    """
    return (
        Secret(_demanded(settings, "secret_key") or keys.kept_secret(settings.home)),
        KeyRing(_demanded(settings, "signing_keys") or keys.kept_signing_keys(settings.home)),
    )


def open_database(settings: Settings, database_url: str | None = None) -> Database:
    """The database that the settings name, else the given one."""
    replica, direct = settings.database_replica_url, settings.database_direct_url
    url = settings.database_url.get_secret_value() if settings.database_url else database_url
    if url is None:
        raise ValueError("There is no database: set MERKATO_DATABASE_URL or start the embedded one.")
    return Database(
        url,
        replica_url=replica.get_secret_value() if replica else None,
        direct_url=direct.get_secret_value() if direct else None,
        schema=settings.database_schema,
        pool_size=settings.database_pool,
    )


def _demanded(settings: Settings, name: str) -> str | None:
    """A secret from the settings. With an external database it must be there: files beside one process would not do for several."""
    value = getattr(settings, name)
    if value is None and not settings.embedded:
        raise ValueError(f"MERKATO_{name.upper()} is needed with an external database; `merkato keys new` makes one.")
    return value.get_secret_value() if value else None
