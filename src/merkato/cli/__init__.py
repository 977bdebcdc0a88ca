"""The `merkato` command: everything that is done to a store from a terminal."""

import gc
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any, Final, cast

import typer
from typer.core import TyperGroup
from typer.main import get_group

from merkato import __version__
from merkato.cli.failures import foreseen

COMMANDS: Final = {
    "serve": ("running:serve", "Serve the shop until stopped, by Ctrl-C or SIGTERM."),
    "demo": ("running:demo", "Serve a demo shop, made at the first start."),
    "worker": ("running:worker", "Run the background loops alone."),
    "migrate": ("migrate:migrate", "Bring the database's tables up to date."),
    "doctor": ("doctor:doctor", "Look at all that a store needs."),
    "config": ("configuration:config", "Print each setting and where it came from, secrets masked."),
    "database": ("database:commands", "The store's database."),
    "accounts": ("accounts:commands", "Accounts of customers and staff."),
    "tokens": ("tokens:commands", "Access tokens for trying things."),
    "keys": ("keys:commands", "The store's keys."),
    "ledger": ("ledger:commands", "The books of the store."),
    "tasks": ("tasks:commands", "Count the background tasks that wait, are under way, and are dead."),
    "backup": ("backup:backup", "Write all that the store is into one file, while it goes on selling."),
    "restore": (
        "backup:restore",
        "Read a backup into an empty store: a new MERKATO_HOME, or a database without tables.",
    ),
    "import": ("importing:commands", "Catalogues of other shops."),
}
"""Where each command is, and what it does in a sentence. It is loaded when it is asked for: most need little of the shop."""


class Loading(Mapping[str, Any]):
    """The commands of the table, as Typer knows them."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - Typer keeps the type to itself.
        place, _ = COMMANDS[name]
        module, _, attribute = place.partition(":")
        found = getattr(_loaded(f"merkato.cli.{module}"), attribute)
        shelf = typer.Typer(add_completion=False, rich_markup_mode=None)
        shelf.callback()(_nothing)
        if isinstance(found, typer.Typer):
            shelf.add_typer(found, name=name)
        else:
            # A step down is written -1, which is no option.
            shelf.command(name, context_settings={"ignore_unknown_options": name == "migrate"})(found)
        return get_group(shelf).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Commands(TyperGroup):
    """What Typer knows as the commands of `merkato`; listing them loads none."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - Typer's.
        super().__init__(**attributes | {"commands": {}})
        self.commands = cast("Any", Loading())

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - Typer's.
        return list(COMMANDS)

    def format_commands(self, ctx: object, formatter: Any) -> None:  # noqa: ANN401, ARG002 - Typer's.
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


app = typer.Typer(
    name="merkato",
    cls=Commands,
    help="A commerce and marketplace server. `merkato config` shows its settings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _loaded(module: str) -> object:
    """A module, put where the collector of garbage does not look: it stays, and looking through it again and again takes a fifth of the time."""
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()


def _nothing() -> None:
    pass


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
