"""Nothing alters the audit log, and no personal value gets into it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import delete, func, insert, select, update

from house.source import packaged
from merkato.domains.catalog.models import Category
from merkato.domains.identity.models import Account
from merkato.kit import audit, ids
from merkato.kit.audit import Act, AuditEntry
from merkato.kit.database import Database, Session


async def test_an_entry_is_never_altered(database: Database) -> None:
    entry = {"account_id": ids.new(), "request_id": "r", "method": "PUT", "route": "/", "changes": [], "unlisted": 0}
    async with database.transaction() as session:
        await session.execute(insert(AuditEntry).values(id=ids.new(), **entry))

    async def alter(session: Session) -> None:
        (await session.scalars(select(AuditEntry))).one().route = "/another"

    async def remove(session: Session) -> None:
        await session.delete((await session.scalars(select(AuditEntry))).one())

    async def alter_all(session: Session) -> None:
        await session.execute(update(AuditEntry).values(route="/another"))

    async def remove_all(session: Session) -> None:
        await session.execute(delete(AuditEntry))

    attempts: list[Callable[[Session], Awaitable[None]]] = [alter, remove, alter_all, remove_all]
    for attempt in attempts:
        with pytest.raises(RuntimeError, match="never altered"):
            await database.run(attempt)
    async with database.reading() as session:
        assert (await session.scalars(select(AuditEntry.route))).all() == ["/"]


async def test_an_entry_and_its_change_are_there_together_or_not_at_all(database: Database) -> None:
    act = Act(ids.new(), None, "r", "PUT", "/", "account", ids.new())
    with audit.unattended():
        audit.begin(act)
        with pytest.raises(LookupError):
            async with database.transaction() as session:
                audit.note(session, AuditEntry, ids.new(), before={"a": 1}, after={"a": 2})
                await audit.write(session)
                raise LookupError
        async with database.reading() as reading:
            assert (await reading.scalars(select(AuditEntry.id))).all() == []
        async with database.transaction() as session:
            for number in range(audit.CHANGES_MAX + 3):
                audit.note(session, AuditEntry, UUID(int=number), before={"a": 1}, after={"a": "x" * 1000})
    async with database.reading() as reading:
        (entry,) = (await reading.scalars(select(AuditEntry))).all()
    assert (len(entry.changes), entry.unlisted) == (audit.CHANGES_MAX, 3)
    assert len(entry.changes[0]["after"]["a"]) == audit.TEXT_MAX


def test_no_operation_alters_the_log(app: FastAPI) -> None:
    routes = [route for route in app.router.routes if isinstance(route, APIRoute) and "audit" in route.path]
    assert {method for route in routes for method in route.methods or ()} <= {"GET", "HEAD"}
    writers = [str(each) for each in packaged() if "AuditEntry" in each.text.replace("AuditEntryView", "")]
    assert writers == [
        "src/merkato/domains/identity/queries/auditing.py",
        "src/merkato/domains/privacy/queries.py",
        "src/merkato/kit/audit.py",
        "src/merkato/migrations/tables.py",
    ]


async def test_what_a_savepoint_takes_back_is_not_told(database: Database) -> None:
    async with database.transaction() as session:
        kept = Category(id=ids.new(), name="Mugs", slug="mugs")
        session.add(kept)
    with audit.unattended():
        audit.begin(Act(ids.new(), None, "r", "PUT", "/", None, None))
        async with database.transaction() as session:
            session.add(Category(id=ids.new(), name="Cups", slug="cups"))
            with pytest.raises(LookupError):
                async with session.begin_nested():
                    session.add(Category(id=ids.new(), name="Jars", slug="jars"))
                    await session.execute(update(Category).where(Category.id == kept.id).values(name="Pots"))
                    raise LookupError
            async with session.begin_nested():
                await session.execute(update(Category).where(Category.id == kept.id).values(name="Bowls"))
    async with database.reading() as reading:
        (entry,) = (await reading.scalars(select(AuditEntry))).all()
    told = [(change["action"], change["after"].get("name")) for change in entry.changes]
    assert told == [("added", "Cups"), ("changed", "Bowls")]
    assert (entry.subject_type, str(entry.subject_id)) == ("category", entry.changes[0]["id"])


async def test_a_statement_says_which_row_it_is_about_and_what_it_writes(database: Database) -> None:
    category, account = ids.new(), ids.new()
    said = {"email": "anna@example.com", "email_key": "anna@example.com", "name": "Anna", "password_hash": "secret"}
    with audit.unattended():
        audit.begin(Act(ids.new(), None, "r", "PUT", "/", None, None))
        async with database.transaction() as session:
            for slug in ("taken", "free"):
                await session.execute(insert(Category).values(id=category, name="Mugs", slug=slug))
                if slug == "taken":
                    await session.execute(delete(Category).where(Category.id == category))
            await session.execute(insert(Account), [{"id": account, "roles": ["customer"], "active": True, **said}])
            moved = update(Category).where(Category.name == "Mugs", Category.id == category)
            await session.execute(moved.values(name=func.upper(Category.name), slug="mugs-2"))
            await session.execute(update(Category).values(name="Cups"))
    async with database.reading() as reading:
        (entry,) = (await reading.scalars(select(AuditEntry))).all()
    added, removed, person, changed, all_of_them = entry.changes
    assert (added["id"], added["after"]["slug"]) == (str(category), "free")
    assert (removed["id"], removed["action"]) == (str(category), "removed")
    # What says who somebody is, is withheld from statements as from rows.
    assert person["after"] == {"id": str(account), "roles": ["customer"], "active": True}
    assert set(said) == set(person["withheld"])
    assert (changed["id"], changed["after"]["slug"]) == (str(category), "mugs-2")
    assert "name" not in changed["after"]
    assert (all_of_them["id"], all_of_them["after"]["name"]) == (None, "Cups")
