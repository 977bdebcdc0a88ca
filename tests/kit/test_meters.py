"""Places at which processes count together."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import generate_latest, values

from make import figures
from merkato.kit.meters import Meters, Place, shared_folder


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Afterwards this process has its figures in memory again."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "unused")
    before = values.ValueClass
    yield
    values.close_all_multiprocess_files()  # type: ignore[no-untyped-call]  # So it is in the library.
    values.ValueClass = before


def told(meters: Meters) -> dict[tuple[str, ...], float]:
    return figures.read(generate_latest(meters.registry).decode())


def counting(folder: Path) -> tuple[Place, Meters]:
    """A process that has answered a request and is at work on another."""
    meters = Meters(place := Place(folder))
    meters.durations.labels("GET", "/", "200").observe(0.1)
    meters.active.inc()
    return place, meters


def test_each_tells_the_sum_and_who_replaces_a_dead_one_goes_on() -> None:
    count = figures.answered("GET", 200, "/")
    with shared_folder() as folder:
        first, one = counting(folder)
        second, other = counting(folder)
        assert [first.number, second.number] == [0, 1]
        assert told(one)[count] == told(other)[count] == 2
        assert told(one)["http_server_active_requests",] == 2
        assert {each[1] for each in told(one) if each[0] == "process_resident_memory_bytes"} <= {"0", "1"}
        # A process that dies gives up its lock.
        os.close(first._held)
        third, heir = counting(folder)
        assert third.number == 0
        assert told(heir)[count] == 3
        assert told(heir)["http_server_active_requests",] == 2
        assert len(list(folder.glob("*.db"))) == 4
    assert not folder.exists()


def test_what_a_killed_server_left_is_removed_and_what_another_uses_is_not(tmp_path: Path) -> None:
    left = Path(tempfile.mkdtemp(prefix="merkato-meters-"))
    (tmp_path / "merkato-meters-link").symlink_to("/etc")
    with shared_folder() as one, shared_folder() as other:
        assert not left.exists()
        assert one.exists()
        assert one != other
        assert one.stat().st_mode & 0o777 == 0o700
