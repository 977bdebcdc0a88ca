"""`merkato accounts`: people of the store, made from the terminal."""

import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from merkato.cli.failures import WRONG_USE, Failed
from merkato.cli.store import read_settings, with_database
from merkato.domains.identity import service
from merkato.domains.identity.errors import EmailTaken, WeakPassword
from merkato.domains.identity.models import Role
from merkato.domains.identity.schemas import AccountDraft
from merkato.kit.database import Database
from merkato.kit.errors import NotFound

commands = typer.Typer(help="Accounts of customers and staff.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    pass


@commands.command()
def create(
    email: Annotated[str, typer.Option(help="The address to sign in with.")],
    name: Annotated[str, typer.Option(help="How the person is called.")],
    password: Annotated[
        str | None, typer.Option(help="Asked for, or read from standard input, when absent.", show_default=False)
    ] = None,
    *,
    admin: Annotated[bool, typer.Option("--admin", help="May do everything in this store.")] = False,
) -> None:
    """Make an account. The password is better asked for than written where other users see it."""
    draft = _draft(email, name, _asked() if password is None else password)

    settings = read_settings()

    async def work(database: Database) -> None:
        async with database.transaction() as session:
            roles = (Role.ADMIN if admin else Role.CUSTOMER,)
            await service.register(session, draft, roles=roles, shop=settings.shop_name)

    try:
        with_database(settings, work)
    except EmailTaken:
        raise Failed(
            f"There is an account of {draft.email} already: sign in with it, or take another address with --email."
        ) from None
    except WeakPassword as refusal:
        raise Failed(f"--{refusal.detail.replace(':', '')}. {WeakPassword.fix}", WRONG_USE) from None
    typer.echo(f"{draft.email} can sign in{' and may do everything' if admin else ''}.")


@commands.command("remove-factors")
def remove_factors(
    email: Annotated[str, typer.Option(help="Whose second factor, recovery codes and passkeys are lost.")],
) -> None:
    """Take every second factor and passkey of an account away; its sessions end, and its password opens it alone."""

    async def work(database: Database) -> None:
        async with database.transaction() as session:
            await service.remove_factors(session, await service.find_account(session, email))

    try:
        with_database(read_settings(), work)
    except NotFound:
        raise Failed(f"There is no account of {email}: `merkato accounts create` makes one.") from None
    typer.echo(f"{email} signs in by password alone.")


def _asked() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _draft(email: str, name: str, password: str) -> AccountDraft:
    try:
        return AccountDraft.model_validate({"email": email, "name": name, "password": password})
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_context=False, include_url=False)
        raise Failed(
            "\n".join(f"--{each['loc'][0]} {each['msg'].removeprefix('Value error, ')}." for each in wrong)
            + " See `merkato accounts create --help`.",
            WRONG_USE,
        ) from None
