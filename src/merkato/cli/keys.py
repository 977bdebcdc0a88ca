"""`merkato keys`: the secret key and the keys that sign access tokens."""

import json

import typer

from merkato.cli.failures import Failed
from merkato.cli.store import read_settings
from merkato.kit import keys

commands = typer.Typer(help="The store's keys.", no_args_is_help=True)


@commands.command()
def new() -> None:
    """Print fresh keys as two lines for a .env file, as a server with an external database needs them."""
    typer.echo(f"MERKATO_SECRET_KEY={keys.fresh_secret()}")
    typer.echo(f"MERKATO_SIGNING_KEYS='{json.dumps({'keys': [keys.fresh_signing_key()]})}'")


@commands.command()
def rotate() -> None:
    """Sign access tokens with a fresh key from the next start on; those signed before stay valid.

    For the keys kept in HOME. Of those in MERKATO_SIGNING_KEYS, put a fresh one before the others yourself.
    """
    settings = read_settings()
    if settings.signing_keys is not None or not settings.embedded:
        raise Failed(
            "The signing keys are in MERKATO_SIGNING_KEYS and not in HOME: put a key of `merkato keys new` before them there."
        )
    typer.echo(f"Access tokens are signed with {keys.rotate(settings.home)} from the next start on.")
