"""`merkato tokens`: access tokens for trying things."""

import os
from pathlib import Path
from typing import Annotated

import typer

from merkato.cli.failures import Failed
from merkato.cli.store import read_settings, with_database
from merkato.domains.identity import flows
from merkato.kit.database import Database
from merkato.kit.errors import NotFound
from merkato.store import keys_of

DAY = 86_400

commands = typer.Typer(help="Access tokens for trying things.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    pass


@commands.command()
def issue(
    account: Annotated[str, typer.Option(help="The e-mail address of the account.")],
    audience: Annotated[
        str | None,
        typer.Option(help="Whom the token is for; another than MERKATO_TOKEN_AUDIENCE is refused.", show_default=False),
    ] = None,
    lifetime: Annotated[int, typer.Option(min=1, max=30 * DAY, help="Seconds that it is valid.")] = 3_600,
    bearer_file: Annotated[
        Path | None,
        typer.Option(help="Write `Bearer` and the token into this file instead, for `http ... Authorization:@FILE`."),
    ] = None,
) -> None:
    """Print an access token of an account, without its password.

    It has a session of its own, which `GET /v1/me/sessions` lists and `DELETE /v1/me/sessions/{id}` ends.
    """
    settings = read_settings()
    try:
        _, key_ring = keys_of(settings)
    except ValueError as error:
        raise Failed(str(error)) from None

    async def work(database: Database) -> str:
        return await flows.issue(
            database, account, key_ring=key_ring, audience=audience or settings.token_audience, lifetime=lifetime
        )

    try:
        token = with_database(settings, work)
    except NotFound:
        raise Failed(
            f"No active account has the address {account}: make one with `merkato accounts create --email {account} --name NAME`."
        ) from None
    if bearer_file is None:
        typer.echo(token)
        return
    _write(bearer_file, f"Bearer {token}")
    typer.echo(f"{bearer_file} lets in as {account} for {lifetime} seconds.")


def _write(path: Path, content: str) -> None:
    """Put a file in its place that nobody else may read, whoever might read the one before."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)
        fresh.replace(path)
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror}. Name another file with --bearer-file.") from None
