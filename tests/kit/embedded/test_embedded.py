"""The embedded database, through real processes, real locks and real kills."""

import asyncio
import os
import re
import signal
import socket
import stat
import subprocess
import tempfile
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from kit.embedded.holders import (
    IS_ROOT,
    House,
    ask,
    eventually,
    kill_those_working_on,
    only_root,
    start_long,
)
from merkato.kit import embedded
from merkato.kit.embedded import places, server


async def test_the_first_start_makes_a_cluster_that_answers(house: House) -> None:
    holder = house.start()
    assert await ask(holder.url, "SELECT current_user || ' ' || current_database()") == "merkato merkato"
    wanted = {
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "fsync": "on",
        "full_page_writes": "on",
        "jit": "off",
        "max_connections": "100",
        "TimeZone": "UTC",
        "unix_socket_permissions": "0700",
        "listen_addresses": "",
    }
    for name, value in wanted.items():
        assert await ask(holder.url, f"SHOW {name}") == value
    assert (await ask(holder.url, "SHOW server_version")).startswith("18.")
    locale = "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = current_database()"
    assert await ask(holder.url, locale) == "b C.UTF-8"
    assert await ask(holder.url, "SELECT lower('KÄSE')") == "käse"


async def test_strangers_stay_outside(house: House) -> None:
    holder = house.start()
    for wrong in (re.sub(r":[^:@/]+@", ":wrong@", holder.url), re.sub(r":[^:@/]+@", "@", holder.url)):
        with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)):
            await ask(wrong, "SELECT 1")
    assert (holder.directory / "postmaster.pid").read_text().splitlines()[5].strip() == "", "no address is listened on"
    password = holder.directory.parent / "password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert password.stat().st_uid == (os.geteuid() if house.user is None else house.user)
    assert password.read_text() not in (holder.directory.parent / "server.log").read_text()
    assert stat.S_IMODE(holder.directory.stat().st_mode) == 0o700


async def test_the_url_serves_sqlalchemy_whatever_the_environment_says(
    ours: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")
    holder = ours.start()
    engine = create_async_engine(holder.url.replace("postgresql:", "postgresql+asyncpg:", 1))
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    await engine.dispose()
    assert await ask(holder.url, "SELECT 1") == 1


async def test_processes_share_the_server_and_the_last_one_stops_it(house: House) -> None:
    first, second = house.start(), house.start()
    assert first.url == second.url
    postmaster = first.postmaster
    assert postmaster is not None
    first.does("close")
    assert second.postmaster == postmaster
    assert await ask(second.url, "SELECT 1") == 1
    second.does("close")
    assert second.postmaster is None
    assert not (second.directory / "postmaster.pid").exists(), "it was shut down in order"
    second.does("close")


async def test_later_starts_keep_what_was_stored(house: House) -> None:
    holder = house.start()
    await ask(holder.url, "CREATE TABLE kept AS SELECT 7 AS n")
    holder.does("close")
    again = house.start()
    assert again.url == holder.url
    assert await ask(again.url, "SELECT n FROM kept") == 7


async def test_a_killed_process_leaves_the_server_to_the_next(house: House) -> None:
    killed = house.start()
    postmaster = killed.postmaster
    killed.die()
    assert await ask(killed.url, "SELECT 1") == 1
    following = house.start()
    assert following.postmaster == postmaster
    following.does("close")
    assert following.postmaster is None


async def test_a_killed_server_recovers_at_the_next_start(house: House) -> None:
    holder = house.start()
    await ask(holder.url, "CREATE TABLE kept AS SELECT 7 AS n")
    assert holder.postmaster is not None
    os.kill(holder.postmaster.pid, signal.SIGKILL)
    following = house.start()
    assert await ask(following.url, "SELECT n FROM kept") == 7
    # The share of the first process counts for the new server too.
    following.does("close")
    assert await ask(holder.url, "SELECT n FROM kept") == 7
    holder.does("close")
    assert holder.postmaster is None


@pytest.mark.parametrize("and_initdb", [True, False])
async def test_a_creation_that_was_killed_is_done_again(house: House, *, and_initdb: bool) -> None:
    killed = house.begin()
    unfinished = [directory / "cluster.unfinished" for directory in house.places]
    eventually(lambda: any((directory / "base").exists() for directory in unfinished))
    killed.die()
    assert not any((directory / "cluster").exists() for directory in house.places)
    if and_initdb:
        kill_those_working_on(unfinished)
    holder = house.start()
    assert await ask(holder.url, "SELECT current_database()") == "merkato"
    assert not any(directory.exists() for directory in unfinished)


def test_first_starts_at_once_make_one_cluster(house: House) -> None:
    first, second = house.begin(), house.begin()
    first.wait(), second.wait()
    assert first.url == second.url
    log = (first.directory.parent / "server.log").read_text()
    assert log.count("starting PostgreSQL") == 1


def test_a_number_left_behind_may_belong_to_another_process_by_now(house: House) -> None:
    holder = house.start()
    written = (holder.directory / "postmaster.pid").read_text().splitlines()
    holder.does("close")
    owner = holder.directory.stat()
    other = subprocess.Popen(
        ["sleep", "60"], user=owner.st_uid if IS_ROOT else None, group=owner.st_gid if IS_ROOT else None
    )
    try:
        stale = holder.directory / "postmaster.pid"
        stale.write_text("\n".join([str(other.pid), *written[1:]]))
        os.chown(stale, owner.st_uid, owner.st_gid)
        lock = holder.directory / ".s.PGSQL.5432.lock"
        lock.write_text(stale.read_text())
        os.chown(lock, owner.st_uid, owner.st_gid)
        following = house.start()
        assert following.said.get("url") == holder.url, following.said
        following.does("close")
        assert other.poll() is None, "a process that is not the server is let be"
    finally:
        other.kill()
        other.wait()


async def test_a_start_waits_for_a_server_that_is_stopping(house: House) -> None:
    holder = house.start()
    client = await asyncpg.connect(holder.url)
    postmaster = holder.postmaster
    assert postmaster is not None
    os.kill(postmaster.pid, signal.SIGTERM)
    stopping = holder.directory / "postmaster.pid"
    eventually(lambda: "stopping" in stopping.read_text())
    following = house.begin()
    await asyncio.sleep(0.5)
    assert holder.postmaster is not None
    assert holder.postmaster.pid == postmaster.pid
    await client.close()
    following.wait()
    assert following.postmaster is not None
    assert following.postmaster.pid != postmaster.pid
    assert await ask(following.url, "SELECT 1") == 1


async def test_forked_children_neither_stop_the_server_nor_keep_it(house: House) -> None:
    holder = house.start()
    holder.does("fork and close")
    assert await ask(holder.url, "SELECT 1") == 1
    second = house.start()
    holder.does("fork and stay")
    holder.does("close")
    assert await ask(second.url, "SELECT 1") == 1
    second.does("fork and stay")
    second.does("close")
    assert second.postmaster is None
    assert await ask(house.start().url, "SELECT 1") == 1


async def test_a_long_home_gets_its_socket_elsewhere(house: House) -> None:
    start_long(house)
    holder = house.start()
    assert await ask(holder.url, "SELECT 1") == 1
    assert holder.postmaster is not None
    sockets = holder.postmaster.sockets
    assert sockets is not None
    assert sockets.parent == Path(tempfile.gettempdir())
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert sockets.stat().st_uid == holder.directory.stat().st_uid
    holder.does("close")
    assert not sockets.exists()


def test_a_socket_directory_that_others_may_enter_is_refused(house: House) -> None:
    start_long(house)
    sockets = Path(tempfile.gettempdir()) / f"merkato-{places._digest(house.home.resolve())}"
    sockets.mkdir()
    sockets.chmod(0o755)
    if house.user is not None:
        os.chown(sockets, house.user, -1)
    assert "is not ours" in house.start().said["failure"]


@only_root
def test_a_socket_directory_of_another_user_is_refused(house: House) -> None:
    start_long(house)
    sockets = Path(tempfile.gettempdir()) / f"merkato-{places._digest(house.home.resolve())}"
    sockets.mkdir(mode=0o700)
    os.chown(sockets, 12345, -1)
    assert "is not ours" in house.start().said["failure"]


async def test_a_server_killed_this_instant_is_not_taken_for_a_running_one(ours: House) -> None:
    with embedded.start(ours.home) as share:
        killed = server.find(share.directory)
        assert killed is not None
        os.kill(killed.pid, signal.SIGKILL)
        with embedded.start(ours.home) as following:
            assert await ask(following.url, "SELECT 1") == 1
        assert await ask(share.url, "SELECT 1") == 1


async def test_a_start_waits_for_what_a_killed_server_left_running(ours: House) -> None:
    holder = ours.start()
    client = await asyncpg.connect(holder.url)
    child = client.get_server_pid()
    assert holder.postmaster is not None
    os.kill(child, signal.SIGSTOP)
    try:
        os.kill(holder.postmaster.pid, signal.SIGKILL)
        following = ours.begin()
        log = holder.directory.parent / "server.log"
        eventually(lambda: server.BUSY in log.read_text())
    finally:
        os.kill(child, signal.SIGCONT)
    following.wait()
    assert await ask(following.url, "SELECT 1") == 1
    client.terminate()


def test_a_server_that_hangs_is_not_ready(ours: House) -> None:
    with embedded.start(ours.home) as share:
        hanging = server.find(share.directory)
        assert hanging is not None
        os.kill(hanging.pid, signal.SIGSTOP)
        try:
            with pytest.raises(embedded.EmbeddedFailed, match="not ready yet"):
                embedded.start(ours.home, timeout=0.1)
        finally:
            os.kill(hanging.pid, signal.SIGCONT)


def test_nobody_listens_behind_a_dead_socket(home: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(home / places.SOCKET))
    assert not server._listens(home)
    assert not server._answers(home)
