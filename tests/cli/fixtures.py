"""Stores for the tests of the command line, which leave nothing behind."""

from collections.abc import Iterator

import pytest

from cli import stores
from cli.stores import Server, Store


@pytest.fixture
def store() -> Iterator[Store]:
    """A store with nothing in it."""
    store = stores.made()
    yield store
    store.clear()


@pytest.fixture(scope="module")
def shop() -> Iterator[Store]:
    """A store that the tests of a module share."""
    store = stores.made()
    yield store
    store.clear()


@pytest.fixture(scope="module")
def server(shop: Store) -> Server:
    """Its server, with two workers."""
    return shop.serve("--workers", "2", MERKATO_METRICS="true").ready()
