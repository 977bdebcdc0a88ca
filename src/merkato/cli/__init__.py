"""The `merkato` command: everything that is done to a store from a terminal."""

import sys
from typing import Annotated

import typer

from merkato import __version__
from merkato.cli import (
    accounts,
    configuration,
    database,
    doctor,
    importing,
    keys,
    ledger,
    migrate,
    running,
    tasks,
    tokens,
)
from merkato.cli.failures import foreseen

app = typer.Typer(
    name="merkato",
    help="A commerce and marketplace server. `merkato config` shows its settings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(running.serve)
app.command()(running.demo)
app.command()(running.worker)
# A step down is written -1, which is no option.
app.command(context_settings={"ignore_unknown_options": True})(migrate.migrate)
app.command()(doctor.doctor)
app.command()(configuration.config)
app.add_typer(database.commands, name="database")
app.add_typer(accounts.commands, name="accounts")
app.add_typer(tokens.commands, name="tokens")
app.add_typer(keys.commands, name="keys")
app.add_typer(ledger.commands, name="ledger")
app.add_typer(tasks.commands, name="tasks")
app.add_typer(importing.commands, name="import")


def _print_version(asked: bool) -> None:  # noqa: FBT001 - Typer's.
    if asked:
        typer.echo(f"merkato {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run one command. Exit codes: 0 done, 1 failed, 2 wrong use."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        failed = foreseen(error)
        if failed is None:
            raise
        typer.echo(failed, err=True)
        sys.exit(failed.code)
