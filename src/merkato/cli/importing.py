"""`merkato import`: catalogues of other shops."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from merkato.cli.failures import Failed
from merkato.cli.store import read_settings, with_database
from merkato.domains.imports.errors import ImportUnderWay
from merkato.kit.database import Database
from merkato.transfer import progress
from merkato.transfer.shopify.failure import Unreadable
from merkato.transfer.shopify.importer import Summary, import_file

commands = typer.Typer(help="Catalogues of other shops.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    pass


@commands.command()
def shopify(
    file: Annotated[Path, typer.Argument(help="A product file as Shopify exports it (CSV).", show_default=False)],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look at everything and change nothing.")] = False,
) -> None:
    """Import products from a Shopify file: new ones are made, known ones are changed.

    Lines that cannot go in are listed in FILE.errors.csv; the others go in. An interrupted import goes on where it stopped.
    """
    settings = read_settings()

    async def work(database: Database) -> Summary:
        with progress.shown(sys.stderr) as report:
            return await import_file(database, settings, file, dry_run=dry_run, progress=report)

    try:
        summary = with_database(settings, work)
    except Unreadable as unreadable:
        raise Failed(f"{unreadable} See `merkato import shopify --help`.") from None
    except ImportUnderWay:
        raise Failed(
            f"{file} is being imported by another process: wait for it, and run `merkato import shopify {file}` again."
        ) from None
    _show(summary)
    if summary.broken is not None:
        raise Failed(f"{summary.broken} What came before is in; mend the file and run the same command again.")
    if not summary.all_went_in:
        raise Failed(
            f"{summary.tally.failed:,} of {summary.tally.total:,} products did not go in: {summary.refusals_path} says why. "
            f"Mend them and run `merkato import shopify {file}` again."
        )


def _show(summary: Summary) -> None:
    table = Table("Products", "")
    table.columns[1].justify = "right"
    tally = summary.tally
    for name in ("created", "updated", "unchanged", "skipped", "failed"):
        table.add_row(name, f"{getattr(tally, name):,}")
    table.add_row("in all", f"{tally.total:,}")
    console = Console()
    console.print(table)
    rate = summary.done / max(summary.seconds, 0.001)
    again = f", the first {summary.resumed_at:,} by an earlier run" if summary.resumed_at else ""
    typer.echo(f"{summary.seconds:,.1f} seconds, {rate:,.0f} products a second{again}.")
    if summary.dry_run:
        typer.echo("It was a dry run: nothing was changed.")
    if summary.all_went_in and summary.refusals_path is not None:
        typer.echo(f"What was passed over is listed in {summary.refusals_path}.")
