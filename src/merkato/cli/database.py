"""`merkato database`: how other programs reach the store's database."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import typer

from merkato.cli.failures import Failed
from merkato.cli.store import read_settings
from merkato.kit import embedded

commands = typer.Typer(help="The store's database.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    pass


@commands.command()
def url() -> None:
    """Print the URL of the database, for psql and pgAdmin: psql "$(merkato database url)". It holds the password.

    The embedded database can be reached while the server (or another command) runs.
    """
    settings = read_settings()
    if settings.database_url is not None:
        typer.echo(settings.database_url.get_secret_value())
        return
    found = embedded.url_of(settings.home)
    if found is None:
        raise Failed(f"There is no database in {settings.home} yet: `merkato migrate` makes it.")
    typer.echo(found)
    socket = Path(parse_qs(urlsplit(found).query)["host"][0]) / ".s.PGSQL.5432"
    if not socket.exists():
        typer.echo("The embedded database rests now: it can be reached while `merkato serve` runs.", err=True)
