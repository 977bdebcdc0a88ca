"""What the files of `deploy/` are held against: the command line, the settings, and others' schemas."""

import json
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
import yaml
from typer.main import get_command

from house.source import ROOT
from merkato import cli
from merkato.settings import Settings, variables

SHELLCHECK = pytest.mark.skipif(
    sys.platform == "linux" and platform.machine() != "x86_64", reason="ShellCheck has no wheel for this machine."
)
DEPLOY: Final = ROOT / "deploy"
PATHS: Final = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text())["paths"]
VARIABLES: Final = {variable for name in Settings.model_fields for variable in variables(name)}


def read(path: Path) -> Any:
    """A YAML file. Its first version takes the word `on` for a truth."""
    content = yaml.safe_load(path.read_text())
    return {"on" if key is True else key: value for key, value in content.items()}


def fits(content: Any, schema: str) -> None:
    """Raises when the content is not as the schema of this name says, one of those that check-jsonschema keeps."""
    text = files("check_jsonschema.builtin_schemas.vendor").joinpath(f"{schema}.json").read_text()
    jsonschema_rs.validator_for(json.loads(text)).validate(content)


def parses(words: Sequence[str]) -> None:
    """Raises when this is no command of ours, or not with these options."""
    program, *rest = words
    assert Path(program).name == "merkato"
    command: Any = get_command(cli.app)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    assert not getattr(command, "commands", {}), words
    command.make_context("merkato", rest)


def beside_python(program: str) -> Path:
    """A program that pip has installed, whether or not its folder is in the path."""
    return Path(sys.executable).with_name(program)


def shellcheck(script: str, *pardoned: str) -> str:
    """What ShellCheck says of a script for bash from the level of warnings on; a pardon is for all of it."""
    words = [str(beside_python("shellcheck")), "--shell=bash", "--severity=warning", "--format=gcc"]
    pardon = [f"--exclude={','.join(pardoned)}"] if pardoned else []
    return subprocess.run([*words, *pardon, "-"], input=script, capture_output=True, text=True, check=False).stdout


def settings(text: str) -> set[str]:
    """The settings that a text names."""
    return set(re.findall(r"\bMERKATO_[A-Z_]*[A-Z]\b", text))


def pinned(images: Iterable[str]) -> bool:
    """Whether each image names a whole version: what is built tomorrow is what is built today."""
    return all(re.fullmatch(r"[\w./-]+:\d+\.\d+(\.\d+)?(-[\w.-]+)?", image) for image in images)
