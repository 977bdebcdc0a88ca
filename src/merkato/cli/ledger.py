"""`merkato ledger`: the books, looked at from the terminal."""

from collections.abc import Iterator

import typer

from merkato.cli.failures import Failed
from merkato.cli.store import read_settings, with_database
from merkato.domains.ledger.models import Account
from merkato.domains.ledger.queries import proving
from merkato.domains.ledger.queries.proving import Proof
from merkato.domains.reconciliation.queries import books
from merkato.kit.database import Database
from merkato.kit.money import written

commands = typer.Typer(help="The books of the store.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    pass


@commands.command()
def check() -> None:
    """Prove the books against orders, payments, stock and work for hire, and name each break. Exit code 1 if there is one.

    It reads one moment's state of whole tables and changes nothing; a server may run meanwhile.
    """
    proofs, balances = with_database(read_settings(), proved)
    for proof in proofs:
        typer.echo(f"{'BROKEN' if proof.broken else 'ok    '}  {proof.name:<14} {proof.compared:>9}  {proof.sentence}")
        for line in told(proof):
            typer.echo(f"        {line}")
    for currency, account, amount in balances:
        typer.echo(f"        {account:<17} {written(amount, currency):>20}")
    if any(proof.broken for proof in proofs):
        raise Failed("The books are broken: each place is named above, with what was expected and found.")


def told(proof: Proof) -> Iterator[str]:
    """A line for each break of a proof."""
    for each in proof.breaks:
        named = f"order {each.order_number} ({each.subject_id})" if each.order_number else f"{each.subject_id}"
        yield f"{named}: expected {each.expected}, found {each.found}"
    if proof.broken > len(proof.breaks):
        yield f"and {proof.broken - len(proof.breaks)} more"


async def proved(database: Database) -> tuple[list[Proof], list[tuple[str, Account, int]]]:
    """The proofs, and the balance of each account in each currency, of one moment."""
    async with database.snapshot() as session:
        return await books.prove(session), await proving.balances(session)
