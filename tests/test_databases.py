"""The databases of tests: emptied and lent again, and nothing of one test is left for the next."""

from collections.abc import AsyncIterator

import pytest

from databases import Shelf, connected
from make import accounts
from merkato.app import create_app
from merkato.settings import Settings

NUMBER = "SELECT oid FROM pg_database WHERE datname = current_database()"


@pytest.fixture
async def shelf(shelf: Shelf) -> AsyncIterator[Shelf]:
    """One of our own, so that we know what comes back."""
    own = Shelf(shelf.server_url, shelf.template, shelf.server)
    yield own
    await own.clear()


async def asked(url: str, question: str) -> object:
    async with connected(url) as database:
        return await database.fetchval(question)


async def test_a_used_database_is_as_new(shelf: Shelf, settings: Settings) -> None:
    url = await shelf.take()
    number = await asked(url, NUMBER)
    app = create_app(settings, url)
    await accounts.register(app)
    await app.state.database.close()
    await asked(url, "SELECT nextval('orders_counter_id_seq')")
    assert await asked(url, "SELECT count(*) FROM identity_profiles") == 1
    async with connected(url) as left_behind:
        await shelf.give_back(url)
        assert left_behind.is_closed()

    again = await shelf.take()
    assert again != url
    assert await asked(again, NUMBER) == number
    async with connected(again) as database:
        for table in shelf.empty:
            assert await database.fetch(f"TABLE {table}") == []
    assert await asked(again, "SELECT nextval('orders_counter_id_seq')") == 1
    assert await asked(again, "SELECT count(*) FROM merkato_revision") == 1
    await shelf.give_back(again)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE notes (id int)",
        "ALTER TABLE identity_profiles RENAME TO hidden",
        "ALTER TABLE identity_profiles ALTER COLUMN name DROP NOT NULL",
        "CREATE INDEX ON identity_profiles (name)",
        "UPDATE merkato_revision SET version_num = 'other'",
    ],
)
async def test_a_database_that_is_not_as_it_was_made_is_not_used_again(shelf: Shelf, change: str) -> None:
    url = await shelf.take()
    await asked(url, change)
    await shelf.give_back(url)
    assert shelf.waiting == []
