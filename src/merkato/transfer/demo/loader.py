"""The demo shop, filled: catalogue, pictures, people, what they bought and hired each other for. It can be killed anywhere and started again."""

import asyncio
import hashlib
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from merkato.domains.addresses import service as addresses
from merkato.domains.addresses.schemas import AddressDraft
from merkato.domains.identity import queries as identity_queries
from merkato.domains.identity import service as identity
from merkato.domains.identity.errors import EmailTaken
from merkato.domains.identity.models import Role
from merkato.domains.identity.schemas import AccountDraft
from merkato.domains.imports import queries as imports_queries
from merkato.domains.imports import service as imports
from merkato.domains.payments.providers import build
from merkato.kit import keys
from merkato.kit.database import Database, Session
from merkato.settings import Settings
from merkato.transfer.demo import community, jobs, orders, shelves
from merkato.transfer.demo.counter import open_counter
from merkato.transfer.shopify.importer import import_file

KIND: Final = "demo"
KEPT: Final = "demo.json"
SHOPPER: Final = "demo@example.com"
STAFF: Final = "staff@example.com"
_DATA: Final = files("merkato.transfer.demo")


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody whom visitors of the demo may sign in as."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Logins:
    """A shopper with an address, and one of the staff who may do everything."""

    shopper: Login
    staff: Login


def logins(home: Path) -> Logins:
    """The logins of the demo in this HOME; their passwords are made at the first time and kept in `demo.json`."""
    kept = json.loads(keys.kept(home / KEPT, _fresh_passwords))
    return Logins(Login(SHOPPER, kept["shopper"]), Login(STAFF, kept["staff"]))


def has_begun(home: Path) -> bool:
    """Whether there was a demo in this HOME before."""
    return (home / KEPT).exists()


def _fresh_passwords() -> str:
    return json.dumps({"shopper": secrets.token_urlsafe(12), "staff": secrets.token_urlsafe(12)})


async def load(database: Database, settings: Settings) -> Logins:
    """Fill the shop unless it is filled already."""
    known = logins(settings.home)
    with as_file(_DATA / "catalogue.csv") as catalogue:
        digest = await asyncio.to_thread(_digest, catalogue)
        async with database.reading() as session:
            if await imports_queries.is_finished(session, KIND, digest):
                return known
        run = await database.run(imports.begin, KIND, "demo", digest)
        await _fill(database, settings, catalogue, known)
    await database.run(imports.finish, run.id)
    return known


async def _fill(database: Database, settings: Settings, catalogue: Path, known: Logins) -> None:
    people: list[dict[str, Any]] = json.loads((_DATA / "people.json").read_text(encoding="utf-8"))
    drawing = asyncio.create_task(shelves.drawn(catalogue, settings.home))
    try:
        await import_file(database, settings, catalogue, listed=False)
        await open_counter(database, catalogue)
        await _staff(database, known.staff)
        await _person(
            database, people[0] | {"name": "Demo", "handle": "demo", "email": SHOPPER}, known.shopper.password
        )
        for person in people:
            await _person(database, person, secrets.token_urlsafe(18))
        providers = build(database, settings)
        await orders.place(database, settings, providers, people)
        emails = {person["handle"]: person["email"] for person in people} | {"demo": SHOPPER}
        stories = json.loads((_DATA / "jobs.json").read_text(encoding="utf-8"))
        await jobs.post(database, settings, providers, stories, emails)
        await community.gather(database, people)
        await shelves.hang(database, await drawing)
    finally:
        drawing.cancel()
        await asyncio.wait([drawing])


async def _staff(database: Database, login: Login) -> None:
    draft = AccountDraft.model_validate({"email": login.email, "password": login.password, "name": "Staff"})
    with suppress(EmailTaken):
        await database.run(partial(identity.register, roles=(Role.ADMIN,), verified=True), draft)


async def _person(database: Database, person: dict[str, Any], password: str) -> None:
    """A customer with an address, in one transaction, unless they are there."""
    await database.run(_register, person, password)


async def _register(session: Session, person: dict[str, Any], password: str) -> None:
    if await identity_queries.credentials(session, identity.email_key(person["email"])) is not None:
        return
    named = {name: person[name] for name in ("email", "name", "handle")}
    account = await identity.register(
        session, AccountDraft.model_validate(named | {"password": password}), verified=True
    )
    address = person["address"] | {"name": person["name"]}
    await addresses.add(session, account.id, AddressDraft.model_validate(address))


def _digest(catalogue: Path) -> str:
    told = ("people.json", "jobs.json", "community.json")
    content = [catalogue.read_bytes(), *((_DATA / name).read_bytes() for name in told)]
    return hashlib.sha256(b"".join(content)).hexdigest()
