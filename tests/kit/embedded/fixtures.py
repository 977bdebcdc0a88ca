"""Homes for embedded databases, which leave nothing behind."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.embedded.holders import House, nobody, only_root, wheel
from merkato.kit.embedded import binaries


@pytest.fixture(scope="module")
def packages() -> Iterator[str]:
    """The wheel where everybody reaches it, whatever this checkout's folders allow."""
    directory = Path(tempfile.mkdtemp(prefix="mk-packages-"))
    directory.chmod(0o755)
    binaries._copy(wheel(), directory / "copy")
    yield str(directory / "copy")
    shutil.rmtree(directory)


@pytest.fixture(params=["ourselves", pytest.param("nobody", marks=only_root)])
def user(request: pytest.FixtureRequest) -> int | None:
    return nobody() if request.param == "nobody" else None


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path: the longer one of pytest would not hold a socket."""
    directory = Path(tempfile.mkdtemp(prefix="mk-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def house(home: Path, user: int | None, packages: str) -> Iterator[House]:
    if user is not None:
        os.chown(home, user, -1)
    house = House(home, user, packages)
    yield house
    house.clear()


@pytest.fixture
def ours(home: Path) -> Iterator[House]:
    house = House(home, None, "")
    yield house
    house.clear()
