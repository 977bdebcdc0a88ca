"""Database URLs in the words of libpq, for the programs and drivers that know no others."""

from typing import Any, Final

from psycopg.conninfo import make_conninfo

from merkato.kit.database import dsn

_NAMES: Final = {"database": "dbname", "ssl": "sslmode"}


def conninfo(url: str, *, name: str, options: str) -> str:
    """A database URL, as `kit.database.dsn` takes it, for psycopg. `name` is what the server lists it under, `options` its settings.

    Raises ValueError as `dsn` does.
    """
    to = dsn(url)
    said = {_NAMES.get(name, name): _listed(value) for name, value in to.query.items()}
    places = said.pop("host", None) or ([to.host] if to.host else [])
    ports = said.pop("port", None) or ([str(to.port)] if to.port else [])
    # Of several servers each may bring its port with it, `a:5432`; a path is a socket's directory.
    pairs = [(place, "") if place.startswith("/") else place.partition(":")[::2] for place in places]
    if any(port for _, port in pairs):
        ports = [port or "5432" for _, port in pairs]
    words: dict[str, Any] = {
        "user": to.username,
        "password": str(to.password) if to.password is not None else None,
        "dbname": to.database,
        "host": ",".join(place for place, _ in pairs) or None,
        "port": ",".join(ports) or None,
        "application_name": name,
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "options": options,
    }
    return make_conninfo(**words | {name: values[0] for name, values in said.items()})


def _listed(value: str | tuple[str, ...]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
