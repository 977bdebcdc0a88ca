"""How files are written: small, documented, and each thing in its place."""

import ast
import subprocess
import sys

from house.source import DOMAINS, ROOT, SRC, TESTS, packaged, parts_of_domains, sources

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
STATEMENTS = {"select", "insert", "update", "delete", "text", "exists", "union", "union_all", "literal_column"}

EXTRA = ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.instrumentation", "merkato.kit.traces.sending")


def test_files_stay_small() -> None:
    long = [str(each) for each in sources() if not each.is_revision and each.text.count("\n") > FILE_LINES_MAX]
    assert not long, f"These files have more than {FILE_LINES_MAX} lines; make each a package of the same name: {long}"


def test_functions_stay_small() -> None:
    long = [
        each.at(function)
        for each in sources()
        if not each.is_revision
        for function in each.functions()
        if (function.end_lineno or 0) - function.lineno >= FUNCTION_LINES_MAX
    ]
    assert not long, f"These functions have more than {FUNCTION_LINES_MAX} lines: {long}"


def test_nothing_is_imported_inside_a_function() -> None:
    found = [
        each.at(node)
        for each in sources()
        for function in each.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not found


def test_modules_open_with_a_sentence() -> None:
    silent = [str(each) for each in sources() if each.text.strip() and not ast.get_docstring(each.tree)]
    assert not silent
    endless = [
        str(each)
        for each in packaged()
        if not each.is_revision and not (ast.get_docstring(each.tree) or ".").split("\n\n")[0].rstrip().endswith(".")
    ]
    assert not endless, f"The first paragraph is a whole sentence: {endless}"


def test_files_have_names_that_say_something() -> None:
    assert not [str(each) for each in sources() if each.path.stem in FORBIDDEN_NAMES]
    assert not [
        str(each) for each in packaged() for part in each.path.relative_to(SRC).parts if part in FORBIDDEN_NAMES
    ]


def test_test_files_have_names_of_their_own() -> None:
    names = sorted(path.stem for path in TESTS.rglob("test_*.py"))
    assert names == sorted(set(names)), "Two files of one name are one module to the importer."


def test_a_domain_says_in_one_sentence_what_it_owns() -> None:
    for package in sorted(path for path in DOMAINS.iterdir() if (path / "__init__.py").exists()):
        tree = ast.parse((package / "__init__.py").read_text())
        sentence = ast.get_docstring(tree) or ""
        assert len(tree.body) == 1, f"{package.name}/__init__.py holds nothing but its sentence."
        assert sentence.lower().startswith(f"{package.name} owns "), package.name
        assert sentence.endswith("."), package.name
        assert sentence.count(". ") == 0, package.name


def test_one_place_commits() -> None:
    allowed = {SRC / "kit" / "database.py", SRC / "migrations" / "__init__.py"}
    found = [each.at(call) for each in packaged() if each.path not in allowed for call in each.calls("commit")]
    assert not found, f"Only Database.transaction() commits: {found}"


def test_services_and_routes_hold_no_sql() -> None:
    found = [
        each.at(node)
        for each in parts_of_domains("service", "routes", "flows", "schemas", "reactions", "schedules")
        for node, name in each.imported("sqlalchemy")
        if name in STATEMENTS
    ]
    found += [
        each.at(call)
        for each in parts_of_domains("service", "routes", "flows", "access", "reactions", "schedules")
        for call in each.calls("execute", "scalar", "scalars", "stream")
    ]
    assert not found, f"Statements belong to queries: {found}"


def test_services_do_not_know_http() -> None:
    found = [
        each.at(node)
        for each in parts_of_domains("models", "schemas", "queries", "service")
        for package in ("fastapi", "starlette", "httpx")
        for node, _ in each.imported(package)
    ]
    assert not found


def test_relationships_are_loaded_by_name_only() -> None:
    lazy = [
        each.at(call)
        for each in packaged()
        for call in each.calls("relationship")
        if not any(word.arg == "lazy" and getattr(word.value, "value", None) == "raise" for word in call.keywords)
    ]
    assert not lazy, f'lazy="raise" is missing: {lazy}'


def test_an_extra_is_imported_by_who_is_asked_for_it_only() -> None:
    found = [
        each.at(node)
        for each in packaged()
        if each.path != SRC / "kit" / "traces" / "sending.py"
        for package in ("opentelemetry", "merkato.kit.traces")
        for node, name in each.imported(package)
        if f"{node.module}.{name}".startswith(EXTRA)
    ]
    assert not found, f"Who does not ask for traces has not installed this: {found}"


def test_run_time_annotations_work() -> None:
    assert not [str(each) for each in sources() for _, name in each.imported("__future__") if name == "annotations"]


def test_imports_keep_their_order() -> None:
    command = "from importlinter.cli import lint_imports_command as check; check()"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
