"""`merkato config`: every setting, its value, and where it came from."""

import os
from decimal import Decimal
from typing import Annotated

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import DotEnvSettingsSource
from sqlalchemy.engine import make_url

from merkato.cli.store import read_settings
from merkato.settings import Settings, variables

MASK = "***"
HEAD = """\
# Every setting of Merkato with its meaning and default. Copy this file to .env and take the # away where you want
# something else; a variable of the environment wins over this file. `merkato config` shows what is in force.
"""


def config(
    *, example: Annotated[bool, typer.Option("--example", help="Print a .env file with every default instead.")] = False
) -> None:
    """Print each setting and where it came from, secrets masked."""
    if example:
        typer.echo(_example(), nl=False)
        return
    settings = read_settings()
    rows = [
        (variables(name)[0], _shown(name, getattr(settings, name)), _origin(name)) for name in Settings.model_fields
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, value, origin in rows:
        typer.echo(f"{name:<{widths[0]}}  {value:<{min(widths[1], 60)}}  {origin}")


def _origin(name: str) -> str:
    written = {key.upper() for key, value in DotEnvSettingsSource(Settings).env_vars.items() if value is not None}
    environment = {key.upper() for key in os.environ}
    for variable in variables(name):
        for place, known in (("environment", environment), (".env", written)):
            if variable in known:
                return place if variable == variables(name)[0] else f"{place} ({variable})"
    return "default"


def _shown(name: str, value: object) -> str:
    if not isinstance(value, SecretStr):
        return _written(value)
    if name.endswith("_url"):
        url = make_url(value.get_secret_value())
        # The parameters may hold a password too.
        return url.set(query={}).render_as_string(hide_password=True)
    return MASK


def _written(value: object) -> str:
    """A value as it stands in a .env file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, dict):
        # What stands behind the names holds secrets.
        return ",".join(value)
    if isinstance(value, float | Decimal):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return str(value)


def _example() -> str:
    return HEAD + "".join(_entry(name, field) for name, field in Settings.model_fields.items())


def _entry(name: str, field: FieldInfo) -> str:
    return f"\n# {field.description}\n# {variables(name)[0]}={_written(field.default)}\n"
