"""`merkato tasks`: what waits in the background, what failed for good, and how it is tried anew."""

from functools import partial
from typing import Annotated
from uuid import UUID

import typer

from merkato.cli.failures import WRONG_USE, Failed
from merkato.cli.store import read_settings, with_database
from merkato.kit.database import Database, Session
from merkato.kit.tasks import listing
from merkato.kit.tasks.listing import Counts, Listed, TaskState

SHOWN_MAX = 100

commands = typer.Typer(invoke_without_command=True)


@commands.callback()
def count(context: typer.Context) -> None:
    """Count the background tasks that wait, are under way, and are dead."""
    if context.invoked_subcommand is None:
        found = with_database(read_settings(), _counts)
        typer.echo(f"waiting  {found.waiting}\nrunning  {found.running}\ndead     {found.dead}")
        if found.events:
            typer.echo(f"events   {found.events} have no tasks yet; a worker makes them")


@commands.command()
def dead() -> None:
    """List what failed for good, newest first: its id, name, the order or other thing it is about, and why."""
    found = with_database(read_settings(), _dead)
    for each in found:
        about = " ".join(f"{name}={value}" for name, value in each.event.payload.items()) if each.event else ""
        typer.echo(f"{each.id}  {each.created_at:%Y-%m-%d %H:%M}  {each.name}  {about}  {each.problem or ''}".rstrip())
    if len(found) == SHOWN_MAX:
        typer.echo(f"These are the newest {SHOWN_MAX}; `merkato tasks` counts all.", err=True)


@commands.command()
def retry(
    task_id: Annotated[UUID | None, typer.Argument(help="As `merkato tasks dead` lists it.", metavar="ID")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every dead task.")] = False,
) -> None:
    """Try a dead task at once, and as patiently as a new one."""
    if (task_id is None) != every:
        raise Failed("Name one task or --all: `merkato tasks dead` lists them.", WRONG_USE)
    found = with_database(read_settings(), partial(_retry, task_id))
    if task_id is not None and not found:
        raise Failed("There is no dead task with this id: `merkato tasks dead` lists them.")
    typer.echo(f"{found} will be tried at once, by the worker.")


async def _counts(database: Database) -> Counts:
    async with database.snapshot() as session:
        return await listing.counts(session)


async def _dead(database: Database) -> list[Listed]:
    async with database.snapshot() as session:
        return await listing.newest(session, TaskState.DEAD, SHOWN_MAX)


async def _retry(task_id: UUID | None, database: Database) -> int:
    async def step(session: Session) -> int:
        return await listing.retry(session, task_id)

    return await database.run(step)
