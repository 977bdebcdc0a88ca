"""What is declared is complete: settings, problems, events, scopes, states, operations."""

import dataclasses
import re
from enum import StrEnum

from house.declared import events, modules_of_domains
from house.source import ROOT
from merkato import modules
from merkato.domains.identity.models import SCOPES
from merkato.domains.webhooks import reactions as webhooks
from merkato.kit.errors import Problem, every_problem
from merkato.settings import Settings

STATUSES = {400, 401, 402, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 502, 503}


def own_sentence(kind: type) -> str:
    return (vars(kind).get("__doc__") or "").strip()


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_every_problem_explains_itself() -> None:
    modules_of_domains()
    kinds = list(every_problem())
    codes = [kind.code for kind in kinds]
    assert sorted(codes) == sorted(set(codes)), "Two problems share a code."
    for kind in kinds:
        assert "code" in vars(kind), kind
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind.code), kind.code
        assert kind.status in STATUSES, kind
        assert own_sentence(kind).endswith("."), f"{kind.code}: its docstring is the cause."
        assert kind.title != Problem.title, kind.code
        assert kind.fix.endswith("."), f"{kind.code}: `fix` says what to do."


def test_every_event_is_a_named_fact() -> None:
    kinds = events()
    names = [kind.name for kind in kinds]
    assert sorted(names) == sorted(set(names)), "Two events share a name."
    for kind in kinds:
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", kind.name), kind.name
        assert own_sentence(kind).endswith("."), kind
        secrets = {field.name for field in dataclasses.fields(kind)} & {"token", "password", "email", "secret", "phone"}
        assert not secrets, f"{kind.name} carries {secrets}; events carry ids."


def test_every_public_event_is_told_by_webhooks() -> None:
    told = [each.event for each in modules.REACTIONS if each.do is webhooks.fan_out]
    assert sorted(kind.name for kind in told) == [kind.name for kind in events() if kind.public]


def test_every_scope_is_explained() -> None:
    for scope, meaning in SCOPES.items():
        assert re.fullmatch(r"[a-z]+:[a-z]+", scope), scope
        assert meaning, scope


def test_every_state_of_a_machine_is_reached() -> None:
    for module in modules_of_domains():
        for name, machine in vars(module).items():
            if name.endswith("TRANSITIONS") and module.__name__.endswith(".models"):
                check_machine(f"{module.__name__}.{name}", machine)


def check_machine(name: str, machine: dict[StrEnum, object]) -> None:
    """A machine is a dict from each state to the states after it; the first key is where it begins."""
    states = type(next(iter(machine)))
    assert issubclass(states, StrEnum), f"{name}: states are members of a StrEnum."
    assert set(machine) == set(states), f"{name}: each state has its line, the last ones an empty one."
    reached, waiting = set[object](), [next(iter(machine))]
    while waiting:
        state = waiting.pop()
        reached.add(state)
        after = machine[state]
        assert isinstance(after, frozenset | set | tuple | list), name
        assert set(after) <= set(states), f"{name}: unknown state after {state}."
        waiting += [each for each in after if each not in reached]
    assert reached == set(states), f"{name}: never reached: {set(states) - reached}"


def test_each_dependency_has_its_reason() -> None:
    declared = re.search(r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.DOTALL | re.MULTILINE)
    assert declared is not None
    names = re.findall(r'"([A-Za-z0-9-]+)', declared[1])
    reasons = "\n".join(path.read_text() for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert not [name for name in names if f"`{name}`" not in reasons]
