"""What the documents say is true: links lead somewhere, commands and settings exist, requests fit the API's description."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pytest
from typer.main import get_command

from deploy.parts import SHELLCHECK, shellcheck
from docs import described, pages, shell
from docs.pages import DOCUMENTS
from house.source import ROOT
from merkato import cli
from merkato.settings import Settings, variables

EACH = pytest.mark.parametrize("document", DOCUMENTS, ids=pages.name)
SOURCES = sorted(path for path in (ROOT / "src").rglob("*.py") if "`merkato " in path.read_text())
HERE: Final = {"127.0.0.1", "localhost"}
OUTSIDE: Final = {
    "YOUR-APP.herokuapp.com",
    "api.stripe.com",
    "github.com",
    "html.spec.whatwg.org",
    "httpie.io",
    "keepachangelog.com",
    "openapi-ts.dev",
    "opentelemetry.io",
    "owasp.org",
    "semver.org",
    "www.standardwebhooks.com",
}
"""Whom documents send their readers to. No test asks them; an address that nobody has looked at is seen here."""
MAKEFILE = ROOT / "Makefile"
MERKATO: Final = {"merkato", ".venv/bin/merkato"}
OTHERS: Final = {
    "curl",
    "echo",
    "export",
    "grep",
    "head",
    "http",
    "jq",
    "node",
    "npm",
    "npx",
    "pkill",
    "psql",
    "tar",
    "tee",
    ".venv/bin/python",
}
"""What else documents may ask for. It is looked at below, or does nothing of ours; requests of `http` are run in `test_httpie.py`."""
OTHERS_OF_DEPLOYING: Final = {
    "for",
    "do",
    "done",
    "aws",
    "az",
    "cp",
    "cut",
    "docker",
    "git",
    "helm",
    "heroku",
    "kubectl",
    "sudo",
    "tr",
    "umask",
}
"""What deploying asks for; `tests/deploy` looks at it."""


def commands(document: Path) -> Iterator[list[str]]:
    """Commands with their words, out of blocks and out of lines."""
    for block in pages.fences(document, "sh"):
        yield from shell.programs(block)
    for each in pages.code(document):
        if re.match(r"(\.venv/bin/|merkato |make |MERKATO_\w+=\S+ )", each):
            yield from shell.programs(each)


@EACH
def test_links_lead_somewhere(document: Path) -> None:
    for link in pages.links(document):
        if re.match(r"(https?|mailto):", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not anchor or (target.suffix == ".md" and anchor in pages.anchors(target)), link


@EACH
def test_blocks_hold_programs_that_are_looked_at(document: Path) -> None:
    blocks = pages.fences(document, "sh")
    known = (
        MERKATO
        | OTHERS
        | OTHERS_OF_DEPLOYING
        | {"make", "/opt/merkato/bin/merkato"}
        | {name for block in blocks for name in shell.functions(block)}
    )
    for block in blocks:
        assert {command[0] for command in shell.programs(block)} <= known


PARDONED: Final = (
    "SC2024",  # Who asks for a copy of the database, and not root, has the file.
    "SC2034",  # Settings that are shown as lines of a file are used by no shell.
    "SC2046",  # Two settings come of one command, as two words.
    "SC2154",  # What the text tells the reader to have, such as $token.
)


@SHELLCHECK
def test_the_shell_finds_nothing_strange() -> None:
    for document in DOCUMENTS:
        script = "\n".join(pages.fences(document, "sh"))
        found = shellcheck(script, *PARDONED) if script else ""
        assert found == "", pages.name(document)


@EACH
def test_commands_exist(document: Path) -> None:
    for line in commands(document):
        if line[0] in MERKATO:
            exists(line[1:])


def exists(words: list[str]) -> None:
    """Raises when we have no such command, or not with these options."""
    line, words = words, list(words)
    command: Any = get_command(cli.app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    assert not words or words == ["..."] or not getattr(command, "commands", {}), line
    known = {name for each in command.params for name in each.opts} | {"--help"}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("file", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_the_program_names_exist(file: Path) -> None:
    for said in re.findall(r"`merkato ([^`]+)`", file.read_text()):
        # What stands in braces is filled in when it is said.
        exists(re.sub(r"{.+?}", "1", said).split())


@EACH
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE.read_text(), re.MULTILINE))
    for line in commands(document):
        if line[0] == "make" and len(line) > 1:
            assert {word for word in line[1:] if "=" not in word} <= targets, line


@EACH
def test_files_in_commands_are_there(document: Path) -> None:
    for line in commands(document):
        for word in line:
            if re.match(r"(tests|deploy|bench|clients|docs|src)/", word):
                assert (ROOT / word.partition("::")[0]).exists(), line


@EACH
def test_files_that_are_named_are_there(document: Path) -> None:
    for word in pages.code(document):
        if re.fullmatch(r"(tests|deploy|bench|docs|src)/[\w./-]+(::\w+)?", word):
            path, _, test = word.partition("::")
            assert path == "deploy/.env" or (ROOT / path).exists(), word  # That one is everybody's own.
            assert not test or f"def {test}(" in (ROOT / path).read_text(), word


@EACH
def test_what_pytest_is_told_holds_tests(document: Path) -> None:
    for line in commands(document):
        for word in line[line.index("pytest") :] if "pytest" in line else ():
            if word.startswith("tests/"):
                path, _, test = word.partition("::")
                place = ROOT / path
                files = [place] if place.is_file() else [*place.rglob("test_*.py")]
                assert any(f"def {test or 'test_'}" in file.read_text() for file in files), word


@EACH
def test_outside_addresses_are_known(document: Path) -> None:
    for scheme, host in re.findall(r"\b(\w+)://([\w-]+(?:\.[\w-]+)*)", document.read_text()):
        if scheme not in {"http", "https"} or host in HERE or re.search(r"\bexample(\.com)?$", host):
            continue
        assert scheme == "https", host
        assert host in OUTSIDE, host


def test_outside_addresses_that_are_listed_are_used() -> None:
    texts = "\n".join(document.read_text() for document in DOCUMENTS)
    assert [host for host in OUTSIDE if f"https://{host}" not in texts] == []


@EACH
def test_settings_exist(document: Path) -> None:
    known = {variable for name in Settings.model_fields for variable in variables(name)}
    known |= {"MERKATO_TEST_DATABASE_URL"}
    assert set(re.findall(r"\bMERKATO_[A-Z_]*[A-Z]\b", document.read_text())) <= known


@EACH
def test_paths_are_served(document: Path) -> None:
    patterns = [re.sub(r"{\w+}", "[^/]+", path) for path in described.committed()["paths"]]
    for path in re.findall(r"(?:127\.0\.0\.1:8000|[`\s])(/v1/[a-z][\w/.${}-]*)", document.read_text()):
        assert any(re.fullmatch(pattern, path) for pattern in patterns), path


@EACH
def test_operations_are_served(document: Path) -> None:
    known = described.committed()["paths"]
    named = r"\b((?:(?:GET|PUT|POST|PATCH|DELETE)(?:, | and | or )?)+) (/v1/[a-z][\w/.${}-]*)"
    for methods, path in re.findall(named, document.read_text()):
        patterns = [each for each in known if re.fullmatch(re.sub(r"{\w+}", "[^/]+", each), path.rstrip("."))]
        for method in re.findall(r"[A-Z]+", methods):
            assert any(method.lower() in known[each] for each in patterns), f"{method} {path}"


@EACH
def test_requests_of_curl_fit_the_description(document: Path) -> None:
    blocks = "\n".join(pages.fences(document, "sh"))
    shop = re.search(r"^shop=(\S+)", blocks, re.MULTILINE)
    for call in shell.calls(blocks):
        url = call.url.replace("$shop", shop[1] if shop else "$shop").removeprefix("http://127.0.0.1:8000")
        path, _, query = filled(url).partition("?")
        check(call, path, query)


def filled(text: str) -> str:
    """The text with something for its variables: a number behind a colon, else an id, and a code for what a program says."""
    text = re.sub(r"(?<=: )\$\w+", "1", text)
    return re.sub(r"\$\w+", described.ID, text.replace("$(code)", "123456"))


def check(call: shell.Call, path: str, query: str) -> None:
    document = described.committed()
    method = next(
        (each.split()[1] for each in call.headers if each.startswith("Access-Control-Request-Method")), call.method
    )
    operation = described.operation_of(document, method, path)
    described.check_query(operation, "&".join([query, *call.form] if call.data_in_url else [query]))
    for body in call.json:
        described.check_json(document, operation, json.loads(filled(body)))
    if call.form and not call.data_in_url:
        described.check_form(document, operation, "&".join(call.form))


@EACH
def test_documents_speak_of_the_product_only(document: Path) -> None:
    assert not re.search(r"/(work|home|root|tmp)/", document.read_text())
