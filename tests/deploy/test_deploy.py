"""Every file of `deploy/` names only what is there, and some test looks at it."""

from pathlib import Path

import pytest

from deploy.parts import DEPLOY, PATHS, VARIABLES, settings
from house.source import ROOT

FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
EACH = pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))

LOOKED_AT = {
    "test_images.py": {"Dockerfile", "compose.yaml", "compose.mocks.yaml", "bare.py"},
    "test_chart.py": {"chart"},
    "test_watching.py": {"grafana", "prometheus", "compose.watching.yaml"},
    "test_machines.py": {"heroku", "systemd", "nginx"},
    "payments and kitchen": {"mocks"},
}

OTHERS = {"MERKATO_IMAGE"}
"""Variables of compose and of the workflow, which Merkato itself does not read."""


def test_nothing_lies_here_that_no_test_looks_at() -> None:
    assert {file.relative_to(DEPLOY).parts[0] for file in FILES} == set().union(*LOOKED_AT.values())


@EACH
def test_settings_that_a_file_names_exist(file: Path) -> None:
    # A pattern, as in the chart's schema, is no name.
    assert settings(file.read_text().replace("MERKATO_[A-Z_]", "")) - OTHERS <= VARIABLES


@EACH
def test_probes_ask_what_is_served(file: Path) -> None:
    for path in ("/health/live", "/health/ready"):
        if path in file.read_text():
            assert "get" in PATHS[path]


@EACH
def test_guides_that_a_file_names_exist(file: Path) -> None:
    for word in file.read_text().split():
        if word.startswith("docs/guides/"):
            assert (ROOT / word.partition("#")[0].rstrip(".;,:)")).exists(), word
