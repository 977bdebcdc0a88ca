"""The image, and a shop of it on one machine."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.parts import DEPLOY, beside_python, fits, parses, pinned, read
from house.source import ROOT

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
STEPS = [
    tuple(line.split(maxsplit=1))
    for line in re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines()
    if line and not line.startswith("#")
]
COMPOSE = [DEPLOY / "compose.yaml", DEPLOY / "compose.mocks.yaml"]


def said(word: str) -> list[str]:
    return [rest for name, rest in STEPS if name == word]


def services(*files: Path) -> dict[str, dict[str, Any]]:
    return {name: service for file in files for name, service in read(file)["services"].items()}


def test_hadolint_finds_nothing_in_it() -> None:
    found = subprocess.run(
        [beside_python("hadolint"), DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (0, "")


def test_the_image_is_made_of_a_pinned_one() -> None:
    version = said("ARG")[0].removeprefix("PYTHON=")
    stages = [each.split()[0] for each in said("FROM")]
    assert len(stages) == 2
    assert pinned(each.replace("${PYTHON}", version) for each in stages)
    assert "slim" in version


def test_nobody_in_the_image_is_root() -> None:
    user = said("USER")[-1]
    assert int(user.split(":")[0]) >= 1000
    assert f"--uid {user.split(':')[0]} " in said("RUN")[-1]
    # Nothing is done after it as somebody else, and nothing before it needs what a build machine has.
    assert [name for name, _ in STEPS[STEPS.index(("USER", user)) :]].count("RUN") == 0


def test_what_is_copied_is_let_in_and_nothing_else() -> None:
    first, *rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in {"", "#"}]
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = {word for each in said("COPY") if "--from" not in each for word in each.split()[:-1]}
    assert first == "*"
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)
    assert not any(fnmatch(name, rule) for name in (".env", ".git", ".merkato") for rule in let_in)


def test_the_image_serves() -> None:
    parses(json.loads(said("CMD")[-1]))


@contextmanager
def answering(status: int) -> Iterator[int]:
    """The port of a server that answers so to whoever asks whether it lives."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health/live" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "health"), [(200, "well"), (503, "ill"), (None, "ill")])
def test_the_health_check_tells_who_lives(status: int | None, health: str) -> None:
    _, *words = json.loads(said("HEALTHCHECK")[0].partition(" CMD ")[2])
    with answering(status or 200) as port:
        asked = port if status else 1
        done = subprocess.run(
            [sys.executable, *words], env={**os.environ, "MERKATO_PORT": str(asked)}, capture_output=True, check=False
        )
    assert ("ill" if done.returncode else "well") == health


@pytest.mark.parametrize("file", COMPOSE, ids=lambda path: path.name)
def test_compose_understands_it(file: Path) -> None:
    fits(read(file), "compose-spec")


def test_services_run_what_is_pinned_and_what_exists() -> None:
    known = services(*COMPOSE, COMPOSE[0])
    others = [each["image"] for each in known.values() if not each["image"].startswith("${MERKATO_IMAGE")]
    assert len(others) == 3
    assert pinned(others)
    for each in known.values():
        if each["image"] not in others:
            parses(each["command"])
        assert set(each.get("depends_on", {})) <= set(known)


def test_a_service_waits_for_what_it_needs() -> None:
    known = services(COMPOSE[0])
    assert known["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("server", "worker"):
        assert known[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
        assert known[name]["environment"]["MERKATO_WORKER"] == "off"


def test_no_password_is_written_down_and_nothing_is_open_to_the_world() -> None:
    known = services(COMPOSE[0])
    assert known["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert "${POSTGRES_PASSWORD:?" in known["server"]["environment"]["MERKATO_DATABASE_URL"]
    published = [port for each in known.values() for port in each.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_only_who_answers_requests_is_asked_for_its_health() -> None:
    known = services(COMPOSE[0])
    assert "healthcheck" not in known["server"]
    assert known["worker"]["healthcheck"] == known["migrate"]["healthcheck"] == {"disable": True}


def test_mocks_have_their_descriptions() -> None:
    known = services(COMPOSE[1])
    for name in ("payments", "kitchen"):
        assert (DEPLOY / "mocks" / Path(known[name]["command"][-1]).name).exists()
    assert known["server"]["environment"] == known["worker"]["environment"]
    assert all(url.split("/")[2].split(":")[0] in known for url in known["server"]["environment"].values())
