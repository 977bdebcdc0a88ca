"""What root may and may not do for an embedded database."""

import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from kit.embedded.holders import House, nobody, only_root, wheel
from merkato.kit import embedded
from merkato.kit.embedded import binaries, places, server
from merkato.kit.embedded.owner import Owner


@only_root
def test_root_changes_nothing_that_is_not_ours(ours: House) -> None:
    ours.home.chmod(0o700)
    strange = [ours.home, *ours.home.parents, wheel(), *wheel().parents, wheel() / "pginstall18" / "bin" / "postgres"]
    before = [rights(path) for path in strange]
    holder = ours.start()
    assert [rights(path) for path in strange] == before
    assert list(ours.home.iterdir()) == []
    assert holder.directory.is_relative_to(places.OUTSIDE)
    assert holder.directory.parent.stat().st_uid == 0
    assert holder.postmaster is not None
    process = Path("/proc") / str(holder.postmaster.pid)
    assert process.stat().st_uid == holder.directory.stat().st_uid != 0
    assert re.search(r"^Groups:\s*$", (process / "status").read_text(), re.MULTILINE), "no group of root's is left"
    assert b"HOME=" not in (process / "environ").read_bytes(), "nothing of our environment is handed on"


def rights(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mode, found.st_uid, found.st_gid


@only_root
def test_root_keeps_the_database_in_a_home_within_reach(ours: House) -> None:
    ours.home.chmod(0o755)
    holder = ours.start()
    assert holder.directory.is_relative_to(ours.home.resolve())
    holder.does("close")
    ours.home.chmod(0o700)
    assert ours.start().said.get("failure"), "a second, empty database would hide the first"
    assert not ours.places[1].exists()


@only_root
@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_a_home_first_used_by_root_is_refused_to_others(ours: House, packages: str, mode: int) -> None:
    ours.packages = packages
    ours.home.chmod(mode)
    ours.start().does("close")
    os.chown(ours.home, nobody(), -1)
    assert "belongs to the user root" in ours.start(user=nobody()).said["failure"]


@only_root
def test_a_home_first_used_by_others_is_refused_to_root(ours: House, packages: str) -> None:
    ours.packages = packages
    os.chown(ours.home, nobody(), -1)
    ours.start(user=nobody()).does("close")
    assert "belongs to the user nobody" in ours.start().said["failure"]
    with pytest.raises(embedded.EmbeddedFailed, match="belongs to the user nobody"):
        embedded.url_of(ours.home)


@only_root
def test_root_copies_the_programs_out_of_an_unreachable_package(
    ours: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = Path(tempfile.mkdtemp(prefix="mk-outside-"))
    outside.chmod(0o755)
    monkeypatch.setattr(places, "OUTSIDE", outside)
    tmp_path.chmod(0o700)
    for name in (binaries.PACKAGE, binaries.LIBRARIES):
        (tmp_path / name).symlink_to(wheel().with_name(name))
    monkeypatch.syspath_prepend(str(tmp_path))
    (copying := outside / "postgresql-0.unfinished").mkdir()
    try:
        with embedded.start(ours.home) as share:
            running = server.find(share.directory)
            assert running is not None
            (copy,) = set(outside.glob("postgresql-*")) - {copying}
            assert Path(f"/proc/{running.pid}/exe").readlink().is_relative_to(copy)
            assert {path.stat().st_uid for path in copy.rglob("*")} == {0}
            made = copy.stat().st_ino
        embedded.start(ours.home).close()
        assert copy.stat().st_ino == made, "it is copied once"
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    finally:
        ours.clear()
        shutil.rmtree(outside)


@only_root
def test_a_copy_that_was_interrupted_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "copy.unfinished" / "half").mkdir(parents=True)
    binaries._copy(wheel(), tmp_path / "copy")
    assert not (tmp_path / "copy.unfinished").exists()
    assert not (tmp_path / "copy" / "half").exists()
    done = Owner().run(
        [tmp_path / "copy" / binaries.PACKAGE / "pginstall18" / "bin" / "initdb", "--version"], output=subprocess.PIPE
    )
    assert b"18" in done.stdout
