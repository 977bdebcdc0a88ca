"""The project's own Python files, parsed once for the rules about them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SRC: Final = ROOT / "src" / "merkato"
TESTS: Final = ROOT / "tests"
DOMAINS: Final = SRC / "domains"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file."""

    path: Path
    text: str
    tree: ast.Module

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    def at(self, node: ast.stmt | ast.expr) -> str:
        """Where something is, as an editor opens it."""
        return f"{self}:{node.lineno}"

    def functions(self) -> Iterator[Function]:
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Calls of a method or function of one of these names."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
                if name in names:
                    yield node

    def imported(self, package: str) -> Iterator[tuple[ast.ImportFrom, str]]:
        """Names that are imported from a package or from below it."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and (f"{node.module}.").startswith(f"{package}."):
                for alias in node.names:
                    yield node, alias.name

    @property
    def is_revision(self) -> bool:
        return self.path.parent == SRC / "migrations" / "versions"


@cache
def sources() -> tuple[Source, ...]:
    """Every file of the package and of its tests."""
    paths = sorted([*SRC.rglob("*.py"), *TESTS.rglob("*.py")])
    return tuple(Source(path, text := path.read_text(), ast.parse(text)) for path in paths)


def packaged() -> tuple[Source, ...]:
    return tuple(source for source in sources() if source.path.is_relative_to(SRC))


def parts_of_domains(*names: str) -> Iterator[Source]:
    """Files of domains that are, or lie in, a part of one of these names (`service.py`, `service/`)."""
    for source in packaged():
        if source.path.is_relative_to(DOMAINS):
            below = source.path.relative_to(DOMAINS).with_suffix("").parts
            if len(below) > 1 and below[1] in names:
                yield source
