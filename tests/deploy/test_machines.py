"""A machine with systemd and nginx, and Heroku: what is started exists, and is told what it must know."""

import re
import shlex
from configparser import RawConfigParser
from pathlib import Path

import crossplane
import pytest

from deploy.parts import DEPLOY, VARIABLES, parses
from house.source import ROOT
from merkato.cli.serving import STOP_TIMEOUT
from merkato.settings import Settings
from merkato.worker import LAST_TASKS

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
HEROKU = DEPLOY / "heroku"


class _Unit(RawConfigParser):
    """systemd tells large letters from small ones."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def unit(path: Path) -> dict[str, dict[str, str]]:
    parser = _Unit(strict=True, delimiters=("=",))
    parser.read_string(path.read_text())
    return {name: dict(parser[name]) for name in parser.sections()}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_what_exists_as_nobody_in_particular(path: Path) -> None:
    service = unit(path)["Service"]
    for name in ("ExecStart", "ExecStartPre"):
        if name in service:
            parses(shlex.split(service[name]))
    told = dict(word.split("=", 1) for word in service["Environment"].split())
    assert set(told) <= VARIABLES
    assert told["MERKATO_HOME"] == service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert service["User"] == "merkato"
    assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "yes")


def test_units_give_time_to_end() -> None:
    server, worker = (
        unit(DEPLOY / "systemd" / name)["Service"] for name in ("merkato.service", "merkato-worker.service")
    )
    assert int(server["TimeoutStopSec"]) > STOP_TIMEOUT
    assert int(worker["TimeoutStopSec"]) > LAST_TASKS
    assert "MERKATO_WORKER=off" in server["Environment"]


def site(folder: Path) -> dict[str, list[str]]:
    """The directives of the site, as nginx would read it within its own configuration."""
    main = folder / "nginx.conf"
    main.write_text(f"events {{}}\nhttp {{ include {DEPLOY / 'nginx' / 'merkato.conf'}; }}\n")
    read = crossplane.parse(str(main), strict=True, combine=True)
    assert read["status"] == "ok", read["errors"]
    found: dict[str, list[str]] = {}

    def walk(block: list[dict[str, object]]) -> None:
        for each in block:
            words = [str(word) for word in each["args"]]  # type: ignore[attr-defined]
            key = (
                f"{each['directive']} {words[0]}" if each["directive"] == "proxy_set_header" else str(each["directive"])
            )
            found.setdefault(key, []).extend(words)
            walk(each.get("block", []))  # type: ignore[arg-type]

    walk(read["config"][0]["parsed"])
    return found


def test_nginx_passes_on_what_the_shop_believes(tmp_path: Path) -> None:
    said = site(tmp_path)
    assert said["proxy_set_header X-Forwarded-For"] == ["X-Forwarded-For", "$remote_addr"]
    assert said["proxy_set_header traceparent"] == ["traceparent", ""]
    assert "127.0.0.1" in unit(DEPLOY / "systemd" / "merkato.service")["Service"]["Environment"]
    assert said["server"] == [f"127.0.0.1:{Settings.model_fields['port'].default}"]
    assert said["proxy_pass"] == [f"http://{said['upstream'][0]}"]


def test_nginx_leaves_the_limit_of_uploads_to_the_shop(tmp_path: Path) -> None:
    (most,) = site(tmp_path)["client_max_body_size"]
    assert int(most.removesuffix("m")) * 1024**2 > Settings.model_fields["upload_max"].default


def test_the_procfile_releases_serves_and_works() -> None:
    lines = dict(line.split(": ", 1) for line in (HEROKU / "Procfile").read_text().splitlines())
    assert set(lines) == {"release", "web", "worker"}
    for line in lines.values():
        words = shlex.split(line)
        told = [word for word in words if re.fullmatch(r"[A-Z_]+=\S*", word)]
        assert {word.split("=")[0] for word in told} <= VARIABLES
        parses(words[len(told) :])
    assert "PORT" in VARIABLES
    assert "DATABASE_URL" in VARIABLES


def test_heroku_installs_this_project_for_a_python_that_it_knows() -> None:
    assert (HEROKU / "requirements.txt").read_text() == ".\n"
    version = (HEROKU / ".python-version").read_text().strip()
    assert version in (ROOT / ".github" / "workflows" / "ci.yml").read_text()
