"""A store in one file: everything comes back, into any database, or nothing does."""

import asyncio
import gzip
import io
import json
import tarfile
from collections.abc import Callable, Iterable
from subprocess import CompletedProcess
from tarfile import TarInfo

import httpx
import pytest
from fastapi import FastAPI

from cli.stores import Store
from databases import connected
from doors import ClientOf, SignIn
from make import accounts, lives, orders
from make import tasks as made_tasks
from merkato import migrations
from merkato.kit.database import Database
from merkato.transfer import backup as backups

Member = tuple[str, bytes]
_TABLES = (
    "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace::regnamespace::text LIKE 'public%'"
)


@pytest.fixture
def shop(app: FastAPI, database_url: str, store: Store) -> Store:
    """The command line of the application under test."""
    secret, signing = (app.state.settings.home / "keys" / name for name in ("secret", "signing.json"))
    keys = {"MERKATO_SECRET_KEY": secret.read_text(), "MERKATO_SIGNING_KEYS": signing.read_text()}
    store.settings |= {"DATABASE_URL": database_url, **keys}
    return store


async def do(store: Store, *words: str, **changes: str) -> "CompletedProcess[str]":
    return await asyncio.to_thread(store.do, *words, **changes)


async def told(store: Store, *words: str, **changes: str) -> str:
    """What a command says that refuses, in one line."""
    done = await do(store, *words, **changes)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    return done.stderr


async def rows(url: str) -> dict[str, list[str]]:
    """Everything in a database, but what is of the database itself."""
    async with connected(url) as database:
        names = [row[0] for row in await database.fetch(_TABLES)]
        found = {
            name: sorted(row[0] for row in await database.fetch(f"SELECT to_jsonb(t) - 'worker_id' FROM {name} t"))
            for name in names
            if "workers" not in name
        }
        counters = await database.fetch("SELECT schemaname, sequencename, last_value FROM pg_sequences")
    return found | {"counters": sorted(str(tuple(row)) for row in counters if "workers" not in row[1])}


async def test_everything_comes_back(
    app: FastAPI,
    database: Database,
    client_of: ClientOf,
    staff: httpx.AsyncClient,
    sign_in: SignIn,
    shop: Store,
    database_url: str,
    empty_url: str,
) -> None:
    await lives.full(app, client_of, staff, await sign_in("Bert"))
    await made_tasks.waiting(database, "notifications.confirm")
    await made_tasks.dead(database)
    before = await rows(database_url)
    assert sum(map(bool, before.values())) > 60

    kept = await do(shop, "backup", "shop.backup")
    assert kept.returncode == 0, kept.stderr
    assert (shop.folder / "shop.backup").stat().st_mode & 0o777 == 0o600
    restored = await do(shop, "restore", "shop.backup", DATABASE_URL=empty_url)
    assert restored.returncode == 0, restored.stderr
    assert await rows(empty_url) == before
    assert restored.stdout.split("UTC:")[1] == kept.stdout.split("holds")[1]
    assert [*shop.folder.glob(".*")] == []


async def test_a_store_moves_from_the_embedded_database_to_another(
    app: FastAPI, database: Database, shop: Store, empty_url: str
) -> None:
    home = app.state.settings.home
    picture = home / "media" / f"{'a' * 32}.png"
    picture.parent.mkdir()
    picture.write_bytes(b"picture")
    (home / "media" / "notes.txt").write_text("not of the store")
    await orders.product(database, title="Mug", stock=3)
    await accounts.register_as(app, "anna@example.com", "Anna", ["staff"])
    assert (await do(shop, "backup", "shop.backup", MERKATO_HOME=str(home))).returncode == 0

    # Into the embedded database of a new home: its keys and pictures come along.
    shop.settings.clear()
    embedded = await do(shop, "restore", "shop.backup")
    assert embedded.returncode == 0, embedded.stderr
    assert {each.name: each.read_bytes() for each in (shop.home / "media").iterdir()} == {picture.name: b"picture"}
    assert (shop.home / "keys" / "secret").read_text() == (home / "keys" / "secret").read_text()
    assert (shop.home / "keys" / "secret").stat().st_mode & 0o777 == 0o600
    refusal = "There is a store here already: restore into a new MERKATO_HOME or an empty database"
    assert (await told(shop, "restore", "shop.backup")).startswith(refusal)

    # And from there to a server, which demands its keys from the settings.
    assert (await do(shop, "backup", "again.backup")).returncode == 0
    assert "MERKATO_SECRET_KEY is needed" in await told(shop, "restore", "again.backup", DATABASE_URL=empty_url)
    keys = {"MERKATO_SIGNING_KEYS": (home / "keys" / "signing.json").read_text()}
    other = {"MERKATO_SECRET_KEY": "another secret key that is long enough to be taken for one"}
    assert "is not that of again.backup" in await told(
        shop, "restore", "again.backup", DATABASE_URL=empty_url, **keys, **other
    )
    same = {"MERKATO_SECRET_KEY": (home / "keys" / "secret").read_text()}
    there = shop.folder / "there"
    moved = await do(shop, "restore", "again.backup", DATABASE_URL=empty_url, MERKATO_HOME=str(there), **keys, **same)
    assert moved.returncode == 0, moved.stderr
    assert [each.name for each in await asyncio.to_thread(lambda: [*there.iterdir()])] == ["media"]
    found = await rows(empty_url)
    assert "anna@example.com" in found["identity_accounts"][0]
    assert len(found["inventory_stock"]) == 1


async def test_what_is_there_is_not_written_over(shop: Store, empty_url: str) -> None:
    (shop.folder / "shop.backup").write_text("precious")
    assert "shop.backup: is there already." in await told(shop, "backup", "shop.backup")
    assert (shop.folder / "shop.backup").read_text() == "precious"
    assert "No such file" in await told(shop, "backup", "nowhere/shop.backup")
    assert "nothing to keep" in await told(shop, "backup", "other.backup", DATABASE_URL=empty_url)
    assert not (shop.folder / "other.backup").exists()


def members(whole: bytes) -> list[Member]:
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        return [(each.name, (archive.extractfile(each) or io.BytesIO()).read()) for each in archive]


def packed(content: Iterable[Member]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, each in content:
            member = TarInfo(name)
            member.size = len(each)
            archive.addfile(member, io.BytesIO(each))
    return file.getvalue()


def said(content: list[Member], name: str, **changes: object) -> list[Member]:
    """The same with other words in one of its two pages."""
    return [(each, json.dumps(json.loads(text) | changes).encode() if each == name else text) for each, text in content]


SPOILT: dict[str, Callable[[list[Member]], Iterable[Member]]] = {
    "nothing": lambda _: [],
    "no-beginning": lambda members: members[1:],
    "no-end": lambda members: members[:-1],
    "a-table-less": lambda members: [*members[:5], *members[6:]],
    "a-table-twice": lambda members: [*members[:5], *members[4:]],
    "two-tables-exchanged": lambda members: [members[0], members[2], members[1], *members[3:]],
    "a-stranger": lambda members: [members[0], ("home/../../keys", b""), *members[1:]],
    "a-picture-of-another-name": lambda members: [members[0], ("home/media/x.png", b""), *members[1:]],
    "another-format": lambda members: said(members, "manifest.json", format=2),
    "a-newer-one": lambda members: said(members, "manifest.json", revision="9999"),
    "more-rows-than-there-are": lambda members: said(
        members, "end.json", rows=json.loads(members[-1][1])["rows"] | {"tables/hiring_kinds": 4}
    ),
}


@pytest.fixture
async def whole(shop: Store) -> bytes:
    assert (await do(shop, "backup", "whole.backup")).returncode == 0
    return await asyncio.to_thread((shop.folder / "whole.backup").read_bytes)


async def test_what_is_not_whole_is_refused_and_leaves_nothing(shop: Store, whole: bytes, empty_url: str) -> None:
    content, file = members(whole), shop.folder / "spoilt.backup"
    for name, spoil in SPOILT.items():
        file.write_bytes(packed(spoil(content)))
        sentence = await told(shop, "restore", "spoilt.backup", DATABASE_URL=empty_url)
        assert sentence.startswith("spoilt.backup "), name
        assert await rows(empty_url) in ({"counters": []}, {"counters": [], "merkato_revision": []}), name
    half = len(whole) // 2
    changed = whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :]
    for cut in (b"", whole[:10], whole[:half], whole[:-4], changed, gzip.compress(b"x")):
        file.write_bytes(cut)
        assert (await told(shop, "restore", "spoilt.backup", DATABASE_URL=empty_url)).startswith("spoilt.backup ")
    assert "No such file" in await told(shop, "restore", "nowhere.backup", DATABASE_URL=empty_url)
    assert await migrations.current(empty_url) is None


async def test_of_an_older_one_the_rows_go_in_first_and_are_migrated_then(
    shop: Store, database_url: str, empty_url: str
) -> None:
    await migrations.downgrade(database_url)
    assert (await do(shop, "backup", "old.backup")).returncode == 0
    assert backups.look(shop.folder / "old.backup").revision == await migrations.current(database_url)
    assert (await do(shop, "restore", "old.backup", DATABASE_URL=empty_url)).returncode == 0
    assert await migrations.current(empty_url) == migrations.head()


async def test_a_pooler_in_between_is_passed_by(shop: Store, database_url: str, empty_url: str) -> None:
    # Nothing listens at port 9: who asked there would be told so.
    pooled = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/shop"}
    assert (await do(shop, "backup", "shop.backup", **pooled, MERKATO_DATABASE_DIRECT_URL=database_url)).returncode == 0
    restored = await do(shop, "restore", "shop.backup", **pooled, MERKATO_DATABASE_DIRECT_URL=empty_url)
    assert restored.returncode == 0, restored.stderr
    assert await migrations.current(empty_url) == migrations.head()
