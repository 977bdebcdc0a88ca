"""Carries out the Dockerfile without a container engine, and sees that what comes out serves: as root on Linux, `python3 deploy/bare.py`.

Each stage gets a view of this machine's files in which everything may be changed and nothing of it reaches the machine. The Python that runs
this stands in for that of the base image; the layers, the base image's own files and the architecture are what only a build can show.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from string import Template

HERE = Path(__file__).resolve().parents[1]
PATIENCE = 300.0


class Stage:
    """One stage of the Dockerfile: its files, and what holds for its steps."""

    def __init__(self, room: Path) -> None:
        self.root, changed, work = (room / name for name in ("root", "changed", "work"))
        for folder in (self.root, changed, work):
            folder.mkdir(parents=True)
        do("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={changed},workdir={work}", self.root)
        for system in ("/proc", "/dev"):
            do("mount", "--rbind", system, f"{self.root}{system}")
        do("mount", "-t", "tmpfs", "tmpfs", self.root / "tmp")
        self.folder, self.user = "/", "0:0"
        own = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        self.environment = own | {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "HOME": "/nowhere"}
        base = Path(sys.base_prefix)
        if base not in {Path("/usr"), Path("/usr/local")}:
            # As in the official images, Python is in /usr/local, where everybody may read it.
            for name in ("bin", "lib"):
                shutil.copytree(base / name, self.root / "usr/local" / name, symlinks=True, dirs_exist_ok=True)
            base = Path("/usr/local")
            self.environment["LD_LIBRARY_PATH"] = "/usr/local/lib"
        python = self.root / "usr/local/bin/python"
        python.unlink(missing_ok=True)
        python.symlink_to(base / "bin" / f"python3.{sys.version_info.minor}")

    def command(self, *words: str) -> list[str]:
        """The words as a process of this stage's user sees them."""
        who, group = self.user.split(":")
        chroot = ["chroot", f"--userspec=+{who}:+{group}", "--groups=", str(self.root)]
        return [*chroot, "env", "--chdir", self.folder, *words]

    def copy(self, said: str, built: dict[str, "Stage"]) -> None:
        *sources, target = said.split()
        place = HERE
        if sources[0].startswith("--from="):
            place = built[sources.pop(0).removeprefix("--from=")].root
        for source in sources:
            found, goal = place / source.lstrip("/"), self.root / str(Path(self.folder) / target).lstrip("/")
            if found.is_dir():
                shutil.copytree(
                    found, goal, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
                )
            else:
                goal.mkdir(parents=True, exist_ok=True)
                shutil.copy(found, goal)


def do(*words: object) -> None:
    """A command that must succeed."""
    subprocess.run([str(word) for word in words], check=True)


def steps() -> Iterator[tuple[str, str]]:
    """The Dockerfile's instructions, each on one line."""
    for line in re.sub(r"\\\n\s*", "", (HERE / "deploy" / "Dockerfile").read_text()).splitlines():
        if line and not line.startswith("#"):
            word, rest = line.split(maxsplit=1)
            yield word, rest


def built(room: Path) -> tuple[Stage, dict[str, str]]:
    """The last stage, and what is said of how it runs."""
    stages: dict[str, Stage] = {}
    said: dict[str, str] = {}
    for number, (word, rest) in enumerate(steps()):
        print(f"{word} {rest}"[:150], flush=True)
        if word == "FROM":
            stage = Stage(room / str(number))
            stages[rest.rpartition(" AS ")[2]] = stage
        elif word == "RUN":
            subprocess.run(stage.command("sh", "-c", rest), env=stage.environment, check=True)
        elif word == "COPY":
            stage.copy(rest, stages)
        elif word == "ENV":
            stage.environment |= dict(
                each.split("=", 1) for each in Template(rest).substitute(stage.environment).split()
            )
        elif word == "WORKDIR":
            stage.folder = rest
            (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "USER":
            stage.user = rest
        else:
            said[word] = rest
    return stage, said


def serves(stage: Stage, said: dict[str, str]) -> None:
    """Start it as an orchestrator would, with files that cannot be changed but for the volume and /tmp; it must get well, and end when told."""
    home = stage.root / said["VOLUME"].lstrip("/")
    do("mount", "-t", "tmpfs", "-o", f"uid={stage.user.split(':')[0]},mode=0700", "tmpfs", home)
    do("mount", "-o", "remount,ro", stage.root)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        stage.environment["MERKATO_PORT"] = str(free.getsockname()[1])
    with subprocess.Popen(stage.command(*json.loads(said["CMD"])), env=stage.environment) as server:
        check = stage.command(*json.loads(said["HEALTHCHECK"].partition(" CMD ")[2]))
        deadline = time.monotonic() + PATIENCE
        while subprocess.run(check, env=stage.environment, capture_output=True, check=False).returncode:
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit("What was built does not get well.")
            time.sleep(1)
        subprocess.run(stage.command("merkato", "doctor"), env=stage.environment, check=True)
        server.send_signal(getattr(signal, said["STOPSIGNAL"]))
        if server.wait(60):
            sys.exit("What was built does not end well.")


def main() -> None:
    if "--in-a-view" not in sys.argv:
        if os.geteuid():
            sys.exit("Only root may give a process its own view of the files: sudo python3 deploy/bare.py")
        os.execvp("unshare", ["unshare", "--mount", "--propagation=private", sys.executable, __file__, "--in-a-view"])
    with tempfile.TemporaryDirectory(prefix="merkato-bare-") as room:
        # What is written lies in memory, and is gone with this process.
        do("mount", "-t", "tmpfs", "tmpfs", room)
        try:
            serves(*built(Path(room)))
            print("The steps were carried out, and what came of them serves.")
        finally:
            for mount in Path(room).glob("*/root"):
                do("umount", "--recursive", "--lazy", mount)
            do("umount", "--lazy", room)


if __name__ == "__main__":
    main()
