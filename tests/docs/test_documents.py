"""What the documents say is true: links lead somewhere, commands and settings exist, paths are served."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from house.source import ROOT
from merkato import cli
from merkato.settings import Settings, variables

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EACH = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
MAKEFILE = ROOT / "Makefile"


def commands(text: str, program: str) -> Iterator[str]:
    """Commands in code, that begin with a program."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    for line in [*lines, *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)]:
        match = re.match(rf"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?({program} .*)", line)
        if match:
            yield match[1].split("  #")[0]


@EACH
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


@EACH
def test_commands_exist(document: Path) -> None:
    for line in commands(document.read_text(), "merkato"):
        command: Any = get_command(cli.app)
        words = [
            word for word in shlex.split(line)[1:] if not re.fullmatch(r">{1,2}|\S+\.(env|example)|\.env|\|", word)
        ]
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        if words and words[0] not in {"|", "..."}:
            assert not getattr(command, "commands", {}), line
        known = {name for each in command.params for name in each.opts} | {"--help"}
        assert {word for word in words if word.startswith("--")} <= known, line


@EACH
def test_make_targets_exist(document: Path) -> None:
    if not MAKEFILE.exists():
        pytest.skip("There is no Makefile.")
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE.read_text(), re.MULTILINE))
    for line in commands(document.read_text(), "make"):
        assert line.split()[1] in targets, line


@EACH
def test_settings_exist(document: Path) -> None:
    known = {variable for name in Settings.model_fields for variable in variables(name)}
    known |= {"MERKATO_TEST_DATABASE_URL"}
    assert set(re.findall(r"\bMERKATO_[A-Z_]*[A-Z]\b", document.read_text())) <= known


@EACH
def test_paths_are_served(document: Path) -> None:
    served = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text())["paths"]
    patterns = [re.sub(r"{\w+}", "[^/]+", path) for path in served]
    for said in re.findall(r"(?:127\.0\.0\.1:8000|\$shop|[`\s])(/(?:v1/)?[a-z][\w/.${}-]*)", document.read_text()):
        path = f"/v1{said}" if said.startswith(("/products", "/checkouts", "/orders")) else said
        if path.startswith("/v1/"):
            assert any(re.fullmatch(pattern, path) for pattern in patterns), path


@EACH
def test_documents_speak_of_the_product_only(document: Path) -> None:
    assert not re.search(r"/(work|home|root|tmp)/", document.read_text())
