"""What the code declares, problems, events, scopes, settings, commands, and who may what. All of it is imported first."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from house.access.matrix import Row
from merkato import domains
from merkato.kit.events import Event


@cache
def modules_of_domains() -> tuple[ModuleType, ...]:
    """Every module of every domain."""
    found = pkgutil.walk_packages(domains.__path__, "merkato.domains.")
    return tuple(importlib.import_module(each.name) for each in found)


def events() -> list[type[Event]]:
    """Every kind of event, by name."""
    modules_of_domains()
    return sorted(_below(Event), key=lambda kind: kind.name)


@cache
def rows() -> tuple[Row, ...]:
    """The access matrix."""
    files = pkgutil.iter_modules([str(Path(__file__).parent / "access")])
    modules = [importlib.import_module(f"house.access.{found.name}") for found in files]
    return tuple(row for module in modules for row in getattr(module, "ROWS", ()))


def _below(root: type[Event]) -> Iterator[type[Event]]:
    for kind in root.__subclasses__():
        # A dataclass with slots is made twice; only the second one is what its module knows.
        module = vars(sys.modules[kind.__module__])
        if kind.__module__.startswith("merkato.") and module.get(kind.__name__) is kind:
            yield kind
        yield from _below(kind)
